"""What is known of the cluster: its partitions (sinfo) and how it ends jobs (scontrol show config)."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from autotrain_tui.slurm.tools import ToolAnswer, ask

__all__ = ["Cluster", "NotAsked", "Partition", "limit_seconds", "read_cluster"]

_SINFO = "%P|%l|%a|%D|%c|%m|%G"
"""sinfo(1), --format: partition (`*`: the default), time limit, up or not, nodes, CPUs, memory in MB, gres."""

_VALUE = re.compile(r"^(\w+)\s*=\s*(.*?)\s*$", re.MULTILINE)


class NotAsked(Exception):  # noqa: N818  reads as what it is
    """The cluster could not be asked, and why."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition. Sizes are the largest of its nodes."""

    name: str
    default: bool
    limit_seconds: float | None
    """The longest time of a job (MaxTime); None: unlimited."""
    up: bool
    nodes: int
    cpus: int
    memory_mb: int
    gres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster."""

    name: str
    version: str
    partitions: tuple[Partition, ...]
    kill_wait_seconds: float
    """From SIGTERM to SIGKILL when a job is ended by Slurm."""
    tracks_by: str
    """How the processes of a job are found: `linuxproc`, `pgid`, `cgroup`."""
    accounting: str

    def partition(self, name: str) -> Partition | None:
        """The partition of that name; the default one for an empty name; None if there is none."""
        for each in self.partitions:
            if each.name == name or (not name and each.default):
                return each
        return None

    @property
    def term_reaches_all(self) -> bool:
        """Whether an ending signal of Slurm goes to every process of the job, and not to the batch process alone."""
        return self.tracks_by == "linuxproc"


def limit_seconds(text: str) -> float | None:
    """Seconds of a limit as sinfo prints it (`1:00:00`, `2-00:00:00`, `30:00`); None for `infinite` and the like."""
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text.strip())
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def read_cluster(run: Callable[[list[str]], ToolAnswer] = ask) -> Cluster:
    """Ask the cluster. Raises NotAsked."""
    with ThreadPoolExecutor(1) as beside:  # each takes 20 to 100 ms, and every first job waits for both
        asked = beside.submit(run, ["scontrol", "show", "config"])
        listed = run(["sinfo", "-h", "-o", _SINFO])
        config = asked.result() if listed.good else listed
    if not config.good:
        raise NotAsked(config.trouble)
    values = dict(_VALUE.findall(config.text))
    partitions = _partitions(listed.text)
    if not partitions or "ProctrackType" not in values:
        raise NotAsked("sinfo or scontrol printed something else than expected")
    return Cluster(
        values.get("ClusterName", ""),
        values.get("SLURM_VERSION", ""),
        partitions,
        float(_number(values.get("KillWait", ""), 30)),
        values["ProctrackType"].removeprefix("proctrack/"),
        values.get("AccountingStorageType", "").removeprefix("accounting_storage/"),
    )


def _partitions(text: str) -> tuple[Partition, ...]:
    """The partitions; sinfo has a line for each kind of node in one."""
    found: dict[str, Partition] = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 7:
            continue
        name, limit, up, nodes, cpus, memory, gres = fields
        here = Partition(
            name.rstrip("*"), name.endswith("*"), limit_seconds(limit), up == "up", _number(nodes, 0),
            _number(cpus, 0), _number(memory, 0), () if gres == "(null)" else tuple(gres.split(",")),
        )  # fmt: skip
        before = found.get(here.name)
        found[here.name] = here if before is None else _joined(before, here)
    return tuple(found.values())


def _joined(one: Partition, other: Partition) -> Partition:
    return Partition(
        one.name, one.default, one.limit_seconds, one.up, one.nodes + other.nodes, max(one.cpus, other.cpus),
        max(one.memory_mb, other.memory_mb), tuple(dict.fromkeys((*one.gres, *other.gres))),
    )  # fmt: skip


def _number(text: str, otherwise: int) -> int:
    match = re.match(r"\d+", text)
    return int(match[0]) if match else otherwise
