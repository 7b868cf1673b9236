"""Whether a cluster can run a plan's jobs, from what sinfo and `scontrol show config` say of it.

`sbatch --test-only` is never asked: it says yes to jobs that never start, and uses up a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.slurm_settings import SlurmSettings, settings_of, time_seconds
from autotrain_tui.session.launch.finding import Finding, Verdict
from autotrain_tui.slurm.cluster import Cluster, NotAsked, Partition, read_cluster
from autotrain_tui.slurm.controller import controller_trouble
from autotrain_tui.slurm.tools import is_here
from autotrain_tui.text import format as fmt

__all__ = ["cluster_of", "slurm_findings"]

_TRACKS = {
    "linuxproc": "an ending signal of Slurm reaches every process of a job",
    "pgid": "an ending signal of Slurm reaches the shim alone, which passes it on",
    "cgroup": "an ending signal of Slurm reaches the shim alone, which passes it on",
}


def cluster_of(stages: Sequence[PlanStage]) -> Cluster | str | None:
    """The cluster, if a stage needs one: a sentence if it can't be asked.

    None if no stage does, and where `prepare` has said already that Slurm is not here or no controller answers.
    """
    if not any(stage.launcher == "slurm" for stage in stages) or not is_here("sbatch") or controller_trouble():
        return None
    try:
        return read_cluster()
    except NotAsked as error:
        return str(error)


def slurm_findings(stages: Sequence[PlanStage], cluster: Cluster | str | None) -> Iterator[Finding]:
    """What the cluster has for each stage that is a job, and what a person should know of how it ends jobs."""
    jobs = [stage for stage in stages if stage.launcher == "slurm"]
    if cluster is None or not jobs:
        return
    if isinstance(cluster, str):
        yield Finding("Slurm", Verdict.FAIL, f"the cluster can't be asked: {cluster}")
        return
    accounting = "" if cluster.accounting not in ("", "none", "(null)") else ", no accounting (none is needed)"
    tracks = _TRACKS.get(cluster.tracks_by, "")
    yield Finding(
        "Slurm",
        Verdict.GOOD,
        f"{cluster.name} {cluster.version}{accounting}; processes are tracked by {cluster.tracks_by}"
        + (f": {tracks}" if tracks else ""),
    )
    for stage in jobs:
        wrong = list(_wrong(stage, cluster))
        yield from wrong or [_fits(stage, cluster)]
        grace = stage.stop.grace_seconds
        if grace > cluster.kill_wait_seconds:
            yield Finding(
                "KillWait",
                Verdict.NOTE,
                f"stage {stage.name}: scancel and preemption leave {cluster.kill_wait_seconds:g} s to save (KillWait), "
                f"not its {grace:g} s of grace; pause and stop give all of them",
                stage.name,
            )


def _wrong(stage: PlanStage, cluster: Cluster) -> Iterator[Finding]:
    settings = settings_of(stage)
    for name in settings.partition.split(",") if settings.partition else [""]:
        partition = cluster.partition(name)
        if partition is None:
            there = ", ".join(each.name for each in cluster.partitions)
            what = f"there is no partition {name}" if name else "the cluster has no default partition"
            yield Finding("partition", Verdict.FAIL, f"stage {stage.name}: {what}; there are: {there}", stage.name)
            continue
        for text in _beyond(stage, settings, partition):
            yield Finding("partition", Verdict.FAIL, f"stage {stage.name}: {text}: it would wait forever", stage.name)


def _beyond(stage: PlanStage, settings: SlurmSettings, partition: Partition) -> Iterator[str]:
    """What of the request the partition does not have."""
    limit = time_seconds(settings.time) if settings.time else None
    nodes = stage.distributed.nnodes if stage.distributed is not None else 1
    if not partition.up:
        yield f"partition {partition.name} is down"
    if limit is not None and partition.limit_seconds is not None and limit > partition.limit_seconds:
        longest = fmt.short_clock(partition.limit_seconds)
        yield f"time {settings.time} is more than the {longest} of partition {partition.name}"
    if nodes > partition.nodes:
        yield f"{nodes} nodes, and partition {partition.name} has {partition.nodes}"
    if settings.cpus_per_task is not None and settings.cpus_per_task > partition.cpus:
        yield f"{settings.cpus_per_task} CPUs, and a node of partition {partition.name} has {partition.cpus}"
    wanted = settings.gres or (f"gpu:{stage.gpus}" if stage.gpus else "")
    kinds = {re.split(r"[:(]", each)[0] for each in partition.gres}
    for kind in (each.split(":")[0] for each in wanted.split(",") if each):
        if kind not in kinds:
            yield f"gres {wanted}, and partition {partition.name} has {', '.join(partition.gres) or 'none'}"


def _fits(stage: PlanStage, cluster: Cluster) -> Finding:
    settings = settings_of(stage)
    partition = cluster.partition(settings.partition.split(",")[0])
    assert partition is not None
    limit = "no limit" if partition.limit_seconds is None else f"at most {fmt.short_clock(partition.limit_seconds)}"
    nodes = f"{partition.nodes} node" + ("s" if partition.nodes != 1 else "")
    return Finding(
        "partition", Verdict.GOOD, f"stage {stage.name}: {partition.name}, {nodes}, {limit} a job", stage.name
    )
