"""A stage of a session is found by its name, and put back changed."""

from __future__ import annotations

from msgspec.structs import replace

from autotrain_tui.session.journal import state as st
from autotrain_tui.session.journal.transitions import ACTIVE, IllegalMoveError

__all__ = ["find_stage", "put_stage"]


def put_stage(session: st.Session, stage: st.Stage) -> st.Session:
    """The session with the stage or trial in the place of the one of its name."""
    name, running = stage.name, session.running
    if (stage.status.state in ACTIVE and bool(stage.attempts)) is not (name in running):
        running = running ^ {name}
    if stage.trial is not None:
        return replace(session, trials=_with(session.trials, session.trial_places[name], stage), running=running)
    return replace(session, stages=_with(session.stages, session.places[name], stage), running=running)


def _with(stages: tuple[st.Stage, ...], place: int, stage: st.Stage) -> tuple[st.Stage, ...]:
    """The stages with another one in that place; of thousands, a list on the way is faster than two slices."""
    changed = list(stages)
    changed[place] = stage
    return tuple(changed)


def find_stage(session: st.Session, name: str) -> st.Stage:
    """The stage or trial of that name. Raises IllegalMoveError if there is none."""
    stage = session.stage(name)
    if stage is None:
        raise IllegalMoveError(f"no such stage: {name}")
    return stage
