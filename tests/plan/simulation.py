"""A session played without processes, and short forms of what strategies are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autotrain_tui.plan.estimate import Estimate, Estimator, Observation
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.strategies import strategy_for
from autotrain_tui.plan.strategy import Budget, Decision, End, Ended, History, Run


def known(seconds: float | None) -> Callable[[PlanStage], Estimate]:
    return lambda stage: Estimate(seconds, "test")


def by_work(rate: float) -> Callable[[PlanStage], Estimate]:
    return lambda stage: Estimate(rate * (stage.dataset_limit or 0) * (stage.epochs or 0), "test")


FREE = Budget(None, known(60.0))


def won(
    name: str, *series: float, outcome: Any = "succeeded", seconds: float = 60.0, below_gate: bool = False
) -> Ended:
    """The end of a stage with these values of the headline metric."""
    last = series[-1] if series else None
    return Ended(
        stage=name, outcome=outcome, seconds=seconds, series=series, last=last, best=last, below_gate=below_gate
    )


def ran(decision: Decision) -> PlanStage:
    assert isinstance(decision, Run), decision
    return decision.stage


@dataclass
class Simulation:
    """Plays a session of one stage at a time: every decision is carried out, with times and metrics as told."""

    plan: Plan
    seconds: Callable[[PlanStage], float]
    metric: Callable[[int], float | None] = lambda number: None
    outcome: Callable[[int], str] = lambda number: "succeeded"
    asked: list[tuple[History, float | None, Decision]] = field(default_factory=list)
    stages: list[PlanStage] = field(default_factory=list)
    learned: list[Observation] = field(default_factory=list)
    """How long each of them took."""
    spent: float = 0.0
    overrun: float = 0.0

    def budget(self, left: float | None, history: History) -> Budget:
        learned = [
            seen for seen, ended in zip(self.learned, history.ended, strict=False) if ended.outcome == "succeeded"
        ]
        return Budget(left, Estimator(learned, self.plan.mode, "now").estimate)

    def play(self, most: int = 2000) -> End:
        strategy = strategy_for(self.plan)
        ended: tuple[Ended, ...] = ()
        for number in range(most):
            history = History(ended)
            left = None if self.plan.budget_seconds is None else self.plan.budget_seconds - self.spent
            budget = self.budget(left, history)
            decision = strategy.next(history, budget)
            self.asked.append((history, left, decision))
            if isinstance(decision, End):
                return decision
            stage = ran(decision)
            assert decision.reason
            took, value = self.seconds(stage), self.metric(number)
            self.stages.append(stage)
            self.learned.append(
                Observation(
                    stage=stage.name,
                    seconds=took,
                    dataset_limit=stage.dataset_limit,
                    epochs=stage.epochs,
                    batch_size=stage.batch_size,
                    session="now",
                    ended_at=f"{number:05}",
                )
            )
            self.spent += took
            self.overrun = max(0.0, took - (budget.estimate(stage).seconds or 0.0))
            series = () if value is None else (value,)
            outcome = self.outcome(number)
            ended += (won(stage.name, *series, outcome=outcome, seconds=took),)
        raise AssertionError("the strategy never ends")
