"""What strategies share: which listed stage may start, the budget's answer, and names for added stages."""

from __future__ import annotations

import re
from dataclasses import replace

from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.strategy import Budget, Decision, End, Ended, History, Run, Wait, about

__all__ = ["ALL_ENDED", "added_stage", "base_of", "next_listed", "over_budget", "run_or_end", "trouble"]

ALL_ENDED = "every stage of the plan has ended"
"""The reason given when all stages have ended and nothing else is to be said."""


def trouble(history: History) -> Decision | None:
    """The end caused by a stage's failure, when no stage runs any more; None if none failed."""
    ended = history.failure
    if ended is None:
        return None
    if history.open:
        return Wait(f'"{ended.stage}" {ended.outcome}; running stages continue to their end')
    return End("failed", f'"{ended.stage}" {ended.outcome}')


def next_listed(plan: Plan, history: History, budget: Budget, reason: str = "next in the plan") -> Decision | None:
    """The first listed stage that can start and fits the budget; None if all of them have ended."""
    latest = history.latest
    waiting, free = [], None
    for stage in plan.stages[history.first_open :]:
        if stage.name in latest or stage.name in history.open:
            continue
        waiting.append(stage)
        if stage.name not in history.held and all(_is_met(latest.get(name)) for name in stage.needs):
            if budget.fits(stage):
                return Run(stage, reason)
            free = free or stage
    if history.open:
        return Wait("stages are running")
    if free is not None:
        return over_budget(free, budget)
    if waiting:
        held = [stage.name for stage in waiting if stage.name in history.held]
        return Wait(f"held: {', '.join(held)}")
    return None


def _is_met(needed: Ended | None) -> bool:
    """Whether a stage that needs this one may start."""
    return needed is not None and needed.outcome in ("succeeded", "skipped")


def run_or_end(stage: PlanStage, budget: Budget, reason: str) -> Decision:
    """Runs the stage if it fits the remaining budget, else ends the session by the budget."""
    return Run(stage, reason) if budget.fits(stage) else over_budget(stage, budget)


def over_budget(stage: PlanStage, budget: Budget) -> End:
    """The end by the budget; its reason has the time that the stage needs and the time that remains."""
    left = max(0.0, budget.seconds_left or 0.0)
    estimate = budget.estimate(stage)
    if left <= 0:
        return End("budget", f'the budget is used up before "{stage.name}"')
    needs = f"{about(estimate.seconds)} ({estimate.source})"
    return End("budget", f'"{stage.name}" needs {needs}, but {about(left)} are left')


def added_stage(plan: Plan, base: PlanStage, history: History) -> PlanStage:
    """A copy of the stage `base` with the next free number in its name, which needs the stage that ended last."""
    taken = plan.by_name.keys() | set(history.latest) | history.open
    number = 2
    while (name := _numbered(base.name, number)) in taken:
        number += 1
    index = len(taken) + 1
    needs = (history.ended[-1].stage,) if history.ended else ()
    return replace(base, name=name, index=index, needs=needs)


def _numbered(name: str, number: int) -> str:
    suffix = f"-{number}"
    return name[: 64 - len(suffix)] + suffix


def base_of(plan: Plan, name: str) -> PlanStage | None:
    """The listed stage of a name: the stage itself, or the one it was added after; None for an unknown name."""
    listed = plan.by_name.get(name)
    if listed is not None:
        return listed
    added = re.fullmatch(r"(.+)-(\d+)", name)
    if added is None:
        return None
    return next((stage for stage in plan.stages if _numbered(stage.name, int(added[2])) == name), None)


def succeeded(history: History) -> list[Ended]:
    """The runs that succeeded or missed their gate, in order."""
    return [ended for ended in history.ended if ended.outcome == "succeeded"]
