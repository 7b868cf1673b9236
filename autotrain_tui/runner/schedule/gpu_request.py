"""The GPUs of a stage's next attempt: free ones, or those of a sibling if trials of the search share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.gpus.leases import GpusUnavailable, Lease
from autotrain_tui.runner.schedule.trial_room import gpu_memory_of, gpu_sharers, runs_alone
from autotrain_tui.session.journal.events import StageWaiting
from autotrain_tui.session.journal.state import Stage

__all__ = ["GPU_WAIT_SECONDS", "AllocatedGpus", "allocate_gpus", "note_waiting"]

GPU_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class AllocatedGpus:
    """What the GPUs' allocation came to: variables for the command, seconds to wait, or why it will never succeed."""

    environment: dict[str, str] = field(default_factory=dict)
    wait_seconds: float | None = None
    trouble: str = ""


async def allocate_gpus(context: RunnerContext, stage: Stage, plan_stage: PlanStage, attempt: Path) -> AllocatedGpus:
    """Lease what the stage asks for, or journal why it waits."""
    if not plan_stage.gpus or plan_stage.launcher != "local":  # a batch system gives its own
        return AllocatedGpus()
    lease = context.gpus.claim(stage.name, plan_stage.gpus, attempt, plan_stage.gpu_memory_bytes)
    if isinstance(lease, GpusUnavailable) and not lease.hopeless:
        lease = _shared(context, stage, plan_stage, attempt) or lease
    if isinstance(lease, Lease):
        return AllocatedGpus(lease.environment)
    if lease.hopeless:
        return AllocatedGpus(trouble=lease.reason)
    await note_waiting(context, stage, lease.reason)
    return AllocatedGpus(wait_seconds=GPU_WAIT_SECONDS)


def _shared(
    context: RunnerContext, stage: Stage, plan_stage: PlanStage, attempt: Path
) -> Lease | GpusUnavailable | None:
    """The GPUs of a sibling; None if the plan shares none, or nothing is known of the memory that trials take."""
    sharers = gpu_sharers(context, stage)
    memory = gpu_memory_of(context.session, stage, plan_stage) if sharers else None
    if memory is None or runs_alone(context.session, stage):
        return None
    return context.gpus.share(stage.name, attempt, sharers, memory)


async def note_waiting(context: RunnerContext, stage: Stage, reason: str) -> None:
    """Journal why the stage waits, once for each reason."""
    if stage.waiting != reason:
        await context.state.write(StageWaiting(stage=stage.name, reason=reason))
