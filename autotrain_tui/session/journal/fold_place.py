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
        trials, place = session.trials, session.trial_places[name]
        return replace(session, trials=trials[:place] + (stage,) + trials[place + 1 :], running=running)  # noqa: RUF005
    stages, place = session.stages, session.places[name]
    # of thousands it is faster than unpacking
    return replace(session, stages=stages[:place] + (stage,) + stages[place + 1 :], running=running)  # noqa: RUF005


def find_stage(session: st.Session, name: str) -> st.Stage:
    """The stage or trial of that name. Raises IllegalMoveError if there is none."""
    stage = session.stage(name)
    if stage is None:
        raise IllegalMoveError(f"no such stage: {name}")
    return stage
