"""What commands do to a search and to its trials, where that differs from other stages."""

from __future__ import annotations

import contextlib

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.model import Extension
from autotrain_tui.plan.names import shown
from autotrain_tui.plan.sweep.extend import check_extension
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import SweepEnded, SweepExtended, TrialPromoted
from autotrain_tui.session.journal.state import Held, Pending, Searching, Stage
from autotrain_tui.session.records.command_file import Args, Command

__all__ = ["extend", "promote", "refuse_search", "skip_search", "waits_for_rule"]


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


async def extend(context: RunnerContext, command: Command) -> None:
    """Add trials to a search that is not decided. Raises RefusedError, PlanError for what it cannot have."""
    if context.stopping:
        raise RefusedError("the session is being stopped")
    open_searches = [
        stage
        for stage in context.session.stages
        if stage.info.search is not None and isinstance(stage.status, Searching | Pending | Held)
    ]
    found = [stage for stage in open_searches if command.stage in {None, stage.name}]
    if len(found) != 1:
        names = ", ".join(stage.name for stage in open_searches) or "none"
        named = (
            f"stage {shown(command.stage)} is no search that can have more trials; "
            if command.stage is not None
            else ""
        )
        raise RefusedError(f"{named}name a search that is not decided yet: {names}")
    search, extension = found[0], _extension(command.args)
    known = [Extension(each.trials, each.params) for each in search.extensions]
    check_extension(context.plan.stage(search.name), known, extension)
    await context.state.write(
        SweepExtended(stage=search.name, trials=extension.trials, params=dict(extension.params), by=command.by)
    )


def _extension(args: Args) -> Extension:
    trials = args.get("trials", 0)
    given = {name.removeprefix("set:"): value for name, value in args.items() if name.startswith("set:")}
    params = {name: value for name, value in given.items() if value is not None}
    return Extension(trials if isinstance(trials, int) and not params else 0, params)


async def skip_search(context: RunnerContext, stage: Stage, reason: str, by: str) -> None:
    """End a search that runs without a winner: what rests is pruned, what runs is skipped, the session goes on."""
    await context.state.write(SweepEnded(stage=stage.name, state="skipped", reason=reason, by=by))
    for trial in context.session.active:
        if trial.info.sweep == stage.name:
            with contextlib.suppress(RefusedError):  # it has just ended
                await context.supervisors.require(trial.name).control.request_end("skip", reason, by)
