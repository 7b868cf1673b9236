"""Watches the session's folder and its disk: moved or deleted, nearly full; keeps room ahead of the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from autotrain_tui.errors import MachineError
from autotrain_tui.runner.core.disk_space import DiskGuard, ReservedSpace
from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.runner.gpus.allocator import GpuAllocator
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["DiskMonitor"]

JOURNAL_AHEAD = 1 << 20
"""Bytes kept reserved ahead of the journal."""


class DiskMonitor:
    """Looks every two seconds; `run` raises MachineError once the folder is not there any more."""

    def __init__(
        self, folder: SessionFolder, state: JournaledState, gpus: GpuAllocator, alert: Callable[[Alert], None]
    ) -> None:
        self._folder, self._state, self._gpus, self._alert = folder, state, gpus, alert
        self._disk = DiskGuard(folder.path)
        self._reserved = ReservedSpace(folder.journal, JOURNAL_AHEAD)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            for _ in range(2):  # what is written by path must not come to lie in another's folder
                if not self._state.writer.still_there():
                    raise MachineError(
                        f"{self._folder.path}: was moved or deleted while the session ran; its stages go on, "
                        "nothing more is recorded"
                    )
                await asyncio.sleep(1.0)
            self._reserved.keep(self._state.writer.length)
            self._gpus.keep()
            text = self._disk.look()
            if text is not None:
                self._alert(Alert(kind="disk", text=text))

    def close(self) -> None:
        """Give the room ahead of the journal back."""
        self._reserved.release()
