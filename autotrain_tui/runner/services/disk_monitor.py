"""Watches the session's folder, its lock and its disk: moved, deleted, nearly full; keeps room ahead of the journal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from autotrain_tui.errors import MachineError
from autotrain_tui.runner.core.disk_space import DiskGuard, ReservedSpace
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.gpus.allocator import GpuAllocator
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import LockOwner, read_owner
from autotrain_tui.session.records.read_file import could_not_ask

__all__ = ["DiskMonitor"]

JOURNAL_AHEAD = 1 << 20
"""Bytes kept reserved ahead of the journal."""


class DiskMonitor:
    """Looks every two seconds; `run` raises MachineError once the folder is not there any more, or its lock."""

    def __init__(
        self, folder: SessionFolder, state: JournaledState, gpus: GpuAllocator, alert: Callable[[Alert], None]
    ) -> None:
        self._folder, self._state, self._gpus, self._alert = folder, state, gpus, alert
        self._disk = DiskGuard(folder.path)
        self._reserved = ReservedSpace(folder.journal, JOURNAL_AHEAD)
        owner = read_owner(folder)
        ours = isinstance(owner, LockOwner) and owner.pid == os.getpid()
        self._lock: tuple[int, int] | None = None
        self._lock = self._lock_file() if ours else None
        """The lock file that this process holds; None: it holds none."""

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            for _ in range(2):
                self.check()
                await asyncio.sleep(1.0)
            self._reserved.keep(self._state.writer.length)
            self._gpus.keep()
            text = self._disk.look()
            if text is not None:
                self._alert(Alert(kind="disk", text=text))

    def check(self) -> None:
        """Raise MachineError if the folder or its lock is not there any more. Asked before each start as well."""
        if not self._state.writer.still_there():  # what is written by path must not come to lie in another's folder
            raise MachineError(
                f"{self._folder.path}: was moved or deleted while the session ran; its stages go on, "
                "nothing more is recorded"
            )
        if self._lock is not None and self._lock_file() != self._lock:  # the next runner could not know of us
            raise MachineError(
                f"{self._folder.lock}: was removed or replaced while the session ran; its stages go on, "
                f"a new runner is started with: autotrain-tui resume {self._folder.id}"
            )

    def _lock_file(self) -> tuple[int, int] | None:
        """Device and inode of the lock's file now: None where there is none, the one held where it can't be asked."""
        try:
            status = os.stat(self._folder.lock, follow_symlinks=False)
        except OSError as error:
            return self._lock if could_not_ask(error, self._folder.lock) else None
        return status.st_dev, status.st_ino

    def close(self) -> None:
        """Give the room ahead of the journal back."""
        self._reserved.release()
