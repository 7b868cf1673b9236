"""The jobs of this user as `squeue` lists them, and what their states and reasons mean.

Only an answer whose every line is a job counts: an ended job leaves the list after the cluster's MinJobAge, so that a
job that is missing from a whole answer has ended, and from anything else nothing follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FORMAT", "JobRow", "NotAList", "cure", "jobs_in"]

FORMAT = "%i|%T|%r|%N|%S|%L|%j"
"""squeue(1), --format: id, state, reason, nodes, (expected) start, time left, name."""

_ENDED = frozenset(
    {
        "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
        "REVOKED", "SPECIAL_EXIT", "TIMEOUT",
    }
)  # fmt: skip
_QUEUED = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD"})
_STATE = re.compile(r"[A-Z][A-Z_]+")

_CURES = {
    "PartitionTimeLimit": "its time is more than the partition allows: lower [slurm] time",
    "PartitionNodeLimit": "it asks for more nodes than the partition has or allows",
    "PartitionConfig": "it asks for more than the partition has or allows: lower its nodes, cpus_per_task or mem",
    "PartitionDown": "the partition is down: name another one, or wait for its administrator",
    "PartitionInactive": "the partition is inactive: name another one",
    "DependencyNeverSatisfied": "a job that it depends on has failed: cancel it, and submit it without the dependency",
    "JobHeldAdmin": "an administrator holds it: ask them to release it",
    "BadConstraints": "no node can meet its constraint, gres or mem: change them in [slurm]",
    "AccountNotAllowed": "the account may not use this partition: change [slurm] account or partition",
    "InvalidAccount": "the account is invalid: change [slurm] account",
    "InvalidQOS": "the qos is invalid: change [slurm] qos",
    "QOSNotAllowed": "the qos may not use this partition: change [slurm] qos or partition",
    "ReqNodeNotAvail": "a node that it asks for is down or reserved: remove --nodelist from [slurm] extra, or wait",
}
"""Reasons for which a job may wait for ever, and what helps (squeue(1), JOB REASON CODES)."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job."""

    id: str
    state: str
    reason: str
    nodes: str
    start: str
    """When it started, or is expected to: `2026-11-28T14:20:00`; `N/A` if unknown."""
    left: str
    name: str

    @property
    def ended(self) -> bool:
        """Whether its state is a last one."""
        return self.state in _ENDED

    @property
    def queued(self) -> bool:
        """Whether it waits for its nodes."""
        return self.state in _QUEUED


class NotAList(ValueError):  # noqa: N818  reads as what it is
    """What squeue printed is no list of jobs."""


def jobs_in(text: str) -> dict[str, JobRow]:
    """The jobs by id. Raises NotAList if any line is not one: then nothing of it counts."""
    found = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split("|", 6)]
        if (
            len(fields) != 7
            or not re.fullmatch(r"\d+([_+][\d\[\]%,\-+_]+)?", fields[0])
            or not _STATE.fullmatch(fields[1])
        ):
            raise NotAList(f"squeue printed what is no list of jobs: {line[:80]!r}")
        found[fields[0]] = JobRow(*fields)
    return found


def cure(reason: str) -> str:
    """What helps if a job waits for this reason and will never start by itself; empty for the usual reasons."""
    if reason in _CURES:
        return _CURES[reason]
    if reason.startswith(("QOS", "Assoc")) and "Limit" in reason:
        return "a limit of the qos or account is reached: it starts if that is raised or other jobs end"
    return ""
