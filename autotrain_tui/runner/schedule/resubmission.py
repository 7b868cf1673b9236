"""A new job for a resumable stage whose job was preempted, reached its limit or lost its node: no failure of the stage.

It is not counted against `retries`, and ends when a number of attempts in a row have come no further.
"""

from __future__ import annotations

from autotrain_tui.plan.slurm_settings import settings_of
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import Alert, StageReset
from autotrain_tui.session.journal.state import Attempt, Failed, Lost, Stage

__all__ = ["CLASSES", "resubmit"]

CLASSES = frozenset({"preempted", "limit", "node"})

MOST_IN_VAIN = 20
"""Attempts in a row without progress after which a person has to look."""

NODE_DELAY_SECONDS = 10.0
"""A copy on a node that only seems dead ends itself within 5 s of the record that it is lost."""


async def resubmit(context: RunnerContext, stage: Stage) -> bool:
    """Have a new attempt follow, if the end is one of `CLASSES` and the plan allows it; whether it does."""
    if not isinstance(stage.status, Failed | Lost) or stage.status.end.failure not in CLASSES:
        return False
    plan_stage, failure = context.stage(stage.name), stage.status.end.failure
    if plan_stage.launcher != "slurm" or not plan_stage.resumable or not settings_of(plan_stage).resubmit:
        return False
    if in_vain(stage) >= MOST_IN_VAIN:
        text = f"{MOST_IN_VAIN} jobs in a row ended ({failure}) without any progress; it is not submitted again"
        await context.state.write(Alert(kind="queue", stage=stage.name, text=text))
        return False
    delay = NODE_DELAY_SECONDS if failure == "node" else 0.0
    await context.state.write(
        StageReset(
            stage=stage.name, reason=f"submitted again after {failure}", by="slurm", resume=True, delay_seconds=delay
        )
    )
    return True


def in_vain(stage: Stage) -> int:
    """How many of the last attempts ended so one after another and came no further than the one before."""
    count = 0
    for number in range(len(stage.attempts) - 1, -1, -1):
        attempt = stage.attempts[number]
        if attempt.end is None or attempt.end.failure not in CLASSES:
            break
        if _reached(attempt) > (_reached(stage.attempts[number - 1]) if number else 0.0):
            break
        count += 1
    return count


def _reached(attempt: Attempt) -> float:
    """How far it came, by its own count: steps, else epochs, else its part of the whole."""
    figures = attempt.progress
    if figures is None:
        return 0.0
    return float(figures.step or figures.epoch or figures.fraction or 0.0)
