"""What each command of a person does: one function per verb. Each returns (accepted) or raises RefusedError.

A command is answered when it is accepted and begun, not when it is finished; freeze is answered when all is stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from autotrain_tui.errors import AutotrainError, PlanError, RefusedError
from autotrain_tui.plan.change import with_values
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.read import Location
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.context.session_end import stop_session
from autotrain_tui.runner.control.budget_command import set_budget
from autotrain_tui.runner.control.queued_hold import hold_queued, release_queued
from autotrain_tui.runner.control.search_commands import extend, promote, refuse_search, skip_search, waits_for_rule
from autotrain_tui.runner.core.stage_environment import changed_stage
from autotrain_tui.session.journal.acknowledgement import acknowledgement
from autotrain_tui.session.journal.events import (
    Again,
    CommandTaken,
    MetricChosen,
    Params,
    StageHeld,
    StageReleased,
    StageReset,
    StageSkipped,
    reset,
)
from autotrain_tui.session.journal.state import Searching, Stage
from autotrain_tui.session.journal.transitions import ACTIVE, IllegalMoveError, StageState
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.text.metric_goal import metric_choice

__all__ = ["HANDLERS", "CommandHandler"]

_S = StageState


class CommandHandler:
    """Executes commands one by one and journals their outcomes."""

    def __init__(self, context: RunnerContext) -> None:
        self._context = context

    async def execute(self, command: Command) -> bool:
        """Execute a command and journal its outcome under its id; whether it was accepted."""
        try:
            await HANDLERS[command.verb](self._context, command)
        except (AutotrainError, IllegalMoveError) as error:
            accepted, reason = False, str(error)
        else:
            accepted, reason = True, command.reason
        await self._context.state.write(
            CommandTaken(
                id=command.id,
                verb=command.verb,
                stage=command.stage,
                accepted=accepted,
                reason=reason,
                by=command.by,
                args=command.args,
            )
        )
        return accepted

    async def refuse(self, name: str, reason: str) -> None:
        """Journal that a file was not taken; `name` is the command's id, or the file's name if it holds none."""
        await self._context.state.write(
            CommandTaken(id=ascii(name)[1:-1][:128], verb="", accepted=False, reason=reason)
        )


def _named(context: RunnerContext, command: Command) -> Stage:
    stage = context.session.stage(command.stage or "")
    if stage is None:
        names = ", ".join(stage.name for stage in context.session.every_stage[:20])
        raise RefusedError(f"there is no stage {(command.stage or '')[:80]!r}; the stages are {names}")
    return stage


def _one(context: RunnerContext, command: Command, states: frozenset[StageState], words: str) -> Stage:
    """The stage meant: the named one, else the only one in `states`."""
    if command.stage is not None:
        stage = _named(context, command)
        if stage.state not in states:
            raise RefusedError(f"stage {stage.name} is {stage.state}, not {words}")
        refuse_search(context, stage, command.verb)
        return stage
    found = [stage for stage in context.session.every_stage if stage.state in states and not waits_for_rule(stage)]
    if not found:
        raise RefusedError(f"no stage is {words}")
    if len(found) > 1:
        raise RefusedError(f"several stages are {words}, name one: {', '.join(stage.name for stage in found)}")
    return found[0]


def _not_stopping(context: RunnerContext) -> None:
    if context.stopping:
        raise RefusedError("the session is being stopped")


async def _pause(context: RunnerContext, command: Command) -> None:
    _not_stopping(context)
    stage = _one(context, command, frozenset({_S.STARTING, _S.RUNNING, _S.FROZEN}), "running")
    supervisor = context.supervisors.require(stage.name)
    if supervisor.plan.resumable:
        await supervisor.control.request_end("pause", command.reason, command.by)
    elif stage.state is _S.FROZEN:
        raise RefusedError(f"stage {stage.name} is already frozen")
    else:
        await supervisor.control.freeze(command.reason, command.by)


async def _resume(context: RunnerContext, command: Command) -> None:
    _not_stopping(context)
    stage = _one(context, command, frozenset({_S.PAUSED, _S.FROZEN}), "paused or frozen")
    if stage.state is _S.FROZEN:
        await context.supervisors.require(stage.name).control.thaw(command.by)
    elif stage.trial is not None and stage.trial.resting:
        await promote(context, stage, command.reason, command.by)
    else:
        # a policy sets any failed stage aside; only one that saves has something to go on from
        await context.state.write(
            StageReset(stage=stage.name, resume=stage.info.resumable, reason=command.reason or "resumed", by=command.by)
        )


async def _freeze(context: RunnerContext, command: Command) -> None:
    _not_stopping(context)
    stage = _one(context, command, frozenset({_S.STARTING, _S.RUNNING}), "running")
    await context.supervisors.require(stage.name).control.freeze(command.reason, command.by)


async def _skip(context: RunnerContext, command: Command) -> None:
    _not_stopping(context)
    if command.stage is None:
        stage = _one(context, command, frozenset({_S.STARTING, _S.RUNNING, _S.FROZEN, _S.PAUSING}), "running")
    else:
        stage = _named(context, command)
    if stage.state is _S.STOPPING and stage.attempt is not None and stage.attempt.intent == "skip":
        raise RefusedError(f"stage {stage.name} is already being skipped")
    if isinstance(stage.status, Searching):
        await skip_search(context, stage, command.reason, command.by)
    elif stage.state in ACTIVE:
        await context.supervisors.require(stage.name).control.request_end("skip", command.reason, command.by)
    elif stage.state in (_S.SUCCEEDED, _S.SKIPPED):
        raise RefusedError(
            f"stage {stage.name} has already {stage.state}"
            if stage.state is _S.SUCCEEDED
            else f"stage {stage.name} is already skipped"
        )
    else:
        await context.state.write(StageSkipped(stage=stage.name, reason=command.reason, by=command.by))


async def _unskip(context: RunnerContext, command: Command) -> None:
    _not_stopping(context)
    stage = _one(context, command, frozenset({_S.SKIPPED}), "skipped")
    begun = [other.name for other in context.session.stages if stage.name in other.info.needs and other.attempts]
    if begun:
        raise RefusedError(f"the skip can't be undone: {begun[0]}, which needs {stage.name}, has begun")
    resume = bool(stage.attempts) and stage.info.resumable
    await context.state.write(StageReset(stage=stage.name, reason="skip undone", by=command.by, resume=resume))


async def _hold(context: RunnerContext, command: Command) -> None:
    stage = _named(context, command) if command.stage is not None else _first_pending(context)
    if stage.state is _S.STARTING:
        await hold_queued(context, stage.name)
        return
    if stage.state is not _S.PENDING:
        raise RefusedError(f"stage {stage.name} is {stage.state}; only a waiting stage can be held")
    await context.state.write(StageHeld(stage=stage.name, reason=command.reason, by=command.by))


def _first_pending(context: RunnerContext) -> Stage:
    for stage in context.session.every_stage:
        if stage.state is _S.PENDING:
            return stage
    raise RefusedError("no stage is waiting")


async def _release(context: RunnerContext, command: Command) -> None:
    if command.stage is not None and _named(context, command).state is _S.STARTING:
        await release_queued(context, command.stage)
        return
    stage = _one(context, command, frozenset({_S.HELD}), "held")
    await context.state.write(StageReleased(stage=stage.name, by=command.by))


async def _retry(context: RunnerContext, command: Command) -> None:
    _not_stopping(context)
    session = context.session
    if command.stage is not None:
        stage = _named(context, command)
    else:
        bad = (_S.FAILED, _S.LOST, _S.STOPPED, _S.PAUSED)
        unwell = [one for one in session.every_stage if one.state in bad and not waits_for_rule(one)]
        candidates = unwell or list(session.active)
        if not candidates:
            raise RefusedError("no stage has failed or is running; name the stage to run again")
        if len(candidates) > 1:
            raise RefusedError(f"name the stage: {', '.join(stage.name for stage in candidates)}")
        stage = candidates[0]
    refuse_search(context, stage, "retry")
    scratch = bool(command.args.get("from_scratch"))
    changes: Params = {key[4:]: value for key, value in command.args.items() if key.startswith("set:")}
    try:
        _check_values(changed_stage(context.stage(stage.name), changes), changes)
    except PlanError as error:
        raise RefusedError(str(error)) from error
    if stage.state in (_S.PENDING, _S.HELD):
        raise RefusedError(f"stage {stage.name} hasn't run yet")
    again = Again(
        reason=command.reason or ("from scratch" if scratch else "retry"),
        by=command.by,
        resume=not scratch and stage.info.resumable and bool(stage.attempts),
        changes=changes,
    )
    if stage.state in ACTIVE:
        await context.supervisors.require(stage.name).control.request_end(
            "retry", command.reason, command.by, again=again
        )
    else:
        await context.state.write(reset(stage.name, again))


def _check_values(stage: PlanStage, changes: Params) -> None:
    """Raise PlanError for a value that the plan itself could not have had."""
    for name, value in changes.items():
        if value is not None:
            with_values(stage, {name: value}, Location(f"--set {name}"))


async def _stop(context: RunnerContext, command: Command) -> None:
    if context.stopping:
        raise RefusedError("the session is already being stopped")
    await stop_session(context, "stop", command.reason or "stopped by a person", command.by)


async def _kill(context: RunnerContext, command: Command) -> None:
    await stop_session(context, "kill", command.reason or "killed by a person", command.by)


async def _checkpoint(context: RunnerContext, command: Command) -> None:
    stage = _one(context, command, frozenset({_S.RUNNING}), "running")
    context.supervisors.require(stage.name).control.checkpoint()


async def _metric(context: RunnerContext, command: Command) -> None:
    name, goal = command.args.get("name"), command.args.get("goal")
    if not isinstance(name, str) or goal not in ("max", "min"):
        raise RefusedError(f"the metric command needs a name and a goal, max or min, got {str(name)[:80]!r}, {goal!r}")
    name, goal = metric_choice(f"{name}:{goal}")
    await context.state.write(MetricChosen(name=name, goal=goal, reason=command.reason, by=command.by))


async def _acknowledge(context: RunnerContext, command: Command) -> None:
    await context.state.write(acknowledgement(context.session, command.args, command.reason, command.by))


HANDLERS: dict[str, Callable[[RunnerContext, Command], Awaitable[None]]] = {
    "pause": _pause,
    "resume": _resume,
    "freeze": _freeze,
    "skip": _skip,
    "unskip": _unskip,
    "hold": _hold,
    "release": _release,
    "retry": _retry,
    "stop": _stop,
    "kill": _kill,
    "checkpoint": _checkpoint,
    "budget": set_budget,
    "metric": _metric,
    "extend": extend,
    "acknowledge": _acknowledge,
}
