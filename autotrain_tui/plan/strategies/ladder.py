"""`ladder`: the plan's stages as they are listed; with `after_last = "repeat"` the last one again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from autotrain_tui.plan.model import Plan, Scalar
from autotrain_tui.plan.read import Reader
from autotrain_tui.plan.strategies.order import ALL_ENDED, added_stage, next_listed, run_or_end, trouble
from autotrain_tui.plan.strategy import Budget, Decision, End, History

__all__ = ["Ladder"]

MOST_REPEATS = 1000
"""The greatest number of runs, so that stages which take no time end as well."""


class Ladder:
    """Starts each listed stage when the stages that it needs have ended, in the order of the file."""

    keys: ClassVar[Mapping[str, Reader[Any]]] = {}

    def __init__(self, plan: Plan, settings: Mapping[str, Scalar]) -> None:
        del settings  # this strategy has none
        if plan.after_last == "repeat" and plan.max_hours is None:
            raise ValueError('after_last = "repeat" needs a budget (max_hours); without one it would never end')
        self._plan = plan

    def next(self, history: History, budget: Budget) -> Decision:
        """The next listed stage that can start and fits the budget; then the last one again if the plan says so."""
        decision = trouble(history) or next_listed(self._plan, history, budget)
        if decision is not None:
            return decision
        stages = self._plan.stages
        if self._plan.after_last == "stop":
            return End("finished", ALL_ENDED)
        if history.latest[stages[-1].name].outcome != "succeeded":
            return End("finished", f'every stage has ended, and "{stages[-1].name}", which would repeat, was skipped')
        repeats = len(history.latest) - len(stages)
        if repeats >= MOST_REPEATS:
            return End("finished", f'"{stages[-1].name}" was repeated {repeats} times')
        again = added_stage(self._plan, stages[-1], history)
        return run_or_end(again, budget, f'after_last = "repeat": "{stages[-1].name}" again, number {repeats + 2}')
