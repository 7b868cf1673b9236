"""Starting a stage's next attempt: folder, command line, environment, then the launcher."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from autotrain_tui.errors import MachineError, PlanError
from autotrain_tui.plan.command import resolve_command
from autotrain_tui.runner.attempt.attempt_supervisor import Carry
from autotrain_tui.runner.attempt.progress_monitor import Outlook
from autotrain_tui.runner.core.stage_environment import StageEnvironment, changed_stage
from autotrain_tui.runner.gpus.leases import Lease
from autotrain_tui.runner.launchers import Attempt
from autotrain_tui.session.journal.events import AttemptEnded, AttemptStarting, StageWaiting
from autotrain_tui.session.journal.state import Pending
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.records.attempt_files import Spec
from autotrain_tui.session.records.folder import make_private_dir, write_new

if TYPE_CHECKING:
    from autotrain_tui.runner.runner import Runner

__all__ = ["launch", "outlook_for"]

log = logging.getLogger(__name__)

DISK_WAIT_SECONDS = 2.0
GPU_WAIT_SECONDS = 2.0


async def launch(runner: Runner, name: str) -> tuple[Carry | None, float | None]:
    """Start the next attempt of a pending stage.

    Returns its carrier; or None and seconds to wait, when the disk has no room for it; or (None, None) when the attempt
    failed before it began, which is journaled.
    """
    session = runner.book.session
    stage = session.stage(name)
    assert stage is not None
    assert isinstance(stage.status, Pending)
    resume = stage.status.resume
    plan_stage = changed_stage(runner.stage(name), stage.changes)
    stage_dir = runner.folder.stage(plan_stage.index, name)
    number = _free_number(stage_dir, stage.attempt.number + 1 if stage.attempt is not None else 1)
    around = StageEnvironment(runner.plan, plan_stage, session, runner.folder, number, resume=resume)
    command: list[str] = []
    trouble = ""
    extra: dict[str, str] = {}
    if plan_stage.gpus:
        lease = runner.gpus.claim(name, plan_stage.gpus, around.attempt.path)
        if isinstance(lease, Lease):
            extra = lease.environment
        elif not lease.hopeless:
            if stage.waiting != lease.reason:
                await runner.book.write(StageWaiting(stage=name, reason=lease.reason))
            return None, GPU_WAIT_SECONDS
        else:
            trouble = lease.reason
    try:
        _make_folders(stage_dir, around.attempt.path, scratch=number > 1 and not resume)
    except OSError:
        runner.gpus.release(name)
        return None, DISK_WAIT_SECONDS  # no room, or a moved folder: `Runner._watch_machine` says which
    try:
        command = resolve_command(plan_stage, around.values())
        environment = around.environment(extra)
    except PlanError as error:
        trouble = str(error)
    await runner.book.write(
        AttemptStarting(
            stage=name,
            attempt=number,
            folder=str(around.attempt.path.relative_to(runner.folder.path)),
            command=command,
            params=dict(plan_stage.parameters),
            resume=resume,
            estimate_seconds=stage.info.estimate_seconds,
            estimate_source=stage.info.estimate_source,
            timeout_seconds=plan_stage.timeout_seconds,
            gpus=_numbers(extra),
        )
    )
    if trouble:
        runner.gpus.release(name)
        await runner.book.write(
            AttemptEnded(stage=name, attempt=number, state="failed", failure="start", reason=trouble)
        )
        await runner.ended(name)
        return None, None
    spec = Spec(
        stage=name,
        attempt=number,
        command=command,
        cwd=str(around.cwd()),
        pty=plan_stage.pty,
        linger_seconds=plan_stage.linger_seconds,
        declared_env=around.declared(),
        env_names=sorted(environment),
    )
    launched = await _started(runner, around.attempt.path, spec, environment)
    if launched is None:
        runner.gpus.release(name)
        if runner.book.session.state is SessionState.STOPPING:
            await runner.book.write(
                AttemptEnded(stage=name, attempt=number, state="stopped", reason="stopped before it could be started")
            )
        return None, None
    return Carry(runner.book, plan_stage, around.attempt, launched, outlook=outlook_for(runner, name)), None


async def _started(runner: Runner, folder: Path, spec: Spec, environment: dict[str, str]) -> Attempt | None:
    """The attempt, tried until its folder can be written; None when the runner is leaving meanwhile."""
    told = False
    while not runner.leaving:
        try:
            return await runner.launcher.start(folder, spec, environment)
        except MachineError as error:
            if not told:
                log.warning("stage %s waits: %s", spec.stage, error)
                told = True
            await asyncio.sleep(DISK_WAIT_SECONDS)
    return None


def outlook_for(runner: Runner, name: str) -> Outlook:
    """How an attempt of this stage is going to be watched."""
    stage = runner.book.session.stage(name)
    assert stage is not None
    return Outlook(runner.plan.metric, stage)


def _numbers(extra: dict[str, str]) -> list[int]:
    """The leased GPUs' numbers in PCI order, as the command's environment names them."""
    text = extra.get("CUDA_VISIBLE_DEVICES") or extra.get("HIP_VISIBLE_DEVICES") or ""
    return [int(number) for number in text.split(",") if number]


def _free_number(stage_dir: Path, number: int) -> int:
    """The attempt's number. One whose folder is there although the journal doesn't know it is passed over: a runner
    died between making the folder and journaling it.
    """
    while os.path.lexists(stage_dir / f"attempt-{number}"):
        number += 1
    return number


def _make_folders(stage_dir: Path, attempt: Path, *, scratch: bool) -> None:
    """Make the stage's folders and the attempt's, which must be new; from scratch the old checkpoints are set aside."""
    checkpoints = stage_dir / "checkpoints"
    if not stage_dir.exists():
        make_private_dir(stage_dir)
    if scratch and checkpoints.exists():
        before = 1
        while os.path.lexists(stage_dir / f"checkpoints.before-{before}"):
            before += 1
        checkpoints.rename(stage_dir / f"checkpoints.before-{before}")
    if not checkpoints.exists():
        make_private_dir(checkpoints)
    make_private_dir(attempt)
    try:
        write_new(attempt / "log", b"")  # where there is no room for that, there is none to start in
    except OSError:
        shutil.rmtree(attempt, ignore_errors=True)
        raise
