"""The processes of an attempt and their states.

A tree is found by parent pids: the shims are subreapers, so daemonised processes stay below them. Process groups and
sessions are not enough: torchrun's ranks lead sessions of their own. If both shims are dead, processes that were seen
before, share the command's session or have the attempt's environment still count.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from autotrain_tui.session.records.process_identity import LINUX, Identity

__all__ = ["Member", "ProcessRow", "ProcessScan", "Tree", "command_line", "descendants", "look", "scan"]


class ProcessRow(NamedTuple):
    """What one look at a process says. `state` is the kernel's letter, `start_time` as in `Identity`.

    `memory`: bytes of address space and pages in use, the same for two processes that share their memory.
    """

    pid: int
    ppid: int
    pgid: int
    sid: int
    state: str
    threads: int
    start_time: int
    name: str
    memory: tuple[int, int] = (0, 0)

    @property
    def identity(self) -> Identity:
        """Which process it is."""
        return Identity(self.pid, self.start_time)

    @property
    def ended(self) -> bool:
        """A zombie; one whose other threads still run has not ended."""
        return self.state in "ZX" and self.threads <= 1


@dataclass(frozen=True, slots=True)
class Member:
    """A process of a tree. `state`: R running, S sleeping, D in a device, T stopped, t traced."""

    identity: Identity
    ppid: int
    state: str
    command: str

    @property
    def pid(self) -> int:
        """Its pid."""
        return self.identity.pid


@dataclass(frozen=True, slots=True)
class ProcessScan:
    """How a freeze or a thaw came out: every process of the tree, and those that did not follow (`stubborn`)."""

    members: tuple[Member, ...]
    stubborn: tuple[Member, ...]
    seconds: float
    reported: int | None = None
    """How many there are, if another machine says so; its processes are not in `members`."""

    @property
    def processes(self) -> int:
        """How many processes the tree has."""
        return len(self.members) if self.reported is None else self.reported

    @property
    def complete(self) -> bool:
        """Whether all followed."""
        return not self.stubborn


class Tree:
    """The tree of one attempt. `shims` are never part of it; `marker` is an environment entry only its processes have.

    Of no use before `stage`, the command's own process, is set.
    """

    def __init__(self, shims: Iterable[Identity], marker: bytes) -> None:
        self.stage: Identity | None = None
        self._shims = {shim.pid: shim.start_time for shim in shims}
        self._marker = marker
        self._seen: dict[int, int] = {}

    def rows(self) -> list[ProcessRow]:
        """Every living process of the tree, parents before children. Raises OSError if they cannot be listed."""
        roots = dict(self._shims)
        if self.stage is not None:
            roots[self.stage.pid] = self.stage.start_time
        for pid, began in self._seen.items():
            roots.setdefault(pid, began)
        found = {pid: row for pid, row in _below(roots).items() if self._shims.get(pid) != row.start_time}
        if not any(_is(look(pid), began) for pid, began in self._shims.items()):
            found.update(self._orphans(found))
        self._seen = {row.pid: row.start_time for row in found.values()}
        return [row for row in found.values() if not row.ended]

    def members(self) -> list[Member]:
        """The same with their command lines, for showing."""
        return [member(row) for row in self.rows()]

    def _orphans(self, found: dict[int, ProcessRow]) -> dict[int, ProcessRow]:
        """Processes whose ancestors have ended: in the command's session while it lives, or with its environment."""
        stage = self.stage
        if stage is None:
            return {}
        session = stage.pid if stage.pid in found else None
        return {
            row.pid: row
            for row in scan().values()
            if row.pid not in found
            and row.start_time >= stage.start_time
            and row.pid != os.getpid()
            and (row.sid == session or self._marker in _environment(row.pid))
        }


def _is(row: ProcessRow | None, began: int) -> bool:
    return row is not None and row.start_time == began and not row.ended


def _parse(pid: int, data: bytes) -> ProcessRow | None:
    """Read /proc/PID/stat; the name may hold blanks and brackets, its last `)` ends it (proc_pid_stat(5))."""
    head, bracket, tail = data.rpartition(b")")
    fields = tail.split()
    if not bracket or len(fields) < 22:
        return None
    name = head.partition(b"(")[2].decode(errors="replace")
    ppid, pgid, sid, threads, began = (int(fields[index]) for index in (1, 2, 3, 17, 19))
    return ProcessRow(
        pid, ppid, pgid, sid, fields[0].decode(), threads, began, name, (int(fields[20]), int(fields[21]))
    )


def look(pid: int) -> ProcessRow | None:
    """One process; None when it does not exist. Raises OSError if that cannot be told (no free descriptor)."""
    if not LINUX:
        return _scan_by_psutil().get(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb", 0) as file:
            return _parse(pid, file.read(2048))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def scan() -> dict[int, ProcessRow]:
    """Every process of the machine by pid. Not a moment's picture: what is being forked may be missing.

    Raises OSError if they cannot be listed.
    """
    if not LINUX:
        return _scan_by_psutil()
    rows = (look(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return {row.pid: row for row in rows if row is not None}


def _scan_by_psutil() -> dict[int, ProcessRow]:
    import psutil  # only where there is no /proc

    letters = {psutil.STATUS_STOPPED: "T", psutil.STATUS_ZOMBIE: "Z", psutil.STATUS_RUNNING: "R"}
    rows: dict[int, ProcessRow] = {}
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                pid = process.pid
                began = round(float(process.create_time()) * 1_000_000)
                state = letters.get(process.status(), "S")
                rows[pid] = ProcessRow(
                    pid, process.ppid(), os.getpgid(pid), os.getsid(pid), state, 1, began, process.name()
                )
        except (psutil.Error, OSError):
            continue
    return rows


@functools.cache
def _kernel_lists_children() -> bool:
    """Whether it was built with CONFIG_PROC_CHILDREN, as most are."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def _children(pid: int) -> list[int]:
    """The children of a process by the kernel's own list."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb", 0) as file:
                found += map(int, file.read().split())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass  # it is ending; its children are found below a shim then
    return found


def _below(roots: dict[int, int]) -> dict[int, ProcessRow]:
    """`roots` (pid: start time) that live, and all processes below them."""
    if _kernel_lists_children():
        found: dict[int, ProcessRow] = {}
        queue = [row for pid, began in roots.items() if (row := look(pid)) and row.start_time == began]
        for row in queue:
            if row.pid not in found:
                found[row.pid] = row
                queue += [child for pid in _children(row.pid) if (child := look(pid))]
        return found
    table = scan()
    return descendants([pid for pid, began in roots.items() if pid in table and table[pid].start_time == began], table)


def descendants(roots: Iterable[int], table: dict[int, ProcessRow]) -> dict[int, ProcessRow]:
    """`roots` that are there, and all processes below them, parents before children."""
    below: dict[int, list[ProcessRow]] = {}
    for row in table.values():
        below.setdefault(row.ppid, []).append(row)
    found: dict[int, ProcessRow] = {}
    queue = [table[pid] for pid in roots if pid in table]
    for row in queue:
        if row.pid not in found:
            found[row.pid] = row
            queue += below.get(row.pid, ())
    return found


def _environment(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/environ", "rb", 0) as file:
            return b"\0" + (file.readall() or b"")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def command_line(row: ProcessRow) -> str:
    """The command of a process as one line of at most 200 characters; `[name]` when it shows none, as ps does."""
    data = b""
    if LINUX:
        try:
            with open(f"/proc/{row.pid}/cmdline", "rb", 0) as file:
                data = file.read(4096).rstrip(b"\0")
        except OSError:
            pass
    return data.replace(b"\0", b" ").decode(errors="replace")[:200] if data else f"[{row.name}]"


def member(row: ProcessRow) -> Member:
    """A row with its command."""
    return Member(row.identity, row.ppid, row.state, command_line(row))
