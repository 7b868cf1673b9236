"""How long each stage of a session still takes: the live figure, else its estimate, corrected by what has run. Pure."""

from __future__ import annotations

from autotrain_tui.plan.estimate_source import CLASSIC_GUESS
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE, StageState
from autotrain_tui.tui.model.stage_seconds import stage_seconds

__all__ = ["guess_pace", "is_open", "rests_on_guess", "seconds_left", "spread_seconds", "total_seconds"]

_CORRECTS_AFTER = 20.0
"""Seconds of running after which a stage's remaining time says more than the classic guess of it."""

_UNFINISHED = ACTIVE | {StageState.PENDING, StageState.HELD, StageState.PAUSED}


def is_open(stage: Stage) -> bool:
    """Whether it may still take time."""
    return stage.state in _UNFINISHED


def total_seconds(view: View, stage: Stage, pace: float | None = None) -> float | None:
    """All of its running time: what it took, or what it will have taken; None if unknown. `pace`: see `guess_pace`."""
    elapsed = stage_seconds(view, stage)
    if not is_open(stage):
        return elapsed
    left = seconds_left(view, stage, pace)
    return None if left is None else elapsed + left


def seconds_left(view: View, stage: Stage, pace: float | None = None) -> float | None:
    """Seconds still to come: the live figure, else the estimate less what has run."""
    live = view.live.get(stage.name)
    if stage.state in ACTIVE and live is not None and live.eta_seconds is not None:
        return live.eta_seconds
    estimate = stage.info.estimate_seconds
    if estimate is not None and pace is not None and stage.info.estimate_source == CLASSIC_GUESS:
        estimate *= pace
    return None if estimate is None else max(0.0, estimate - stage_seconds(view, stage))


def spread_seconds(view: View, stage: Stage) -> float:
    """The uncertainty of its end in seconds."""
    if not is_open(stage):
        return 0.0
    live = view.live.get(stage.name)
    if stage.state in ACTIVE and live is not None and live.eta_spread_seconds is not None:
        return live.eta_spread_seconds
    return (stage.info.estimate_seconds or 0.0) * (stage.info.estimate_spread or 0.0)


def guess_pace(view: View) -> float | None:
    """What the stages that have run, or run now, take against the classic guess of them.

    The guess knows neither the machine nor the program, so the first minutes of the first stage correct it for all.
    None while nothing does.
    """
    took = promised = 0.0
    for stage in view.session.stages:
        guess = stage.info.estimate_seconds
        if guess is None or stage.info.estimate_source != CLASSIC_GUESS or not stage.attempts:
            continue
        elapsed, live = stage_seconds(view, stage), view.live.get(stage.name)
        if stage.state is StageState.SUCCEEDED:
            took, promised = took + elapsed, promised + guess
        elif stage.state in ACTIVE and live is not None and live.eta_seconds is not None and elapsed > _CORRECTS_AFTER:
            took, promised = took + elapsed + live.eta_seconds, promised + guess
    return took / promised if promised > 0 and took > 0 else None


def rests_on_guess(view: View) -> bool:
    """Whether what is still to come is only known by the classic guess, and nothing has corrected it."""
    return guess_pace(view) is None and any(
        is_open(stage) and stage.info.estimate_source == CLASSIC_GUESS and not _is_measured(view, stage)
        for stage in view.session.stages
    )


def _is_measured(view: View, stage: Stage) -> bool:
    live = view.live.get(stage.name)
    return stage.state in ACTIVE and live is not None and live.eta_seconds is not None
