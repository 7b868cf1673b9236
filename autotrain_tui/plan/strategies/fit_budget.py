"""`fit-budget`: epochs or data of the stages to come are scaled so that the whole plan fits the time that is left."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from autotrain_tui.plan import read
from autotrain_tui.plan.change import changed_parameters, scaled_number
from autotrain_tui.plan.model import Plan, PlanStage, Scalar
from autotrain_tui.plan.read import Location, Reader
from autotrain_tui.plan.strategies.order import ALL_ENDED, next_listed, trouble
from autotrain_tui.plan.strategy import Budget, Decision, End, History, Run, about

__all__ = ["FitBudget"]

_STEPS = 12
"""Steps of the bisection for the fraction: more exact than the rounding to whole epochs."""

_SURE = 2.0
"""The reserve as a multiple of the usual error: with stages that vary by 20 %, none of 200 simulated plans exceeded its
budget.
"""

_UNKNOWN_SPREAD = 0.15
_MOST_SPREAD = 0.5


class FitBudget:
    """Settings: what to `change` ("epochs", "dataset_limit", "both"), the least fraction, and the time kept in reserve.

    Planned anew before each stage, from what the stages before really took.
    """

    keys: ClassVar[Mapping[str, Reader[Any]]] = {
        "change": read.one_of(("epochs", "dataset_limit", "both")),
        "min_fraction": read.number(0.001, 1),
        "reserve": read.number(0, 0.9),
    }

    def __init__(self, plan: Plan, settings: Mapping[str, Scalar]) -> None:
        found = read.record(dict(settings), Location("", "fit-budget"), self.keys)
        self._change: str = found.get("change", "epochs")
        self._least: float = found.get("min_fraction", 0.1)
        self._reserve: float = found.get("reserve", 0.1)
        self._plan = plan

    def next(self, history: History, budget: Budget) -> Decision:
        """The next listed stage, scaled by the fraction with which all remaining stages fit."""
        fraction, reason = self._fraction(history, budget)
        planned = replace(self._plan, stages=tuple(self._scaled(stage, fraction) for stage in self._plan.stages))
        decision = trouble(history) or next_listed(planned, history, budget, reason)
        if isinstance(decision, Run):
            return replace(decision, reason=decision.reason + self._changed(decision.stage))
        return decision or End("finished", ALL_ENDED)

    def _changed(self, stage: PlanStage) -> str:
        """The changed parameters of a stage as the end of a reason: `; so epochs 9 instead of 20`."""
        listed = next(each for each in self._plan.stages if each.name == stage.name)
        changes = [f"{name} {new} instead of {old}" for name, (old, new) in changed_parameters(listed, stage).items()]
        return f"; so {', '.join(changes)}" if changes else ""

    def _fraction(self, history: History, budget: Budget) -> tuple[float, str]:
        """The largest fraction with which all remaining stages fit, and the reason in words."""
        to_come = [stage for stage in self._plan.stages if stage.name not in history.latest]
        if budget.seconds_left is None:
            return 1.0, "no budget: run as planned"
        left = max(0.0, budget.seconds_left)
        usable = left * (1 - self._reserve)
        full = self._needed(to_come, 1.0, budget)
        words = f"{len(to_come)} stage{'s' if len(to_come) != 1 else ''} to come"
        if full <= usable:
            return 1.0, f"{words} need up to {about(full)} of the {about(left)} left: run as planned"
        fits, low, high = None, self._least, 1.0
        if self._needed(to_come, low, budget) <= usable:
            fits = low
            for _ in range(_STEPS):
                middle = (low + high) / 2
                if self._needed(to_come, middle, budget) <= usable:
                    fits = low = middle
                else:
                    high = middle
        if fits is None:
            least = about(self._needed(to_come, self._least, budget))
            return self._least, f"{words} need {least} even at the least, x{self._least:g}; {about(left)} are left"
        changed = "epochs and dataset_limit" if self._change == "both" else self._change
        return fits, f"{changed} x{fits:.2f}: {words} would need up to {about(full)}, {about(left)} are left"

    def _needed(self, stages: list[PlanStage], fraction: float, budget: Budget) -> float:
        """The seconds that the stages need at a fraction, with a reserve of `_SURE` times the spread of their sum.

        A stage's error is taken to be its own, so that squares add up. The last stage has nobody after it to make
        good for it and gets the whole of its spread.
        """
        total = squares = 0.0
        for stage in stages:
            estimate = budget.estimate(self._scaled(stage, fraction))
            if estimate.seconds is not None:
                total += estimate.seconds
                spread = _UNKNOWN_SPREAD if estimate.spread is None else min(estimate.spread, _MOST_SPREAD)
                squares += (estimate.seconds * spread) ** 2
        return total + _SURE * math.sqrt(squares)

    def _scaled(self, stage: PlanStage, fraction: float) -> PlanStage:
        """The stage with its epochs or data scaled; if one of them is not given, the other is scaled instead."""
        if fraction >= 1:
            return stage
        names = {"epochs", "dataset_limit"} if self._change == "both" else {self._change}
        has = {name for name in ("epochs", "dataset_limit") if getattr(stage, name) is not None}
        chosen = (names & has) or has
        # If both are scaled, the work changes by the product of their fractions.
        each = fraction ** (1 / len(chosen)) if chosen else 1.0
        changes: dict[str, Any] = {name: scaled_number(getattr(stage, name), each) for name in chosen}
        return replace(stage, **changes)
