"""The lines of a log that a scan has found, as a source of lines for a window."""

from __future__ import annotations

from autotrain_tui.logs.block_counts import BLOCK
from autotrain_tui.logs.log_file import Line, LogFile
from autotrain_tui.logs.scanner import LineScan, Unknown

__all__ = ["FilteredLines"]


class FilteredLines:
    """The lines that a scan has found, with lines of context: a `LineSource` in the places of the file."""

    def __init__(self, file: LogFile, scan: LineScan, context: int = 0) -> None:
        self._file = file
        self.scan = scan
        self.context = context

    @property
    def first(self) -> int:
        """The place of the file's first line."""
        return self._file.first

    @property
    def size(self) -> int:
        """A place after the last line."""
        return self._file.size

    @property
    def complete(self) -> bool:
        """Is every line known?"""
        return self.scan.complete

    def forward(self, position: int, count: int) -> list[Line]:
        """Up to `count` lines at or after a place; fewer while the scan is not done there."""
        lines: list[Line] = []
        at = position
        for start in self.scan.after(self._back(position)):
            if isinstance(start, Unknown):
                break
            for line in self._around(start):
                if line.start >= at and len(lines) < count:
                    lines.append(line)
                    at = line.next
            if len(lines) >= count:
                break
        return lines

    def backward(self, position: int, count: int) -> list[Line]:
        """Up to `count` lines before a place, in order; fewer while the scan is not done there."""
        lines: list[Line] = []
        at = position
        for start in self.scan.before(self._forth(position)):
            if isinstance(start, Unknown):
                break
            for line in reversed(self._around(start)):
                if line.start < at and len(lines) < count:
                    lines.append(line)
                    at = line.start
            if len(lines) >= count:
                break
        return lines[::-1]

    def _around(self, start: int) -> list[Line]:
        """The line at a place (inside a long line: that line), with its context."""
        if start % BLOCK == 0:
            start = self._file.start_of(start)
        if not self.context:
            return self._file.forward(start, 1)
        before = self._file.backward(start, self.context)
        return [*before, *self._file.forward(start, 1 + self.context)]

    def _back(self, position: int) -> int:
        """The first place from which a matching line has the line at `position` in its context."""
        lines = self._file.backward(position, self.context) if self.context else []
        return lines[0].start if lines else position

    def _forth(self, position: int) -> int:
        lines = self._file.forward(position, self.context) if self.context else []
        return lines[-1].next if lines else position
