"""`adaptive`: the headline metric decides: advance on a gate or plateau, stay or go back when it falls, stop early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from autotrain_tui.plan import read
from autotrain_tui.plan.model import Plan, PlanStage, Scalar
from autotrain_tui.plan.read import Location, Reader
from autotrain_tui.plan.strategies.order import ALL_ENDED, added_stage, base_of, run_or_end
from autotrain_tui.plan.strategy import Budget, Decision, End, Ended, History, Wait

__all__ = ["Adaptive"]


@dataclass(frozen=True, slots=True)
class _Settings:
    """`advance_at`: a value that lets the plan go on at once. `min_gain`, `tolerance`: relative. Others are counts."""

    advance_at: float | None = None
    min_gain: float = 0.005
    tolerance: float = 0.02
    patience: int = 1
    max_repeats: int = 1
    on_fall: Literal["back", "stay"] = "back"


class Adaptive:
    """Settings: advance_at, min_gain (0.005), tolerance (0.02), patience (1), max_repeats (1), on_fall ("back").

    Each listed stage runs at most 1 + max_repeats times, going back included, so that every plan ends.
    """

    keys: ClassVar[Mapping[str, Reader[Any]]] = {
        "advance_at": read.any_number,
        "min_gain": read.number(0, 10),
        "tolerance": read.number(0, 10),
        "patience": read.whole(1, 1000),
        "max_repeats": read.whole(0, 100),
        "on_fall": read.one_of(("back", "stay")),
    }

    def __init__(self, plan: Plan, settings: Mapping[str, Scalar]) -> None:
        self._settings = _Settings(**read.record(dict(settings), Location("", "adaptive"), self.keys))
        if plan.metric is None:
            raise ValueError('"adaptive" needs a headline metric: add metric = { name = "…", … } to the plan')
        self._plan = plan
        self._name = plan.metric.name
        self._sign = 1.0 if plan.metric.goal == "max" else -1.0

    def next(self, history: History, budget: Budget) -> Decision:
        """The decision that follows from the metric of the stage that ended last."""
        if history.open:
            return Wait("a stage is running")
        latest = history.latest
        runs = [ended for ended in history.ended if ended.outcome != "skipped" and latest[ended.stage] is ended]
        bad = next((run for run in runs if run.outcome != "succeeded" and not run.below_gate), None)
        if bad is not None:
            return End("failed", f'"{bad.stage}" {bad.outcome}')
        if not runs:
            return self._onward(0, runs, history, budget, "the first stage")
        return self._after(runs, history, budget)

    def _after(self, runs: list[Ended], history: History, budget: Budget) -> Decision:
        """The decision after the last of `runs`, which has succeeded or missed its gate."""
        last, settings = runs[-1], self._settings
        base = base_of(self._plan, last.stage)
        if base is None:
            return End("failed", f'"{last.stage}" is not a stage of this plan')
        here = base.index - 1
        again = self._repeatable(base, runs)
        if last.below_gate:
            if again:
                return self._start(base, runs, history, budget, f'"{base.name}" missed its gate: run it again')
            return End("failed", f'"{base.name}" missed its gate in each of {self._count(base, runs)} runs')
        value = self._value(last)
        if value is None:
            return self._onward(here + 1, runs, history, budget, f"no value of {self._name} was read: advance")
        shown = f"{self._name} {value:g}"
        before = [other for run in runs[:-1] if (other := self._best(run)) is not None]
        top = max(before, key=lambda other: self._sign * other, default=None)
        if top is not None and self._gain(value, top) < -settings.tolerance:
            return self._fallen(base, runs, history, budget, f"{shown} has fallen below {top:g}")
        if settings.advance_at is not None and self._sign * (value - settings.advance_at) >= 0:
            return self._onward(here + 1, runs, history, budget, f"{shown} reached {settings.advance_at:g}: advance")
        if again and self._rising(last.series):
            reason = f'{shown} was still improving: "{base.name}" again'
            return self._start(base, runs, history, budget, reason)
        idle = self._idle(runs)
        if idle >= settings.patience:
            reason = f"{shown}: the last {idle} stages brought" if idle > 1 else f'{shown}: "{last.stage}" brought'
            return End("finished", f"{reason} less than {settings.min_gain:.2%} over {top:g}")
        return self._onward(here + 1, runs, history, budget, f"{shown} has reached a plateau: advance")

    def _fallen(self, base: PlanStage, runs: list[Ended], history: History, budget: Budget, what: str) -> Decision:
        """The previous stage, or the same stage again, or the next one if both were repeated `max_repeats` times."""
        here = base.index - 1
        before = self._plan.stages[here - 1] if here > 0 else None
        if self._settings.on_fall == "back" and before is not None and self._may_run(before, runs, history):
            return self._start(before, runs, history, budget, f'{what}: back to "{before.name}"')
        if self._repeatable(base, runs):
            return self._start(base, runs, history, budget, f'{what}: "{base.name}" again')
        return self._onward(here + 1, runs, history, budget, f"{what}, but the limit of repeats is reached: advance")

    def _onward(self, position: int, runs: list[Ended], history: History, budget: Budget, reason: str) -> Decision:
        """The first stage at or after a position that may still run."""
        for stage in self._plan.stages[position:]:
            if self._may_run(stage, runs, history):
                if stage.name in history.held:
                    return Wait(f"held: {stage.name}")
                return self._start(stage, runs, history, budget, reason)
        return End("finished", ALL_ENDED)

    def _start(self, stage: PlanStage, runs: list[Ended], history: History, budget: Budget, reason: str) -> Decision:
        """The listed stage itself the first time, later a stage that is added after it."""
        first = stage.name not in {run.stage for run in runs}
        return run_or_end(stage if first else added_stage(self._plan, stage, history), budget, reason)

    def _count(self, stage: PlanStage, runs: list[Ended]) -> int:
        counts = Counter(found.name for run in runs if (found := base_of(self._plan, run.stage)) is not None)
        return counts[stage.name]

    def _repeatable(self, stage: PlanStage, runs: list[Ended]) -> bool:
        return self._count(stage, runs) <= self._settings.max_repeats

    def _may_run(self, stage: PlanStage, runs: list[Ended], history: History) -> bool:
        ended = history.latest.get(stage.name)
        return (ended is None or ended.outcome != "skipped") and self._repeatable(stage, runs)

    def _value(self, run: Ended) -> float | None:
        return run.last if run.last is not None else run.best

    def _best(self, run: Ended) -> float | None:
        return run.best if run.best is not None else run.last

    def _gain(self, value: float, than: float) -> float:
        """The improvement of one value over another, relative to the other; negative if it is worse."""
        return self._sign * (value - than) / max(abs(than), 1e-12)

    def _rising(self, series: tuple[float, ...]) -> bool:
        """Whether the last third of a stage's values improves on all earlier ones by `min_gain`; needs four values."""
        if len(series) < 4:
            return False
        border = len(series) - max(1, len(series) // 3)
        early = max(series[:border], key=lambda value: self._sign * value)
        late = max(series[border:], key=lambda value: self._sign * value)
        return self._gain(late, early) >= max(self._settings.min_gain, 1e-12)

    def _idle(self, runs: list[Ended]) -> int:
        """The number of consecutive last runs that improved by less than `min_gain` on all runs before them."""
        idle, top = 0, None
        for run in runs:
            value = self._best(run)
            if value is None:
                continue
            idle = idle + 1 if top is not None and self._gain(value, top) < self._settings.min_gain else 0
            top = value if top is None or self._sign * (value - top) > 0 else top
        return idle
