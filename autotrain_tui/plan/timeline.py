"""A plan on the time axis: when each stage would start and end if every estimate came true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import Plan

__all__ = ["Bar", "timeline", "total_seconds"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage's place on the axis, in seconds from the plan's start; `end` equals `start` where nothing is known."""

    stage: str
    start: float
    end: float
    known: bool


def timeline(plan: Plan, estimates: Mapping[str, Estimate], left_out: frozenset[str] = frozenset()) -> list[Bar]:
    """The bars of the stages not left out, in the plan's order; each starts when its needs and a job are free."""
    ends: dict[str, float] = dict.fromkeys(left_out, 0.0)
    waiting = [stage for stage in plan.stages if stage.name not in left_out]
    running: dict[str, float] = {}
    bars: dict[str, Bar] = {}
    now = 0.0
    while waiting or running:
        free = (stage for stage in waiting if all(needed in ends for needed in stage.needs))
        for stage in list(islice(free, plan.jobs - len(running))):
            seconds = estimates[stage.name].seconds
            bars[stage.name] = Bar(stage.name, now, now + (seconds or 0.0), seconds is not None)
            running[stage.name] = bars[stage.name].end
            waiting.remove(stage)
        if not running:
            break  # what is left needs something that never ends; a checked plan has no such stage
        now = min(running.values())
        for name in [name for name, end in running.items() if end <= now]:
            ends[name] = running.pop(name)
    return [bars[stage.name] for stage in plan.stages if stage.name in bars]


def total_seconds(bars: list[Bar]) -> float | None:
    """When the last bar ends; None when a stage's time is unknown, because then the whole is."""
    if any(not bar.known for bar in bars):
        return None
    return max((bar.end for bar in bars), default=0.0)
