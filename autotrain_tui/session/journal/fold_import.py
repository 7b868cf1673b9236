"""The fold of an imported run: a stage that has numbers, and an attempt that no runner started."""

from __future__ import annotations

from msgspec.structs import replace

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal import state as st
from autotrain_tui.session.journal.attempt_state import AttemptLaunch, figures_of
from autotrain_tui.session.journal.fold_place import put_stage
from autotrain_tui.session.journal.transitions import IllegalMoveError, StageState, move_stage

__all__ = ["imported"]


def imported(session: st.Session, event: ev.AttemptImported) -> st.Session:
    """The session with the run as its stage's only attempt. Raises IllegalMoveError if it was not imported."""
    stage = session.stage(event.stage)
    if stage is None or session.source is None:
        raise IllegalMoveError(f"stage {event.stage} is not one of an imported session")
    move_stage(stage.state, "import")
    name, which = session.metric_name or "", session.metric_goal == "max"
    found, places = event.ranges.get(name), event.places.get(name)
    step, epoch = places[which] if places is not None else (None, None)
    best = found[which] if found is not None else None
    attempt = st.Attempt(
        number=event.attempt,
        folder=event.folder,
        command=(),
        params=stage.info.params,
        resume=False,
        started=event.started or event.time,
        started_mono=event.mono,
        state=StageState.IMPORTED,
        run_seconds=event.elapsed_seconds,
        progress=event.progress,
        launch=AttemptLaunch(boot_id=session.boot_id),
        figures=figures_of(event.metrics, event.ranges, event.places, best=(best, step, epoch)),
    )
    return replace(
        put_stage(session, replace(stage, status=st.Imported(), attempts=(attempt,))),
        used_seconds=session.used_seconds + event.elapsed_seconds,
        started=min(filter(None, (session.started, event.started)), default=None),
    )
