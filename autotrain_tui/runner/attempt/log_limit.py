"""The plan's `log_limit_mb`: a log above the limit loses its head while the stage writes on; offsets stay.

The head is freed by a hole in the file (fallocate(2), FALLOC_FL_PUNCH_HOLE) that ends at a line's start. Only
bytes that the metric readers have read are freed, and never the last 4 MiB. Readers find where the log begins from the
hole (`logs/open_log.py`); the journal records it at the first drop, then once a minute, and at the end.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from autotrain_tui.logs.open_log import begins_at
from autotrain_tui.runner.attempt.read_pace import ALWAYS_READ
from autotrain_tui.runner.core.disk_space import punch

__all__ = ["LogLimit"]

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000
"""Bytes: the plan's MB."""

LEAST_SLACK = 1 << 20
"""Least number of bytes over the limit before a drop: one large drop costs less than many small ones."""

SOON_SECONDS, LATER_SECONDS = 0.05, 0.5
"""Least and longest time between two looks; in between, half the time that the log needs to reach its limit."""

TELL_SECONDS = 60.0
"""Shortest time between two journal events about drops."""

LINE_BYTES = 1 << 16
"""Bytes before the limit in which a line's start is searched."""

_TRY_AGAIN = {errno.ENOSPC, errno.EDQUOT, errno.EINTR, errno.EAGAIN}


class LogLimit:
    """Keeps one attempt's log near its limit. Without one (None) it does nothing."""

    def __init__(self, path: Path, megabytes: float | None, may_drop: Callable[[int], int]) -> None:
        """`may_drop` is asked with the log's size up to which offset its bytes are not needed any more."""
        self._path, self._megabytes, self._may_drop = path, megabytes, may_drop
        self.limit = max(int((megabytes or 0) * MEGABYTE), ALWAYS_READ)
        """Bytes that are kept."""
        self.begins = begins_at(path) if megabytes is not None else 0
        """Where the log begins; an earlier runner may have dropped its head."""
        self.trouble = ""
        """Why nothing can be dropped here, as the system says it; empty if it can."""
        self._slack = max(self.limit // 8, LEAST_SLACK)
        self._inode: int | None = None
        self._seen = (time.monotonic(), 0)
        """The log's size when it was looked at last."""
        self._pause = SOON_SECONDS

    async def run(self, told: Callable[[int, float], Awaitable[None]], alert: Callable[[str], None]) -> None:
        """Limit the log until cancelled; `told` gets where the log begins and its limit, `alert` why that fails."""
        due = 0.0
        while self._megabytes is not None and not self.trouble:
            self.look()
            if self.trouble:
                alert(f"log_limit_mb = {self._megabytes:g} does nothing here, the log grows on: {self.trouble}")
            elif time.monotonic() >= due and self.begins:
                await told(self.begins, self._megabytes)
                due = time.monotonic() + TELL_SECONDS
            await asyncio.sleep(self._pause)

    async def finish(self, told: Callable[[int, float], Awaitable[None]]) -> None:
        """The attempt has ended and its log was read: look once more."""
        if self._megabytes is not None:
            self.look()
            await told(self.begins, self._megabytes)

    def look(self) -> bool:
        """Drop the head if the log is over its limit by more than the slack; True when it was."""
        if self._megabytes is None or self.trouble:
            return False
        try:
            status = os.stat(self._path, follow_symlinks=False)
        except OSError:
            return False
        if status.st_ino != self._inode or status.st_size < self.begins:
            # at first, and after others have truncated or replaced it
            self._inode, self.begins = status.st_ino, begins_at(self._path)
        left = self.limit + self._slack - (status.st_size - self.begins)
        self._pause = self._until(status.st_size, left)
        if left >= 0:
            return False
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            end = min(status.st_size - self.limit, self._may_drop(status.st_size))
            self._drop(descriptor, self._line_start(descriptor, end))
        except OSError as error:
            log.warning("%s: its head can't be dropped: %s", self._path, error)
        finally:
            os.close(descriptor)
        return True

    def _until(self, size: int, left: int) -> float:
        """Seconds to the next check, from the bytes that remain to the limit."""
        (began, before), self._seen = self._seen, (time.monotonic(), size)
        rate = (size - before) / max(1e-3, self._seen[0] - began)
        return min(max(SOON_SECONDS, left / rate / 2), LATER_SECONDS) if rate > 0 else LATER_SECONDS

    def _drop(self, descriptor: int, end: int) -> None:
        if end <= self.begins:
            return
        failed = punch(descriptor, end)
        if not failed:
            self.begins = end
        elif failed not in _TRY_AGAIN:
            self.trouble = os.strerror(failed).lower()

    def _line_start(self, descriptor: int, end: int) -> int:
        """The last start of a line up to `end`: after a newline, else after a bar's redraw; `end` in a giant line."""
        base = max(self.begins, end - LINE_BYTES)
        data = os.pread(descriptor, max(0, end - base), base)
        found = data.rfind(b"\n")
        if found < 0:
            found = data.rfind(b"\r")
        return base + found + 1 if found >= 0 else end
