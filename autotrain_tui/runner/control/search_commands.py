"""What commands do to a search and to its trials, where that differs from other stages."""

from __future__ import annotations

import contextlib

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import SweepEnded, TrialPromoted
from autotrain_tui.session.journal.state import Searching, Stage

__all__ = ["promote", "refuse_search", "skip_search", "waits_for_rule"]


def waits_for_rule(stage: Stage) -> bool:
    """Whether a command without a stage cannot mean it: a search that runs, or a trial that rests at a rung."""
    return isinstance(stage.status, Searching) or (stage.trial is not None and stage.trial.resting)


def refuse_search(context: RunnerContext, stage: Stage, verb: str) -> None:
    """Raise RefusedError for a search, which has no process: the command is for one of its trials."""
    if stage.info.search is None:
        return
    trials = [trial.name for trial in context.session.trials_of(stage.name)]
    active = [trial.name for trial in context.session.active if trial.info.sweep == stage.name]
    named = ", ".join((active or trials)[:8]) or "none has begun"
    raise RefusedError(f"stage {stage.name} is a search: {verb} one of its trials ({named})")


async def promote(context: RunnerContext, stage: Stage, reason: str, by: str) -> None:
    """Let a trial that rests go on to the next rung, whatever the rule says. Raises RefusedError if it may already."""
    at = stage.trial
    if at is None or not at.parked:
        raise RefusedError(f"trial {stage.name} goes on already, once a place is free")
    await context.state.write(
        TrialPromoted(stage=stage.name, rung=at.goal, reason=reason or "promoted by a person", by=by)
    )


async def skip_search(context: RunnerContext, stage: Stage, reason: str, by: str) -> None:
    """End a search that runs without a winner: what rests is pruned, what runs is skipped, the session goes on."""
    await context.state.write(SweepEnded(stage=stage.name, state="skipped", reason=reason, by=by))
    for trial in context.session.active:
        if trial.info.sweep == stage.name:
            with contextlib.suppress(RefusedError):  # it has just ended
                await context.supervisors.require(trial.name).control.request_end("skip", reason, by)
