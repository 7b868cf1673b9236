"""The headline metric of a session: its last value, and its best value with the place where it was reached."""

from collections.abc import Iterator
from typing import NamedTuple

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage

__all__ = ["Best", "best_of", "best_place", "last_of", "stage_metrics"]


class Best(NamedTuple):
    """The best value, and where: step and epoch as the program counts them, None if it did not say."""

    value: float
    stage: str
    step: int | None = None
    epoch: float | None = None


def last_of(view: View) -> float | None:
    """The headline metric's last value in the session; of a decided search its winner's."""
    name = view.session.metric_name
    if name is None:
        return None
    for stage in reversed(view.session.stages):
        for one in (stage, *reversed(view.session.trials_of(stage.name))):
            value = stage_metrics(view, one).get(name)
            if value is not None:
                return value
    return None


def best_of(view: View) -> float | None:
    """The headline metric's best value in the session."""
    best = best_place(view)
    return None if best is None else best.value


def best_place(view: View, stage: Stage | None = None) -> Best | None:
    """The headline metric's best value in the session, or in one stage of it, and where it was reached first.

    Of a search it is that of its trials.
    """
    if stage is None:
        stages = view.session.every_stage
    else:
        stages = (stage, *view.session.trials_of(stage.name)) if stage.info.search is not None else (stage,)
    found = [best for each in stages for best in _bests(view, each)]
    sign = 1 if view.session.metric_goal == "max" else -1
    return max(found, key=lambda best: (sign * best.value, _is_placed(best)), default=None)


def _is_placed(best: Best) -> bool:
    return best.step is not None or best.epoch is not None


def _bests(view: View, stage: Stage) -> Iterator[Best]:
    name = view.session.metric_name
    for attempt in stage.attempts:
        if attempt.best is not None:
            yield Best(attempt.best, stage.name, attempt.best_step, attempt.best_epoch)
        if name is not None and name in attempt.metrics:
            yield Best(attempt.metrics[name], stage.name)
    live = view.live.get(stage.name)
    if live is not None and live.best is not None:
        yield Best(live.best, stage.name, live.best_step, live.best_epoch)


def stage_metrics(view: View, stage: Stage) -> dict[str, float]:
    """Last values of the stage's metrics: live values while it runs, else those of the latest attempt with metrics.

    Those of a decided search are its winner's.
    """
    stage = (view.session.stage(stage.winners[0]) if stage.winners else None) or stage
    live = view.live.get(stage.name)
    if live is not None and live.metrics:
        return live.metrics
    for attempt in reversed(stage.attempts):
        if attempt.metrics:
            return dict(attempt.metrics)
    return {}
