"""Follows a CSV file of metrics: the numbers that are new since the last look, also if it is rewritten.

A file that grows is read on from where the last whole row ended. A file whose earlier bytes changed was rewritten: by
its writer with other columns (Lightning does so for every new name), then only the numbers behind the last step of
their column are new; or by another run, then all are. Memory does not depend on the file's size, and nothing is held
open.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from autotrain_tui.metrics.files.csv_layout import CsvLayout
from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.files.regular_file import regular_file

__all__ = ["CsvFileTail"]

_BLOCK = 1 << 16
_LONGEST = 1 << 22
"""Bytes of the longest line; a file with a longer one is not read beyond it."""
_GUARD = 512
"""Bytes before the offset that must be the same at the next look."""
_CLOSE = 1e-6
"""Share by which a number may differ where its file was rewritten: it may be printed with fewer digits."""


class CsvFileTail:
    """The numbers of one CSV file: `poll` gives those that are new, a block at a time.

    `rewritten` and `replaced` count rewrites by the same run and by another; `skipped` rows that do not fit the header;
    `broken` is a sentence once the file cannot be read on.
    """

    def __init__(self, path: Path | str, begin: int = 0, known: Mapping[str, float] | None = None) -> None:
        """Rows that end within the first `begin` bytes are known. `known`: the last place of each column, in case that
        the file was rewritten before it was ever read.
        """
        self._path = path
        self._begin = begin
        self.offset = 0
        """Bytes up to the end of the last row that was read."""
        self.rewritten = self.replaced = self.skipped = 0
        self.broken = ""
        self._layout: CsvLayout | None = None
        self._signature: tuple[int, int, int] | None = None
        self._head = self._guard = b""
        self._first: tuple[FilePoint, ...] = ()
        """The first row's numbers."""
        self._furthest: dict[str, float] = dict(known or {})
        """The greatest place of each column so far; where nothing counts, the rows before."""
        self._row = 0
        self._old: dict[str, float] = {} if begin else dict(known or {})
        """After a rewrite: what `_furthest` was; cells up to there are known."""
        self._old_rows = 0
        self._ups = self._downs = 0
        """How often places went on, and back, in this pass over the file."""
        self._last: dict[str, float] = {}

    @property
    def furthest(self) -> dict[str, float]:
        """The last place of each column."""
        return dict(self._furthest)

    @property
    def left_out(self) -> int:
        """Columns whose name can be no metric's."""
        return self._layout.left_out if self._layout is not None else 0

    def poll(self) -> Iterator[list[FilePoint]]:
        """The new numbers, in the file's order. Raises OSError, but not for a missing file.

        A row without its line end is not whole, also when its program has ended: its last number may be cut.
        """
        with regular_file(self._path) as file:
            if file is None:
                return
            descriptor, status = file
            signature = (status.st_ino, status.st_size, status.st_mtime_ns)
            if self.broken or signature == self._signature:
                return
            if self._was_rewritten(descriptor, status.st_size):
                self._begin_again()
            yield from self._blocks(descriptor)
            self._signature = signature

    def _was_rewritten(self, descriptor: int, size: int) -> bool:
        """Whether the bytes that were read are not there any more."""
        if not self.offset:
            if not self._begin or size >= self._begin:
                return False
            self._begin = 0  # it was longer when the attempt began
            return True
        if size < self.offset or os.pread(descriptor, len(self._head), 0) != self._head:
            return True
        return os.pread(descriptor, len(self._guard), self.offset - len(self._guard)) != self._guard

    def _begin_again(self) -> None:
        self.rewritten += 1
        self._old = dict(self._furthest)
        self._old_rows = max(self._old_rows, self._row)
        self._row = self.offset = self._begin = 0
        self._layout, self._ups, self._downs = None, 0, 0
        self._last.clear()

    def _blocks(self, descriptor: int) -> Iterator[list[FilePoint]]:
        wanted = _BLOCK
        while block := os.pread(descriptor, wanted, self.offset):
            end = block.rfind(b"\n") + 1
            if not end and len(block) == wanted < _LONGEST:
                wanted = _LONGEST
                continue
            if not end and len(block) == wanted:
                self.broken = f"byte {self.offset}: a line is longer than {_LONGEST} bytes"
                return
            if not end:
                return  # a row that is still being written
            points = self._rows(block[:end])
            self.offset += end
            self._guard = os.pread(descriptor, min(_GUARD, self.offset), max(0, self.offset - _GUARD))
            if points:
                yield points
            wanted = _BLOCK

    def _rows(self, block: bytes) -> list[FilePoint]:
        found: list[FilePoint] = []
        at = self.offset
        for line in block.split(b"\n"):
            at += len(line) + 1
            text = line.decode("utf-8", "replace").strip("\r\n")
            if text.strip() and not text.startswith("#"):
                points = self._row_of(text, line)
                found += self._new(points) if at > self._begin else self._known(points)
        return found

    def _row_of(self, text: str, line: bytes) -> list[FilePoint]:
        """The numbers of a row; a header has none, and tells the columns."""
        cells = self._layout.cells(text) if self._layout is not None else None
        points = list(self._layout.points(cells)) if self._layout is not None and cells is not None else []
        if points:
            self._row += 1
            if self._row == 1:
                self._notice_replaced(points)
            return points
        layout = CsvLayout.of_header(text)
        if layout is not None:  # at the head, or again where a program appends to its file
            if self._layout is None and self._row == 0:
                self._head = line
            self._layout = layout
        elif cells is None:
            self.skipped += 1
        return []

    def _notice_replaced(self, points: list[FilePoint]) -> None:
        """Tell a file that was rewritten with its rows from one that another run began."""
        before, now = {point.name: point for point in self._first}, {point.name: point for point in points}
        self._first = tuple(points)
        if not self._old or not before:
            return
        for name in before.keys() & now.keys():
            old, new = before[name], now[name]
            if old.place is not None and new.place is not None and old.place != new.place:
                if new.place > old.place:
                    return  # its oldest rows were left out
                break
            if abs(old.value - new.value) > _CLOSE * abs(old.value):
                break
        else:
            if before.keys() & now.keys():
                return
        self.replaced += 1
        self._old, self._old_rows, self._furthest = {}, 0, {}

    def _known(self, points: list[FilePoint]) -> list[FilePoint]:
        """Take in numbers that are no news."""
        for point in points:
            place = point.place if point.place is not None else float(self._row)
            self._furthest[point.name] = max(place, self._furthest.get(point.name, place))
            self._last[point.name] = place
        return []

    def _new(self, points: list[FilePoint]) -> list[FilePoint]:
        found = []
        for point in points:
            name = point.name
            place = point.place if point.place is not None else float(self._row)
            old = self._old.get(name)
            before = self._last.get(name, place)
            self._ups, self._downs = self._ups + (place > before), self._downs + (place < before)
            self._last[name] = place
            if old is not None and self._row > self._old_rows and 0 < self._downs < self._ups:
                old = None  # it counts again and again; behind as many rows as there were, all are new
            if old is None or place > old:
                found.append(point)
                self._furthest[name] = max(place, self._furthest.get(name, place))
        return found
