"""What an attempt's records hold of a batch system: the request in spec.json, the job's end in exit.json."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["EngineEnd", "RayRequest", "SlurmRequest"]


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


class RayRequest(msgspec.Struct, frozen=True):
    """What is requested of Ray for one attempt; the token is in neither this nor any other record."""

    address: str
    resources: dict[str, float] = {}
    """`num_cpus`, `num_gpus`, `memory` (bytes), or the name of a custom resource."""
    runtime_env: dict[str, Any] = {}
    stop_seconds: int = 3
    """How long Ray waits from TERM to KILL when somebody stops the job."""


class EngineEnd(msgspec.Struct, frozen=True):
    """What the batch system says of a job that is over. `ran`: whether its command was started."""

    state: str
    code: str = ""
    ran: bool = True
    job: str = ""
    system: str = "Slurm"
    """The batch system's name."""
