"""Waits for a change in a folder: by inotify(7) where it is available, else by sleeping.

It only saves time: callers also look after the timeout, since inotify is limited (128 instances a user, none over NFS).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import sys
from pathlib import Path
from typing import Self

__all__ = ["FolderWatch"]

_MOVED_TO, _CREATE, _CLOSE_WRITE = 0x80, 0x100, 0x08
_NONBLOCK, _CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC


class FolderWatch:
    """Watches one folder; use as a context."""

    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        if not sys.platform.startswith("linux"):
            return
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = libc.inotify_init1(_NONBLOCK | _CLOEXEC)
        if descriptor < 0:
            return
        if libc.inotify_add_watch(descriptor, os.fsencode(path), _MOVED_TO | _CREATE | _CLOSE_WRITE) < 0:
            os.close(descriptor)
            return
        self._descriptor = descriptor

    @property
    def works(self) -> bool:
        """Whether changes are reported at once."""
        return self._descriptor >= 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    async def wait(self, seconds: float) -> None:
        """Return when a file appears in the folder, or after `seconds`."""
        if self._descriptor < 0:
            await asyncio.sleep(seconds)
            return
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        loop.add_reader(self._descriptor, changed.set)
        try:
            # not wait_for: up to Python 3.11 it swallows a cancellation that comes together with the event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await changed.wait()
        finally:
            loop.remove_reader(self._descriptor)
        with contextlib.suppress(BlockingIOError):
            os.read(self._descriptor, 64 << 10)
