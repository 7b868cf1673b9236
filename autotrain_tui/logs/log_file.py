"""A log file read by byte offset: any size, no index needed to see its end, its start or any place in it.

The file belongs to a stage, which may append to it, truncate, rename or remove it at any time; `LogFile.refresh`
reports which of these happened. Memory does not depend on the file's size or on the length of its lines.
"""

from __future__ import annotations

import errno
import os
from enum import Enum
from typing import NamedTuple

from autotrain_tui.logs.block_counts import BLOCK, BlockCounts
from autotrain_tui.logs.open_log import OpenLog, Readable
from autotrain_tui.text.escape_filter import LINE_LIMIT

__all__ = ["Line", "LogChange", "LogFile"]

_CHUNK = 64 * 1024
_BUDGET = 32 * 1024 * 1024
"""Bytes searched for one newline where no index exists yet; until it does, a longer line is returned in parts."""
_FINGERPRINT = 64
"""Bytes before the end that are read again, to detect a file that was rewritten to the same or a greater size."""


class LogChange(Enum):
    """What happened to a log since the last refresh."""

    SAME = "same"
    GREW = "grew"
    """Bytes were added at its end, or dropped at its head."""
    APPEARED = "appeared"
    TRUNCATED = "truncated"
    REPLACED = "replaced"
    MOVED = "moved"
    """Merged logs only: the head of one was dropped, so that everything after it has other offsets."""
    MISSING = "missing"
    """It can't be read: `LogFile.problem` says why, or it does not exist yet."""

    @property
    def is_new_text(self) -> bool:
        """Is everything that was read before gone, or at other offsets?"""
        return self in (LogChange.APPEARED, LogChange.TRUNCATED, LogChange.REPLACED, LogChange.MOVED)


class Line(NamedTuple):
    """A line at bytes [start, end) of the file; `data` is the part that can be shown, at most 2 x LINE_LIMIT bytes."""

    start: int
    end: int
    data: bytes
    complete: bool
    """Does a newline follow?"""

    @property
    def size(self) -> int:
        """Bytes, without the newline."""
        return self.end - self.start

    @property
    def next(self) -> int:
        """Where the next line starts."""
        return self.end + self.complete


class LogFile:
    """A log by its path. `refresh` opens it; until then, and while it can't be opened, it is an empty log."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.size = 0
        """Bytes at the last refresh."""
        self.first = 0
        """The offset of the first byte of text, a line's start: after the head that `log_limit_mb` dropped. It grows
        within a generation; lines before it are gone, all others keep their offsets.
        """
        self.generation = 0
        """Grows when everything read before is gone: positions and counts of another generation are invalid."""
        self.problem = ""
        """Why the log can't be read, for the screen; "" when it can."""
        self.handle: Readable | None = None
        """The source of all reads; another one after the file was replaced."""
        self.newlines = BlockCounts()
        """Newlines per whole block, filled by a `LineIndex`; used to skip the inside of very long lines."""
        self.modified = 0
        """The file's modification time, in nanoseconds."""
        self._open: OpenLog | None = None
        self._fingerprint = b""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files to watch."""
        return (self.path,) if self.path else ()

    @property
    def complete(self) -> bool:
        """Is every line known? Always, unlike in a filtered log."""
        return True

    def refresh(self) -> LogChange:
        """Check the file, and take its new size. Never raises: see `problem`."""
        try:
            status = self._status()
            if self._open is None or self._open.identity != (status.st_dev, status.st_ino):
                change = LogChange.APPEARED if self._open is None else LogChange.REPLACED
                self.handle = self._open = OpenLog(self.path)
            else:
                change = self._compare(self._open, status)
        except OSError as error:
            was, self.problem = self.problem, _error_text(error) if self._open or error.errno != errno.ENOENT else ""
            return LogChange.SAME if self.problem == was else LogChange.MISSING
        if change.is_new_text:
            self.generation += 1
            self.newlines = BlockCounts()
        if change is not LogChange.SAME:
            self._note(self._open, status)
        return change

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes within the known size; b"" where nothing can be read (see `problem`)."""
        length = min(length, self.size - offset)
        if self.handle is None or length <= 0:
            return b""
        try:
            return self.handle.read(offset, length)
        except OSError as error:
            self.problem = _error_text(error)
            return b""

    def kept(self, offset: int, length: int) -> tuple[int, bytes]:
        """As `read`, but from the log's current first byte if that is later: the offset of the bytes, and the bytes."""
        while True:
            data = self.read(offset, length)
            try:
                first = self._open.first_text() if self._open is not None else 0
            except OSError:
                first = 0
            if first <= offset:
                return offset, data
            offset = first

    def start_of(self, offset: int) -> int:
        """The start of the line that holds the byte at `offset`."""
        if offset <= self.first:
            return self.first
        at = max(self.first, offset - _CHUNK)
        found = self.read(at, offset - at).rfind(b"\n")
        return at + found + 1 if found >= 0 else self._newline_before(at)

    def forward(self, position: int, count: int) -> list[Line]:
        """Up to `count` lines, the first of which starts at `position`."""
        lines: list[Line] = []
        at = base = max(position, self.first)
        chunk = b""
        while len(lines) < count and at < self.size:
            found = chunk.find(b"\n", at - base)
            if found < 0 and len(chunk) - (at - base) < _CHUNK and base + len(chunk) < self.size:
                base, chunk = at, self.read(at, _CHUNK)
                if not chunk:
                    break  # shorter than at the last refresh; the next one reports it
                found = chunk.find(b"\n")
            if found < 0:
                line = self._long_line(at, chunk[at - base :])
            else:
                line = self._line(at, base + found, chunk[at - base : found], complete=True)
            lines.append(line)
            at = line.next
        return lines

    def backward(self, position: int, count: int) -> list[Line]:
        """Up to `count` lines before the one at `position`, in the file's order."""
        start, wanted, end = position, count, position
        while wanted > 0 and end > self.first:
            base = max(self.first, end - _CHUNK)
            chunk = self.read(base, end - base)
            cut = len(chunk)
            while wanted > 0 and (found := chunk.rfind(b"\n", 0, max(0, cut - 1))) >= 0:
                cut, wanted = found + 1, wanted - 1
                start = base + cut
            if wanted > 0 and (base == self.first or cut == len(chunk)):
                start, wanted = (self.first if base == self.first else self._newline_before(base)), wanted - 1
                end = start
            else:
                end = base + cut
        return self.forward(start, count - wanted)

    def last(self, count: int) -> list[Line]:
        """The last `count` lines; an unfinished one counts."""
        return self.backward(self.size, count)

    def _note(self, handle: OpenLog, status: os.stat_result) -> None:
        self.size, self.modified = status.st_size, status.st_mtime_ns
        self.first = min(handle.first_text(), self.size)
        at = max(0, self.size - _FINGERPRINT)
        self._fingerprint = self.read(at, self.size - at)

    def _compare(self, handle: OpenLog, status: os.stat_result) -> LogChange:
        """What happened to a file that was not replaced."""
        if status.st_size < self.size:
            return LogChange.TRUNCATED
        if status.st_size == self.size and status.st_mtime_ns == self.modified:
            return LogChange.SAME
        at = max(0, self.size - _FINGERPRINT)
        end, first = handle.read(at, len(self._fingerprint)), handle.first_text()  # in this order, as in `read_kept`
        if first <= at and end != self._fingerprint:
            return LogChange.TRUNCATED
        self.modified = status.st_mtime_ns
        return LogChange.GREW if status.st_size > self.size or first != self.first else LogChange.SAME

    def _status(self) -> os.stat_result:
        """The status of the file at the path; if it is gone, of the file that is still open (it may still grow)."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError as error:
            if self._open is None:
                raise
            self.problem = _error_text(error)
            return self._open.status()
        self.problem = ""
        return status

    def _line(self, start: int, end: int, data: bytes, *, complete: bool) -> Line:
        """A line whose bytes were read, shortened to what can be shown: its head, and the tail, which may redraw it."""
        if len(data) > 2 * LINE_LIMIT:
            data = data[: LINE_LIMIT + 1] + data[-LINE_LIMIT:]
        return Line(start, end, data, complete)

    def _long_line(self, start: int, head: bytes) -> Line:
        """A line that continues after the bytes that were read, or the last, unfinished one."""
        end = start + len(head)
        complete = False
        if end < self.size:
            end, complete = self._newline_after(end)
            tail = max(start + len(head), end - LINE_LIMIT)
            head += self.read(tail, end - tail)
        return self._line(start, end, head, complete=complete)

    def _newline_before(self, end: int) -> int:
        """The start of the line that holds the byte before `end`."""
        budget = _BUDGET
        while end > self.first and budget > 0:
            block = (end - 1) // BLOCK
            if self.newlines[block] == 0:
                end = (self.newlines.empty_until(block, -1) + 1) * BLOCK
                continue
            base = max(self.first, block * BLOCK)
            found = self.read(base, end - base).rfind(b"\n")
            if found >= 0:
                return base + found + 1
            budget -= end - base
            end = base
        return max(end, self.first)

    def _newline_after(self, start: int) -> tuple[int, bool]:
        """The offset of the next newline, or where the search ended, and whether it is a newline."""
        budget = 2 * _BUDGET  # so that a part found by `_newline_before` is read whole
        while start < self.size and budget > 0:
            block = start // BLOCK
            if self.newlines[block] == 0:
                start = self.newlines.empty_until(block, 1) * BLOCK
                continue
            chunk = self.read(start, (block + 1) * BLOCK - start)
            found = chunk.find(b"\n")
            if found >= 0:
                return start + found, True
            if not chunk:
                break
            budget -= len(chunk)
            start += len(chunk)
        return min(start, self.size), False


def _error_text(error: OSError) -> str:
    """The error for the screen, without the path: the pane's title has the name."""
    if error.errno == errno.ENOENT:
        return "the log was removed"
    return (error.strerror or str(error)).lower()
