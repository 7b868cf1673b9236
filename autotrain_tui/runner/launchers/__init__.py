"""How an attempt is placed: what every launcher offers the runner, and what a visit to an attempt can find.

`local` runs the command on this machine. A launcher reports how an attempt ended; it never decides what that means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autotrain_tui.runner.processes.process_scan import Member, ProcessScan
from autotrain_tui.session.records.attempt_files import Exit, Spec, StopOrder
from autotrain_tui.session.records.process_identity import Identity
from autotrain_tui.session.records.read_file import Unread

__all__ = [
    "FoundAlive",
    "FoundCancelled",
    "FoundElsewhere",
    "FoundEnded",
    "FoundLost",
    "LaunchedAttempt",
    "Launcher",
    "Visit",
]


class LaunchedAttempt(Protocol):
    """A living attempt, started by us or adopted: the same from then on.

    The shim writes down how it ends; dropping this object changes nothing for the command.
    """

    folder: Path

    @property
    def stage(self) -> Identity | None:
        """The command's own process; None until the shim has made it."""

    @property
    def waiting(self) -> str:
        """Why no process of it exists yet (a batch system's queue); empty once one does. Its clock stands meanwhile."""

    async def looked(self) -> None:
        """While it waits: return when what is said of it may have changed."""

    @property
    def never_starts(self) -> str:
        """Why it will probably never start, and the cure; empty if it may."""

    @property
    def place(self) -> str:
        """The nodes that it has; empty on this machine, and while it has none."""

    @property
    def job(self) -> str | None:
        """Its number in a batch system; None if it has none."""

    @property
    def order(self) -> StopOrder | None:
        """The stop order in force, also one that an earlier runner gave."""

    @property
    def unread(self) -> Unread:
        """What of its records or processes could not be asked about, and since when."""

    async def running(self) -> Identity | None:
        """Wait until the command's process is known; None when the attempt ended without one."""

    async def wait(self) -> Exit | None:
        """Wait for the end, its survivors swept. None: it ended and nobody knows how. May be awaited by many."""

    async def stop(self, signal: int, grace_seconds: float | None, sent_by: str) -> None:
        """The stop order: the signal to the command's own process, SIGKILL to its whole tree after the grace.

        Ranks of a distributed attempt get the signal themselves, unless their engine passes it on in time.

        Returns when the signal is sent or the attempt has ended; the grace runs on. None as grace never kills (pause).
        A second call sends its signal too and can only bring the kill nearer; what an earlier runner began goes on.
        When the order can't be written down (disk full) it is executed all the same; `Exit.sent_by` misses it then.
        """

    async def kill(self, sent_by: str) -> None:
        """SIGKILL to the whole tree now; returns when all were sent it (see `wait`)."""

    async def freeze(self, patience: float = 5.0) -> ProcessScan:
        """SIGSTOP to every process of the tree until all are stopped; after `patience` seconds says which are not."""

    async def thaw(self, patience: float = 5.0) -> ProcessScan:
        """SIGCONT to every process of the tree until none is stopped; after `patience` seconds says which still are."""

    def signal(self, number: int) -> bool:
        """Send a signal to the command's own process, or to each rank of a distributed attempt (checkpoint).

        False when it has ended, isn't known yet, or no rank has registered.
        """

    async def hold(self) -> None:
        """Have a batch system not start it while it waits there. Raises RefusedError."""

    async def release(self) -> None:
        """Have it start again. Raises RefusedError."""

    def tree(self) -> list[Member]:
        """The command's process and its descendants, daemonised ones too, without the shims."""

    def close(self) -> None:
        """Close its handles; the command runs on."""


@dataclass(frozen=True, slots=True)
class FoundAlive:
    """It lives (any of shim A, shim B, command): the runner adopts it."""

    attempt: LaunchedAttempt


@dataclass(frozen=True, slots=True)
class FoundEnded:
    """An exit record is there."""

    exit: Exit


@dataclass(frozen=True, slots=True)
class FoundCancelled:
    """It never started and never will: no shim had registered, and now none can register."""


@dataclass(frozen=True, slots=True)
class FoundLost:
    """It had started, nothing of it lives, and no exit record tells how it ended. `rebooted`: the machine went down."""

    reason: str
    rebooted: bool = False


@dataclass(frozen=True, slots=True)
class FoundElsewhere:
    """It was started on another host, or in a boot that can't be told from ours: only --force may take it over."""

    host: str
    reason: str


Visit = FoundAlive | FoundEnded | FoundCancelled | FoundLost | FoundElsewhere


class Launcher(Protocol):
    """One way to place attempts."""

    async def start(self, folder: Path, spec: Spec, environment: Mapping[str, str]) -> LaunchedAttempt:
        """Start the attempt in its existing, empty folder; returns as soon as its shims are registered.

        `environment` is the command's whole environment. A command that can't be started yields an attempt that ended
        with exit code 126 or 127 and `Exit.error`. Raises MachineError when the folder can't be written, and
        RefusedError when this attempt was started or cancelled before.
        """

    async def adopt(self, folder: Path, *, force: bool = False) -> Visit:
        """Visit an attempt that has no end in the journal. Raises MachineError when the folder can't be written.

        `force`: an attempt from elsewhere counts as lost; no process is signalled for it.
        """

    async def settle(self) -> None:
        """The session ends: return when what has ended is out of the engine's own books, too, or after a while."""
