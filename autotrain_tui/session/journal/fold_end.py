"""What the end of an attempt makes of the attempt and of its stage's status; `fold_stage.py` applies it."""

from __future__ import annotations

from msgspec.structs import replace

from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal import state as st
from autotrain_tui.session.journal.attempt_state import figures_of
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.records.usage import Usage

__all__ = ["end_of", "ended_status", "with_end"]


def end_of(event: ev.AttemptEnded) -> st.AttemptEnd:
    """How the attempt ended, as its event says."""
    return st.AttemptEnd(
        event.exit_code,
        event.signal,
        event.sent_by,
        event.reason,
        event.failure,
        event.time,
        event.elapsed_seconds,
        tuple(event.lines),
        tuple(event.swept),
        tuple(event.doubts),
        event.failed_rank,
        event.usage or _of_exit_record(event),
    )


def _of_exit_record(event: ev.AttemptEnded) -> Usage | None:
    """What journals say that were written before usage was recorded."""
    if event.cpu_seconds is None and event.max_rss_bytes is None:
        return None
    return Usage(event.cpu_seconds, event.max_rss_bytes)


def with_end(attempt: st.Attempt, event: ev.AttemptEnded, end: st.AttemptEnd) -> st.Attempt:
    """The attempt with its end and its final figures."""
    best = event.best, event.best_step, event.best_epoch
    figures = figures_of(event.metrics, event.ranges, event.places, best=best, past_best=event.past_best)
    return replace(attempt, end=end, figures=figures, progress=event.progress)


def ended_status(state: StageState, reason: str, end: st.AttemptEnd) -> st.Status:
    """The status of a stage whose attempt has ended in this state."""
    match state:
        case StageState.SUCCEEDED:
            return st.Succeeded(end)
        case StageState.FAILED:
            return st.Failed(end)
        case StageState.PAUSED:
            return st.Paused(end)
        case StageState.STOPPED:
            return st.Stopped(end)
        case StageState.SKIPPED:
            return st.Skipped(reason, end)
        case _:
            return st.Lost(end)
