"""The gauges of a node that an attempt runs on, for screens on other machines: `nodes/NODE.json` in its folder.

A process beside the shim of a batch job writes it every few seconds, until the shim has ended; on the further nodes of
the job one that `runner/rank.py` has started, until the node's ranks have ended. They run with the Python that runs the
shim (`runner/slurm/shim_files.py`), and only where this package is importable there; else the file says why there are
none.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from autotrain_tui.gauges.sample import MachineSample
from autotrain_tui.gauges.sampler import Sampler

__all__ = ["NODES", "NodeGauges", "read_nodes", "write_until_end"]

NODES = "nodes"
"""The folder in the attempt's."""

EVERY_SECONDS = 5.0
ASK_AHEAD_SECONDS = 0.3
"""GPUs are asked in a thread of their own so long before a sample."""

_LARGEST = 1 << 20
_MOST_NODES = 64


class NodeGauges(msgspec.Struct, frozen=True):
    """The last sample of one node, taken at `time` (Unix seconds), or why there is none."""

    node: str
    time: float = 0.0
    sample: MachineSample | None = None
    why: str = ""


class _StageAndPid(msgspec.Struct, frozen=True):
    stage: str = ""
    pid: int = 0


def write_until_end(folder: str, node: str, owner: int, *, command: bool = True) -> None:
    """Write the file until the process `owner` has ended.

    The stage's share are the node's ranks, and with `command` the tree of the stage's command, which runs on this node.
    """
    ended = _Ended(owner)
    path = os.path.join(folder, NODES, f"{node}.json")
    stage = _stage_and_pid(os.path.join(folder, "spec.json")).stage
    with Sampler(folder) as sampler:
        while not ended.within(ASK_AHEAD_SECONDS):
            roots = _ranks(os.path.join(folder, NODES, f"{node}.ranks"))
            if command and (pid := _stage_and_pid(os.path.join(folder, "running.json")).pid):
                roots.append(pid)
            sample = sampler.sample({stage: roots} if roots else {})
            record = NodeGauges(node, round(time.time(), 3), sample)
            with contextlib.suppress(OSError):  # a full disk, a file server that is away: later again
                _replace(path, msgspec.json.encode(record))
            if ended.within(EVERY_SECONDS):
                break
            sampler.ask()


def read_nodes(folder: Path) -> Iterator[NodeGauges]:
    """What the attempt's nodes say, by their names; none for an attempt of this machine."""
    try:
        names = sorted(name for name in os.listdir(folder / NODES) if name.endswith(".json") and name[0] != ".")
    except OSError:
        return
    for name in names[:_MOST_NODES]:
        with contextlib.suppress(OSError, msgspec.DecodeError):
            yield msgspec.json.decode(_read(folder / NODES / name), type=NodeGauges)


class _Ended:
    """Waits for the end of a process that is not a child."""

    def __init__(self, pid: int) -> None:
        self._pid, self._handle = pid, -1
        with contextlib.suppress(OSError, AttributeError):  # none before Linux 5.3
            self._handle = os.pidfd_open(pid)

    def within(self, seconds: float) -> bool:
        """Whether it ends within so many seconds; waits no longer than that."""
        if self._handle >= 0:
            return bool(select.select([self._handle], [], [], seconds)[0])
        time.sleep(seconds)
        return not os.path.exists(f"/proc/{self._pid}")


def _ranks(path: str) -> list[int]:
    """The children of the process that `runner/rank.py` has named: a node's ranks, or the engine that starts them."""
    try:
        parent = int(_read(path))
        tasks = os.listdir(f"/proc/{parent}/task")
    except (OSError, ValueError):
        return []
    found: list[int] = []
    for task in tasks:
        with contextlib.suppress(OSError):
            found += map(int, _read(f"/proc/{parent}/task/{task}/children").split())
    return [pid for pid in found if pid != os.getpid()]


def _stage_and_pid(path: str) -> _StageAndPid:
    try:
        return msgspec.json.decode(_read(path), type=_StageAndPid)
    except (OSError, msgspec.DecodeError):
        return _StageAndPid()


def _read(path: str | Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)


def _replace(path: str, data: bytes) -> None:
    folder, name = os.path.split(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    temporary = os.path.join(folder, f".{name}")
    with open(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "wb"
    ) as file:
        file.write(data)
    os.rename(temporary, path)
