"""An attempt that has ended, in the form of one that lives: there is nothing left to signal or to wait for."""

from __future__ import annotations

from pathlib import Path

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.processes.process_scan import Member, ProcessScan
from autotrain_tui.session.records.attempt_files import Exit, StopOrder
from autotrain_tui.session.records.process_identity import Identity
from autotrain_tui.session.records.read_file import Unread

__all__ = ["EndedAttempt"]


class EndedAttempt:
    """What a supervisor that only journals an end works with."""

    waiting, never_starts, place, job = "", "", "", None
    """It waits for nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage: Identity | None = None
        self.order: StopOrder | None = None
        self.unread = Unread()

    async def looked(self) -> None:
        """It waits for nothing."""

    async def running(self) -> Identity | None:
        """It has no process any more."""
        return None

    async def wait(self) -> Exit | None:
        """It has ended already."""
        return None

    async def stop(self, signal: int, grace_seconds: float | None, sent_by: str) -> None:
        """Nothing to stop."""

    async def kill(self, sent_by: str) -> None:
        """Nothing to kill."""

    async def freeze(self, patience: float = 5.0) -> ProcessScan:  # noqa: ARG002  the protocol's form
        """Nothing to freeze."""
        raise RefusedError("the attempt has ended")

    async def thaw(self, patience: float = 5.0) -> ProcessScan:  # noqa: ARG002  the protocol's form
        """Nothing to thaw."""
        raise RefusedError("the attempt has ended")

    def signal(self, number: int) -> bool:  # noqa: ARG002  the protocol's form
        """Nobody to signal."""
        return False

    async def hold(self) -> None:
        """It waits in no queue."""
        raise RefusedError("the attempt waits in no queue")

    async def release(self) -> None:
        """It waits in no queue."""
        raise RefusedError("the attempt waits in no queue")

    def tree(self) -> list[Member]:
        """Nobody."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""
