"""How much of a growing log one look reads: all of it, or a sample if it grows faster than it can be read.

A program that prints more than a reader takes is at work, often on every core: what is read of its output then costs
its own time, and is incomplete in any case. So a sample is small, and where no core is idle a log is sampled sooner.
What was skipped is read after the end.
"""

from __future__ import annotations

import os
import time

__all__ = ["ALWAYS_READ", "PER_LOOK", "SAMPLE", "IdleCores", "ReadPace"]

ALWAYS_READ = 4 << 20
"""Bytes at a log's end that are never skipped (DESIGN section 7)."""

PER_LOOK = 1 << 20
"""Bytes of a log that are read at one look."""

BUSY_LOOK = 256 << 10
"""The most by which a log may have grown since the look before, and is read whole, if no core is idle."""

SAMPLE = 16 << 10
"""Bytes that are read at a look at a log that has grown by more: more than a hundred lines."""

_IDLE_CORES = 0.3
"""Less than so many cores idle: what this process takes is time of others."""

_OLDEST_SECONDS = 3.0
_STAT = "/proc/stat"


class IdleCores:
    """Whether a core that this process may use was idle since the call before (proc(5), /proc/stat; Linux)."""

    def __init__(self) -> None:
        self._cores = {f"cpu{core}".encode() for core in os.sched_getaffinity(0)} if os.path.exists(_STAT) else set()
        self._tick = 1 / os.sysconf("SC_CLK_TCK")
        self._before = (0.0, 0.0)

    def none(self) -> bool:
        """True if none was. False where that can't be told, or was not asked in the last seconds."""
        now, idle = time.monotonic(), self._idle()
        if idle is None:
            return False
        (since, before), self._before = self._before, (now, idle)
        return 0 < now - since < _OLDEST_SECONDS and idle - before < _IDLE_CORES * (now - since)

    def _idle(self) -> float | None:
        """Seconds that the cores were idle, or waited for a disk, all together; None if the file does not count them.

        In some sandboxes every count is 0, or other cores are listed.
        """
        if not self._cores:
            return None
        try:
            with open(_STAT, "rb") as file:
                lines = [words for line in file if line.startswith(b"cpu") and (words := line.split())]
            idle = sum(int(words[4]) + int(words[5]) for words in lines if words[0] in self._cores)
        except (OSError, ValueError, IndexError):
            return None
        return self._tick * idle if idle else None


class ReadPace:
    """Of one log."""

    def __init__(self, idle: IdleCores | None = None, *, whole: bool = False) -> None:
        """`whole`: nothing of it is ever skipped."""
        self._size, self._whole = 0, whole
        self._idle = idle or IdleCores()

    def next(self, size: int, offset: int) -> tuple[int, int]:
        """From where on, and how many bytes, to read of a log of `size` bytes that was read up to `offset`."""
        if self._whole:
            return offset, PER_LOOK
        grew, self._size = size - self._size, size
        most = BUSY_LOOK if grew > BUSY_LOOK and self._idle.none() else PER_LOOK
        if size - offset > ALWAYS_READ + PER_LOOK:
            return size - ALWAYS_READ, SAMPLE
        return offset, PER_LOOK if grew <= most or size - offset <= most else SAMPLE
