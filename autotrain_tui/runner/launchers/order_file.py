"""`stop.json`, written in a thread of its own: no signal waits for a disk that is full, fails or hangs.

The shim reads it to know who ended the command. An order that could not be written is tried again until the attempt has
ended; the latest one counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from autotrain_tui.session.records.attempt_files import StopOrder, replace_record

__all__ = ["OrderFile"]

PATIENCE_SECONDS = 0.3
"""How long a signal waits for its order to be on the disk."""

RETRY_SECONDS = 0.5


class OrderFile:
    """The latest order of one attempt, on its way to the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._latest: StopOrder | None = None
        self.trouble = ""
        """Why the latest order is not on the disk; empty if it is."""
        self._waiters: list[Callable[[], None]] = []
        self._writes = False
        self._closed = False

    async def write(self, order: StopOrder) -> None:
        """Have the order written. Returns when it is on the disk, when that has failed, or after a moment."""
        loop = asyncio.get_running_loop()
        tried = asyncio.Event()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(tried.set)

        with self._lock:
            self._latest = order
            self._waiters.append(tell)
            begins, self._writes = not self._writes, True
        if begins:
            threading.Thread(target=self._write_latest, name="stop.json", daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await tried.wait()

    def close(self) -> None:
        """The attempt has ended: what is not written yet is of no use any more."""
        self._closed = True

    def _write_latest(self) -> None:
        while True:
            with self._lock:
                order, waiters = self._latest, self._waiters
                self._waiters = []
            try:
                if order is not None:
                    replace_record(self._folder, order)
                written, self.trouble = True, ""
            except OSError as error:
                written, self.trouble = False, str(error)
            for tell in waiters:
                tell()
            with self._lock:
                if (written and self._latest is order) or self._closed:
                    self._writes = False
                    return
            if not written:
                time.sleep(RETRY_SECONDS)
