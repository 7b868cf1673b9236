"""Several logs as one: what was there before one after another, what arrives in the order of its arrival.

Nothing is copied: the merged log is a list of pieces of the files, whole lines each, and is read like a file of which
the pieces are the bytes. So whatever works on a log (line numbers, search, filter) works on it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from autotrain_tui.logs.block_counts import BlockCounts
from autotrain_tui.logs.log_file import LogChange, LogFile
from autotrain_tui.logs.open_log import Readable

__all__ = ["MergedLog", "Part"]

_TAKE = 1024 * 1024
"""Bytes looked through at a time for the last newline of what arrived."""


class Part(NamedTuple):
    """One of the logs: its name on the screen, and its path."""

    name: str
    path: str


class _Pieces(Readable):
    """Pieces of files in an order; grows at the end only, so that other threads may read meanwhile."""

    def __init__(self, logs: Sequence[LogFile]) -> None:
        self.logs = logs
        self.owners = array("B")
        self._offsets = array("Q")
        self._starts = array("Q")
        self.size = 0

    def add(self, owner: int, offset: int, length: int) -> None:
        """Put `length` bytes of a log, from an offset on, at the end."""
        together = self.owners and self.owners[-1] == owner
        if not (together and self._offsets[-1] + self.size - self._starts[-1] == offset):
            self._offsets.append(offset)
            self._starts.append(self.size)
            self.owners.append(owner)
        self.size += length

    def left(self) -> _Pieces:
        """The same without what was dropped from the logs' heads (`log_limit_mb`), in the same order."""
        left = _Pieces(self.logs)
        ends = [*self._starts, self.size][1:]
        for owner, offset, start, end in zip(self.owners, self._offsets, self._starts, ends, strict=True):
            gone = max(0, self.logs[owner].first - offset)
            if gone < end - start:
                left.add(owner, offset + gone, end - start - gone)
        return left

    def find(self, position: int) -> int:
        """The piece that holds a place."""
        return bisect_right(self._starts, position) - 1

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from a place on; fewer where a log has become shorter."""
        found, end = [], min(offset + length, self.size)
        while offset < end:
            piece = self.find(offset)
            stop = self._starts[piece + 1] if piece + 1 < len(self._starts) else self.size
            log = self.logs[self.owners[piece]]
            data = log.read(self._offsets[piece] + offset - self._starts[piece], min(stop, end) - offset)
            found.append(data)
            offset += len(data)
            if offset < min(stop, end):
                break
        return b"".join(found)

    def read_into(self, buffer: bytearray, offset: int) -> int:
        """Fill the buffer from a place on; the number of bytes read."""
        data = self.read(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)


class MergedLog(LogFile):
    """A log of logs, as an unnamed `LogFile`. Only whole lines are in it."""

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__("")
        self.parts = tuple(parts)
        self._logs = [LogFile(part.path) for part in self.parts]
        self._taken = [0] * len(self.parts)
        self._firsts = list(self._taken)
        self._pieces = _Pieces(self._logs)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files to watch."""
        return tuple(part.path for part in self.parts)

    def part_at(self, position: int) -> int:
        """Which part the line at a place is from."""
        return self._pieces.owners[self._pieces.find(position)] if self._pieces.size else 0

    def refresh(self) -> LogChange:
        """Look at all the logs; take the lines that have arrived. One that was written anew begins everything anew."""
        changes = [log.refresh() for log in self._logs]
        self.problem = "; ".join(
            f"{part.name}: {log.problem}" for part, log in zip(self.parts, self._logs, strict=True) if log.problem
        )
        anew = [change for change, taken in zip(changes, self._taken, strict=True) if change.is_new_text and taken]
        if self.handle is None or anew:
            self._begin()
            return anew[0] if anew else LogChange.APPEARED
        if any(log.first > first for log, first in zip(self._logs, self._firsts, strict=True)):
            self._renew(self._pieces.left())
            return LogChange.MOVED
        before = self.size
        self._take()
        return LogChange.GREW if self.size > before else LogChange.SAME

    def _begin(self) -> None:
        """All the logs as they are, the one that was written last at the end."""
        self._taken = [log.first for log in self._logs]
        self._renew(_Pieces(self._logs))

    def _renew(self, pieces: _Pieces) -> None:
        self._pieces = pieces
        self._firsts = [log.first for log in self._logs]
        self._taken = [max(taken, first) for taken, first in zip(self._taken, self._firsts, strict=True)]
        self.generation += 1
        self.newlines = BlockCounts()
        self.handle = self._pieces
        self._take()

    def _take(self) -> None:
        order = sorted(range(len(self._logs)), key=lambda owner: self._logs[owner].modified)
        for owner in order:
            log, taken = self._logs[owner], self._taken[owner]
            end = log.size
            while end > taken:
                data = log.read(max(taken, end - _TAKE), end - max(taken, end - _TAKE))
                newline = data.rfind(b"\n")
                if newline >= 0:
                    end -= len(data) - newline - 1
                    break
                end = max(taken, end - _TAKE)
            if end > taken:
                self._pieces.add(owner, taken, end - taken)
                self._taken[owner] = end
        self.size = self._pieces.size
