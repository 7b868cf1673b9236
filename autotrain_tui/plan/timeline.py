"""A plan on the time axis: when each stage starts and ends according to the estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the screen lays bars out before it needs a plan
    from autotrain_tui.plan.estimate import Estimate
    from autotrain_tui.plan.model import Plan

__all__ = ["Bar", "Task", "lay_out", "timeline", "total_seconds"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage's place on the axis, in seconds from the plan's start; `end` equals `start` where nothing is known."""

    stage: str
    start: float
    end: float
    known: bool


@dataclass(frozen=True, slots=True)
class Task:
    """What is laid out: a stage, those it waits for, and the seconds it takes (None = unknown)."""

    stage: str
    needs: Sequence[str]
    seconds: float | None
    begun: bool = False
    """Whether it has been started; what has not cannot start before `now`."""


def lay_out(tasks: Sequence[Task], jobs: int, left_out: frozenset[str] = frozenset(), now: float = 0.0) -> list[Bar]:
    """Every task's bar, in the order given; each starts when its needs and a job are free, and not in the past."""
    ends: dict[str, float] = dict.fromkeys(left_out, 0.0)
    waiting = [task for task in tasks if task.stage not in left_out]
    running: dict[str, float] = {}
    bars: dict[str, Bar] = {}
    at = 0.0
    while waiting or running:
        free = (task for task in waiting if all(needed in ends for needed in task.needs))
        for task in list(islice(free, jobs - len(running))):
            start = at if task.begun else max(at, now)
            bars[task.stage] = Bar(task.stage, start, start + (task.seconds or 0.0), task.seconds is not None)
            running[task.stage] = bars[task.stage].end
            waiting.remove(task)
        if not running:
            break  # the rest needs a stage that never ends; a checked plan has none
        at = min(running.values())
        for name in [name for name, end in running.items() if end <= at]:
            ends[name] = running.pop(name)
    return [bars[task.stage] for task in tasks if task.stage in bars]


def timeline(plan: Plan, estimates: Mapping[str, Estimate], left_out: frozenset[str] = frozenset()) -> list[Bar]:
    """The bars of the stages not left out, in the plan's order."""
    tasks = [
        Task(stage.name, stage.needs, estimates[stage.name].seconds)
        for stage in plan.stages
        if stage.name not in left_out
    ]
    return lay_out(tasks, plan.jobs, left_out)


def total_seconds(bars: list[Bar]) -> float | None:
    """When the last bar ends; None if a stage's time is unknown."""
    if any(not bar.known for bar in bars):
        return None
    return max((bar.end for bar in bars), default=0.0)
