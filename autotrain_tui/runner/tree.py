"""The processes of an attempt: who they are, in which state, and all of them stopped or none.

A tree is found by parents (the shims are subreapers, so that daemonised processes hang below them), which process
groups and sessions can't: torchrun's ranks lead sessions of their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from autotrain_tui.session.identity import LINUX, Identity

__all__ = ["Census", "Member", "Row", "descendants", "member", "scan"]


@dataclass(frozen=True, slots=True)
class Member:
    """A process of a tree. `state` is the kernel's letter: R running, S sleeping, D in a device, T stopped, Z ended."""

    identity: Identity
    ppid: int
    state: str
    command: str

    @property
    def pid(self) -> int:
        """Its pid."""
        return self.identity.pid

    @property
    def stopped(self) -> bool:
        """Stopped by a signal or by a tracer, or ended."""
        return self.state in {"T", "t", "Z", "X"}


@dataclass(frozen=True, slots=True)
class Census:
    """How a freeze or a thaw came out: every process of the tree, and those that did not follow (`stubborn`)."""

    members: tuple[Member, ...]
    stubborn: tuple[Member, ...]
    seconds: float

    @property
    def complete(self) -> bool:
        """All followed."""
        return not self.stubborn


class Row(NamedTuple):
    """What one look at a process says."""

    pid: int
    ppid: int
    pgid: int
    sid: int
    state: str
    threads: int
    start_time: int
    name: str


def _parse(pid: int, data: bytes) -> Row | None:
    """Read /proc/PID/stat; the name may hold blanks and brackets, its last `)` ends it (proc_pid_stat(5))."""
    head, bracket, tail = data.rpartition(b")")
    fields = tail.split()
    if not bracket or len(fields) < 20:
        return None
    name = head.partition(b"(")[2].decode(errors="replace")
    return Row(pid, int(fields[1]), int(fields[2]), int(fields[3]), fields[0].decode(), int(fields[17]), int(fields[19]),
               name)


def look(pid: int) -> Row | None:
    """One process; None when it does not exist."""
    if LINUX:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                return _parse(pid, file.read())
        except OSError:
            return None
    return _scan_by_psutil().get(pid)


def scan() -> dict[int, Row]:
    """Every process of the machine by pid. Not a moment's picture: what is being forked may be missing."""
    if not LINUX:
        return _scan_by_psutil()
    rows = (look(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return {row.pid: row for row in rows if row is not None}


def _scan_by_psutil() -> dict[int, Row]:
    import psutil  # only where there is no /proc

    letters = {psutil.STATUS_STOPPED: "T", psutil.STATUS_ZOMBIE: "Z", psutil.STATUS_RUNNING: "R"}
    rows: dict[int, Row] = {}
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                pid = process.pid
                began = round(float(process.create_time()) * 1_000_000)
                state = letters.get(process.status(), "S")
                rows[pid] = Row(pid, process.ppid(), os.getpgid(pid), os.getsid(pid), state, 1, began, process.name())
        except (psutil.Error, OSError):
            continue
    return rows


def _children(pid: int) -> list[int] | None:
    """The children of a process by the kernel's own list; None where it keeps none (CONFIG_PROC_CHILDREN)."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    except FileNotFoundError:
        return None
    except OSError:
        return found
    return found


def descendants(roots: Iterable[int], table: Callable[[], dict[int, Row]] = scan) -> dict[int, Row]:
    """All processes below `roots`, without these, parents before children."""
    rows = table()
    below: dict[int, list[Row]] = {}
    for row in rows.values():
        below.setdefault(row.ppid, []).append(row)
    found: dict[int, Row] = {}
    queue = list(roots)
    skip = set(queue)
    for pid in queue:
        for row in below.get(pid, ()):
            if row.pid not in skip and row.pid not in found:
                found[row.pid] = row
                queue.append(row.pid)
    return found


def command_line(row: Row) -> str:
    """The command of a process as one line of at most 200 characters; `[name]` when it shows none, as ps does."""
    data = b""
    if LINUX:
        try:
            with open(f"/proc/{row.pid}/cmdline", "rb") as file:
                data = file.read(4096).rstrip(b"\0")
        except OSError:
            pass
    return data.replace(b"\0", b" ").decode(errors="replace")[:200] if data else f"[{row.name}]"


def member(row: Row) -> Member:
    """A row with its command."""
    return Member(Identity(row.pid, row.start_time), row.ppid, row.state, command_line(row))


def without(rows: dict[int, Row], pids: Collection[int]) -> dict[int, Row]:
    """The rows of all others."""
    return {pid: row for pid, row in rows.items() if pid not in pids}
