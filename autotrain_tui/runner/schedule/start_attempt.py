"""Starting a stage's next attempt: GPUs, folder, command line, environment, then the launcher."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from autotrain_tui.errors import MachineError, PlanError
from autotrain_tui.plan.command import resolve_command
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.attempt.attempt_supervisor import AttemptSupervisor
from autotrain_tui.runner.attempt.metric_files_record import note_files_before
from autotrain_tui.runner.attempt.progress_monitor import ProgressMonitor
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.core.stage_environment import StageEnvironment, changed_stage
from autotrain_tui.runner.launchers import LaunchedAttempt
from autotrain_tui.runner.schedule.attempt_folders import free_number, make_folders
from autotrain_tui.runner.schedule.gpu_request import GPU_WAIT_SECONDS, AllocatedGpus, allocate_gpus, note_waiting
from autotrain_tui.runner.schedule.headline_series import headline_of
from autotrain_tui.runner.schedule.ray_request import no_address, ray_relay, ray_request
from autotrain_tui.runner.schedule.slurm_request import relay_of, slurm_request
from autotrain_tui.runner.schedule.trial_room import room_for
from autotrain_tui.runner.schedule.trial_values import rung_watch
from autotrain_tui.session.journal.events import AttemptEnded, AttemptStarting
from autotrain_tui.session.journal.state import Pending, Session, Stage
from autotrain_tui.session.records.attempt_files import Spec

__all__ = [
    "AttemptStarted",
    "StartAbandoned",
    "StartDeferred",
    "StartFailed",
    "StartResult",
    "monitor_for",
    "start_attempt",
]

log = logging.getLogger(__name__)

DISK_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """The attempt runs, or ended at once: its supervisor finds out."""

    supervisor: AttemptSupervisor


@dataclass(frozen=True, slots=True)
class StartDeferred:
    """Nothing was started: try again after `seconds` (no free GPU, no room on the disk)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class StartFailed:
    """The attempt failed before its command could be started; that is journaled."""


@dataclass(frozen=True, slots=True)
class StartAbandoned:
    """The runner is leaving: nothing was started."""


StartResult = AttemptStarted | StartDeferred | StartFailed | StartAbandoned


async def start_attempt(context: RunnerContext, name: str) -> StartResult:
    """Start the next attempt of a pending stage."""
    stage = context.session.stage(name)
    assert stage is not None
    assert isinstance(stage.status, Pending)
    plan_stage = changed_stage(context.stage(name), stage.changes)
    stage_dir = context.folder.stage(plan_stage.index, name)
    number = free_number(stage_dir, stage.attempt.number + 1 if stage.attempt is not None else 1)
    environment = StageEnvironment(
        context.plan, plan_stage, context.session, context.folder, number, resume=stage.status.resume
    )
    if stage.trial is not None and (reason := room_for(context, stage)):
        await note_waiting(context, stage, reason)
        return StartDeferred(GPU_WAIT_SECONDS)
    gpus = await allocate_gpus(context, stage, plan_stage, environment.attempt.path)
    if gpus.wait_seconds is not None:
        return StartDeferred(gpus.wait_seconds)
    try:
        make_folders(stage_dir, environment.attempt.path, scratch=number > 1 and not stage.status.resume)
    except OSError:
        context.gpus.release(name)
        return StartDeferred(DISK_WAIT_SECONDS)  # no room, or a moved folder: the disk monitor says which
    spec, variables, trouble = _resolve(environment, gpus)
    if plan_stage.launcher == "slurm":
        spec = replace(spec, slurm=slurm_request(plan_stage, _budget_left(context.session)), relay=relay_of(plan_stage))
    elif plan_stage.launcher == "ray":
        request = ray_request(plan_stage, os.environ)
        trouble = trouble or no_address(request)
        spec = replace(spec, ray=request, relay=ray_relay(plan_stage))
    await context.state.write(_starting(stage, environment, spec, gpus))
    if trouble:
        context.gpus.release(name)
        await context.state.write(
            AttemptEnded(stage=name, attempt=number, state="failed", failure="start", reason=trouble)
        )
        return StartFailed()
    await note_files_before(environment.attempt, plan_stage.metric_files, environment.cwd())
    launched = await _launch(context, plan_stage, environment.attempt.path, spec, variables)
    if launched is None:
        return await _abandon(context, name, number)
    monitor = monitor_for(context, name)
    return AttemptStarted(AttemptSupervisor(context.state, plan_stage, environment.attempt, launched, monitor=monitor))


def _resolve(environment: StageEnvironment, gpus: AllocatedGpus) -> tuple[Spec, dict[str, str], str]:
    """What the launcher is to start, with which variables; and why it can't be started, empty if it can."""
    stage = environment.stage
    command: list[str] = []
    variables: dict[str, str] = {}
    declared: dict[str, str] = {}
    trouble = gpus.trouble
    try:
        values = environment.values()
        command = resolve_command(stage, values)
        command = environment.with_ranks(command, values["python"] or "")
        variables = environment.variables(gpus.environment)
        declared = environment.declared()
    except PlanError as error:
        trouble = str(error)
    spec = Spec(
        stage=stage.name,
        attempt=environment.number,
        command=command,
        cwd=str(environment.cwd()),
        pty=stage.pty,
        linger_seconds=stage.linger_seconds,
        declared_env=declared,
        env_names=sorted(variables),
        engine=stage.distributed.engine if stage.distributed is not None else "",
        ranks=stage.ranks,
        launcher=stage.launcher,
    )
    return spec, variables, trouble


def _budget_left(session: Session) -> float | None:
    """Seconds of running time that the session has left; None without a limit."""
    whole = session.budget_seconds
    return None if whole is None else max(0.0, whole - session.elapsed(time.monotonic()))


def _starting(stage: Stage, environment: StageEnvironment, spec: Spec, gpus: AllocatedGpus) -> AttemptStarting:
    return AttemptStarting(
        stage=stage.name,
        attempt=spec.attempt,
        folder=str(environment.attempt.path.relative_to(environment.folder.path)),
        command=spec.command,
        params=dict(environment.stage.parameters),
        resume=environment.resume,
        estimate_seconds=stage.info.estimate_seconds,
        estimate_source=stage.info.estimate_source,
        timeout_seconds=environment.stage.timeout_seconds,
        gpus=_gpu_numbers(gpus.environment),
        engine=spec.engine,
        ranks=spec.ranks,
        launcher=spec.launcher,
    )


async def _launch(
    context: RunnerContext, stage: PlanStage, folder: Path, spec: Spec, variables: dict[str, str]
) -> LaunchedAttempt | None:
    """The attempt, tried until its folder can be written; None when the runner is leaving meanwhile."""
    warned = False
    while not context.leaving:
        try:
            return await context.launcher(stage).start(folder, spec, variables)
        except MachineError as error:
            if not warned:
                log.warning("stage %s waits: %s", spec.stage, error)
                warned = True
            await asyncio.sleep(DISK_WAIT_SECONDS)
    return None


async def _abandon(context: RunnerContext, name: str, number: int) -> StartAbandoned:
    context.gpus.release(name)
    if context.stopping or context.loop.ending:
        await context.state.write(
            AttemptEnded(stage=name, attempt=number, state="stopped", reason="stopped before it could be started")
        )
    return StartAbandoned()


def monitor_for(context: RunnerContext, name: str) -> ProgressMonitor:
    """The progress monitor for an attempt of this stage."""
    stage = context.session.stage(name)
    assert stage is not None
    return ProgressMonitor(lambda: headline_of(context.session), stage, rung_watch(context, name))


def _gpu_numbers(variables: dict[str, str]) -> list[int]:
    """The leased GPUs' numbers in PCI order, as the command's environment names them."""
    text = variables.get("CUDA_VISIBLE_DEVICES") or variables.get("HIP_VISIBLE_DEVICES") or ""
    return [int(number) for number in text.split(",") if number]
