"""How long a stage has run; of a search the time in which at least one of its trials ran. Pure."""

from __future__ import annotations

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ENDED, StageState
from autotrain_tui.session.records.clock import from_iso

__all__ = ["search_share", "stage_seconds"]


def stage_seconds(view: View, stage: Stage) -> float:
    """Seconds of running time, pauses left out."""
    if stage.info.search is None:
        return stage.elapsed(view.mono)
    runs = sorted(
        (begin, begin + attempt.elapsed(view.mono))
        for trial in view.session.trials_of(stage.name)
        for attempt in trial.attempts
        if (begin := from_iso(attempt.started)) is not None
    )
    total, end = 0.0, float("-inf")
    for begin, stop in runs:
        total += max(0.0, stop - max(begin, end))
        end = max(end, stop)
    return total


def search_share(view: View, stage: Stage) -> float | None:
    """The share of a search's trials that need no more time; None for another stage."""
    search = stage.info.search
    if search is None:
        return None
    trials = view.session.trials_of(stage.name)
    resting = sum(trial.state in ENDED or (trial.state is StageState.PAUSED) for trial in trials)
    return resting / max(1, search.trials, len(trials))
