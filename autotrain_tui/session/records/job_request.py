"""What an attempt's records hold of a batch system: the request in spec.json, the job's end in exit.json."""

from __future__ import annotations

import msgspec

__all__ = ["EngineEnd", "SlurmRequest"]


class SlurmRequest(msgspec.Struct, frozen=True):
    """What is requested of Slurm for one attempt; texts are empty and numbers None where the plan says nothing."""

    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    gres: str = ""
    mem: str = ""
    cpus_per_task: int | None = None
    nodes: int = 1
    tasks_per_node: int = 1
    limit_seconds: float | None = None
    """The job's time limit; None: the partition's."""
    limit_given: bool = False
    """Whether the plan itself names the limit; else the partition's own is the most."""
    warning_seconds: float = 90.0
    """So long before the limit the shim gets the warning signal."""
    setup: list[str] = []
    extra: list[str] = []


class EngineEnd(msgspec.Struct, frozen=True):
    """What the batch system says of a job that is over. `ran`: whether its command was started."""

    state: str
    code: str = ""
    ran: bool = True
    job: str = ""
