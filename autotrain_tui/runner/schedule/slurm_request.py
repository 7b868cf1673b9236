"""What is requested of Slurm for one attempt of a stage, and how its shim is to act on Slurm's signals."""

from __future__ import annotations

import signal

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.slurm_settings import settings_of, time_seconds
from autotrain_tui.session.records.attempt_files import RelaySettings
from autotrain_tui.session.records.job_request import SlurmRequest

__all__ = ["relay_of", "slurm_request"]

WARNING_SECONDS = 60.0
"""Added to the grace period: Slurm's warnings come up to 40 s early or some seconds late."""


def slurm_request(stage: PlanStage, budget_left: float | None) -> SlurmRequest:
    """The request. Without `time` the limit only comes after our own limits, which end a stage cleanly."""
    settings, found = settings_of(stage), stage.distributed
    lead = stage.stop.grace_seconds + WARNING_SECONDS
    nodes = found.nnodes if found is not None else 1
    ranks = stage.ranks // nodes if found is not None and found.engine == "srun" else 1
    limit = time_seconds(settings.time) if settings.time else None
    if limit is None:
        ours = [left for left in (stage.timeout_seconds, budget_left) if left is not None]
        limit = max(60.0, min(ours)) + 2 * lead if ours else None
    return SlurmRequest(
        partition=settings.partition,
        account=settings.account,
        qos=settings.qos,
        constraint=settings.constraint,
        gres=settings.gres or (f"gpu:{stage.gpus}" if stage.gpus else ""),
        mem=settings.mem,
        cpus_per_task=settings.cpus_per_task,
        nodes=nodes,
        tasks_per_node=ranks,
        limit_seconds=limit,
        limit_given=bool(settings.time),
        warning_seconds=lead,
        setup=list(settings.setup),
        extra=list(settings.extra),
    )


def relay_of(stage: PlanStage) -> RelaySettings:
    """How the shim acts; what depends on the cluster is added when the job is submitted."""
    found = stage.distributed
    number = signal.Signals[f"SIG{stage.stop.signal.removeprefix('SIG')}"]
    # srun passes signals on to its tasks, which are not in the shim's tree
    ranks = found is not None and found.engine != "srun" and found.nnodes == 1
    return RelaySettings(signal=int(number), to="ranks" if ranks else "command")
