"""`geometric`: after the listed stages, copies of the last one, each with more data and fewer epochs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from autotrain_tui.plan import read
from autotrain_tui.plan.model import Plan, Scalar
from autotrain_tui.plan.read import Location, Reader
from autotrain_tui.plan.strategies.order import added_stage, next_listed, run_or_end, trouble
from autotrain_tui.plan.strategy import Budget, Decision, End, History

__all__ = ["Geometric"]

_LARGEST = 10**12


class Geometric:
    """Settings: `growth` of dataset_limit (2.0), `shrink` of epochs (0.75), `stages` in all (5), and two bounds."""

    keys: ClassVar[Mapping[str, Reader[Any]]] = {
        "growth": read.number(1, 100, above=True),
        "shrink": read.number(0, 1, above=True),
        "stages": read.whole(1, 1000),
        "max_dataset_limit": read.whole(1, _LARGEST),
        "min_epochs": read.whole(1, 10**9),
    }

    def __init__(self, plan: Plan, settings: Mapping[str, Scalar]) -> None:
        found = read.record(dict(settings), Location("", "geometric"), self.keys)
        self._growth: float = found.get("growth", 2.0)
        self._shrink: float = found.get("shrink", 0.75)
        self._most: int = found.get("stages", 5)
        self._largest: int = found.get("max_dataset_limit", _LARGEST)
        self._fewest: int = found.get("min_epochs", 1)
        self._plan = plan
        seed = plan.stages[-1]
        if seed.dataset_limit is None or seed.epochs is None:
            raise ValueError(f'"geometric" grows the last stage, but "{seed.name}" has no dataset_limit or no epochs')

    def next(self, history: History, budget: Budget) -> Decision:
        """The next listed stage, then steps of growth until the number of stages, the data or the budget ends them."""
        decision = trouble(history) or next_listed(self._plan, history, budget)
        if decision is not None:
            return decision
        steps = len(history.latest) - len(self._plan.stages)
        if steps + len(self._plan.stages) >= self._most:
            return End("finished", f"all {self._most} stages have ended")
        limit, epochs = self._sizes(steps + 1)
        before, _ = self._sizes(steps)
        if limit <= before:
            return End("finished", f"dataset_limit has reached {before}")
        stage = replace(added_stage(self._plan, self._plan.stages[-1], history), dataset_limit=limit, epochs=epochs)
        reason = f"dataset_limit x{self._growth:g} to {limit}, epochs x{self._shrink:g} to {epochs}"
        return run_or_end(stage, budget, reason)

    def _sizes(self, step: int) -> tuple[int, int]:
        """dataset_limit and epochs of step `step` after the last listed stage (which is step 0)."""
        seed = self._plan.stages[-1]
        limit, epochs = float(seed.dataset_limit or 1), float(seed.epochs or 1)
        for _ in range(step):
            limit = max(limit, min(limit * self._growth, self._largest))
            epochs *= self._shrink
        return int(limit), max(min(self._fewest, seed.epochs or 1), round(epochs))
