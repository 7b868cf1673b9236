"""Several logs as one: in the order of the times that their lines begin with, or of their arrival.

Where the lines say no times, text that exists at the start stands log by log, and new text in the order of its arrival.

Nothing is copied: the merged log is a list of pieces of the files, whole lines each, and is read like one file that
consists of the pieces. So everything that works on a log (line numbers, search, filter) works on it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from autotrain_tui.logs.block_counts import BlockCounts
from autotrain_tui.logs.log_file import LogChange, LogFile
from autotrain_tui.logs.open_log import Readable
from autotrain_tui.logs.time_order import Piece, ordered_by_time

__all__ = ["MergedLog", "Part"]

_TAKE = 1024 * 1024
"""Bytes searched at a time for the last newline of the new text."""
_ORDERED = 1024 * 1024
"""Bytes of new text, of all logs together, whose lines are put in order of time at once."""
_MOST_PIECES = 500_000
"""Pieces, of 17 bytes each, from which on new text stands log by log: the view's memory has a bound."""


class Part(NamedTuple):
    """One of the logs: its name on the screen, and its path."""

    name: str
    path: str


class _Pieces(Readable):
    """Pieces of files in order; grows only at its end, so that other threads may read at the same time."""

    def __init__(self, logs: Sequence[LogFile]) -> None:
        self.logs = logs
        self.owners = array("B")
        self._offsets = array("Q")
        self._starts = array("Q")
        self.size = 0

    def add(self, owner: int, offset: int, length: int) -> None:
        """Append `length` bytes of a log, from an offset on."""
        together = self.owners and self.owners[-1] == owner
        if not (together and self._offsets[-1] + self.size - self._starts[-1] == offset):
            self._offsets.append(offset)
            self._starts.append(self.size)
            self.owners.append(owner)
        self.size += length

    def without_dropped(self) -> _Pieces:
        """The same pieces in the same order, without the heads that `log_limit_mb` dropped."""
        kept = _Pieces(self.logs)
        ends = [*self._starts, self.size][1:]
        for owner, offset, start, end in zip(self.owners, self._offsets, self._starts, ends, strict=True):
            gone = max(0, self.logs[owner].first - offset)
            if gone < end - start:
                kept.add(owner, offset + gone, end - start - gone)
        return kept

    def find(self, position: int) -> int:
        """The piece that holds a place."""
        return bisect_right(self._starts, position) - 1

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from a place on; fewer if a log has become shorter."""
        parts, end = [], min(offset + length, self.size)
        while offset < end:
            piece = self.find(offset)
            stop = self._starts[piece + 1] if piece + 1 < len(self._starts) else self.size
            log = self.logs[self.owners[piece]]
            data = log.read(self._offsets[piece] + offset - self._starts[piece], min(stop, end) - offset)
            parts.append(data)
            offset += len(data)
            if offset < min(stop, end):
                break
        return b"".join(parts)

    def read_into(self, buffer: bytearray, offset: int) -> int:
        """Fill the buffer from a place on; the number of bytes read."""
        data = self.read(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)


class MergedLog(LogFile):
    """Several logs as one `LogFile` without a path. It holds only whole lines."""

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
        """Check all logs, and append their new lines. If one was rewritten, everything is merged again."""
        changes = [log.refresh() for log in self._logs]
        self.problem = "; ".join(
            f"{part.name}: {log.problem}" for part, log in zip(self.parts, self._logs, strict=True) if log.problem
        )
        rewritten = [change for change, taken in zip(changes, self._taken, strict=True) if change.is_new_text and taken]
        if self.handle is None or rewritten:
            self._begin()
            return rewritten[0] if rewritten else LogChange.APPEARED
        if any(log.first > first for log, first in zip(self._logs, self._firsts, strict=True)):
            self._renew(self._pieces.without_dropped())
            return LogChange.MOVED
        before = self.size
        self._append_new()
        return LogChange.GREW if self.size > before else LogChange.SAME

    def _begin(self) -> None:
        """Merge all logs as they are, the one written last at the end."""
        self._taken = [log.first for log in self._logs]
        self._renew(_Pieces(self._logs))

    def _renew(self, pieces: _Pieces) -> None:
        self._pieces = pieces
        self._firsts = [log.first for log in self._logs]
        self._taken = [max(taken, first) for taken, first in zip(self._taken, self._firsts, strict=True)]
        self.generation += 1
        self.newlines = BlockCounts()
        self.handle = self._pieces
        self._append_new()

    def _append_new(self) -> None:
        new = []
        for owner in sorted(range(len(self._logs)), key=lambda owner: self._logs[owner].modified):
            taken = self._taken[owner]
            if (end := self._last_line_end(owner)) > taken:
                new.append(Piece(owner, taken, end - taken))
                self._taken[owner] = end
        few = len(self._pieces.owners) < _MOST_PIECES
        for piece in ordered_by_time(self._logs, new, _ORDERED) if few else new:
            self._pieces.add(*piece)
        self.size = self._pieces.size

    def _last_line_end(self, owner: int) -> int:
        """Where the last whole line of a log ends, or what was taken of it already."""
        log, taken, end = self._logs[owner], self._taken[owner], self._logs[owner].size
        while end > taken:
            data = log.read(max(taken, end - _TAKE), end - max(taken, end - _TAKE))
            newline = data.rfind(b"\n")
            if newline >= 0:
                return end - len(data) + newline + 1
            end = max(taken, end - _TAKE)
        return taken
