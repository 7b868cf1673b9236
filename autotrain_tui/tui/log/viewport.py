"""Which lines of a log are in a window, and how they break into rows: arithmetic over byte offsets, no widget.

A place in a log is the byte offset of a line's start. The window keeps the place of its first line, so that the text
does not move while lines arrive, and so that no count of lines is needed to be anywhere in a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rich.cells import cell_len, get_character_cell_size
from textual.cache import LRUCache

from autotrain_tui.logs.log_file import Line
from autotrain_tui.text.escape_filter import Span, styled

__all__ = ["DisplayLine", "DisplayRow", "LineSource", "Rules", "Viewport"]


class LineSource(Protocol):
    """Lines in an order, each at a place (an int that only grows): a file, a filtered file, several files at once."""

    @property
    def first(self) -> int:
        """The place of the first line."""
        ...

    @property
    def size(self) -> int:
        """A place after the last line."""
        ...

    @property
    def complete(self) -> bool:
        """Is every line known? Otherwise fewer lines than requested don't mean that there are no more."""
        ...

    def forward(self, position: int, count: int) -> Sequence[Line]:
        """Up to `count` lines at or after a place."""
        ...

    def backward(self, position: int, count: int) -> Sequence[Line]:
        """Up to `count` lines before a place, in order."""
        ...


class DisplayLine(NamedTuple):
    """A line as text: as `escape_filter` made it. `narrow`: every character takes one cell."""

    line: Line
    text: str
    spans: tuple[Span, ...]
    narrow: bool

    def cells(self, start: int, end: int) -> int:
        """Cells that text[start:end] takes."""
        return min(end, len(self.text)) - start if self.narrow else cell_len(self.text[start:end])

    def character_at(self, cell: int, start: int = 0) -> int:
        """The index of the character in this cell, counted from the character at `start`."""
        if self.narrow:
            return min(start + cell, len(self.text))
        at, used = start, 0
        while at < len(self.text) and used + (width := get_character_cell_size(self.text[at])) <= cell:
            at, used = at + 1, used + width
        return at

    def breaks(self, width: int) -> list[int]:
        """Where the rows of the line start if they may be `width` cells wide; at least one."""
        if self.narrow:
            return list(range(0, max(1, len(self.text)), width))
        starts, used = [0], 0
        for at, character in enumerate(self.text):
            cells = get_character_cell_size(character)
            if used + cells > width and at > starts[-1]:
                starts.append(at)
                used = 0
            used += cells
        return starts


class DisplayRow(NamedTuple):
    """One row of the window: the characters [start, end) of a line; `part` counts the line's rows from 0.

    `rule`: what stands on a rule above the line, which is a row of its own; "" for text.
    """

    shown: DisplayLine
    start: int
    end: int
    part: int
    rule: str = ""

    @property
    def opens(self) -> bool:
        """Whether the line's text begins in this row."""
        return self.start == 0 and not self.rule


class Rules(Protocol):
    """Which lines have a rule above them."""

    def note(self, lines: Sequence[Line]) -> None:
        """Take lines that follow each other, before they are asked for."""
        ...

    def above(self, line: Line) -> str:
        """What stands on the rule above a line; "" if there is none."""
        ...


class Viewport:
    """A window of rows on a source. LogChange `width`, `height`, `wrap` or move it, then call `layout`."""

    def __init__(self, source: LineSource) -> None:
        self.source = source
        self.width = 80
        self.height = 24
        self.wrap = False
        self.follow = True
        """Stay at the end while lines arrive."""
        self.top = 0
        """The place of the first line in the window."""
        self.skip = 0
        """Rows of that line that are above the window."""
        self.rows: list[DisplayRow] = []
        self.at_end = True
        """Is the last row of the source in the window?"""
        self.rules: Rules | None = None
        """Rules above lines; None: there are none."""
        self._shown: LRUCache[tuple[int, int, bool], DisplayLine] = LRUCache(256)

    def forget(self) -> None:
        """The source has other text at the same places: read everything again."""
        self._shown.clear()

    def layout(self) -> None:
        """Find the rows of the window."""
        if self.top < self.source.first:  # the head was dropped
            self.top, self.skip = self.source.first, 0
        if not self.follow:
            self.rows = self._down(self.top, self.skip)
            if len(self.rows) >= self.height or (self.rows and not self.source.complete):
                self.at_end = len(self.rows) >= self.height and self._reaches_end()
                return
        rows: list[DisplayRow] = []
        lines = self.source.backward(self.source.size, self.height)
        if self.rules is not None:
            self.rules.note(lines)
        for line in reversed(lines):
            rows[:0] = self._rows_of(line)
            if len(rows) >= self.height:
                break
        self.rows = rows[-self.height :]
        self.at_end = True
        self._keep_top()

    def move(self, rows: int) -> None:
        """Move down (below 0: up) by some rows; stops at the first and the last row. Lays out."""
        if rows < 0 or not self.at_end:
            self.follow = False
            self.skip += rows
            self._settle_up() if self.skip < 0 else self._settle_down()
        self.layout()
        self._keep_top()

    def go(self, position: int, above: int = 0) -> None:
        """Put the line at a place first, or with this many rows above it. Lays out."""
        self.follow, self.top, self.skip = False, position, 0
        self.layout()
        self._keep_top()
        if above and self.rows and self.rows[0].shown.line.start == position:
            self.move(-above)

    def settle(self) -> None:
        """The source knows its lines better than before: start at the start of a line again. Lays out."""
        if not self.follow and (lines := self.source.backward(self.top + 1, 1)):
            self.top = lines[-1].start
        self.layout()

    def row_of(self, position: int) -> int | None:
        """The row in which the line at a place starts; None if it is not in the window."""
        for index, row in enumerate(self.rows):
            if row.shown.line.start == position:
                return index
        return None

    def shown(self, line: Line) -> DisplayLine:
        """The line as text, cached until it changes."""
        key = (line.start, line.end, line.complete)
        if (known := self._shown.get(key)) is None:
            text, spans = styled(line.data, size=line.size)
            narrow = text.isascii() or all(get_character_cell_size(character) == 1 for character in text)
            self._shown[key] = known = DisplayLine(line, text, spans, narrow)
        return known

    def _rows_of(self, line: Line) -> list[DisplayRow]:
        shown = self.shown(line)
        rule = self.rules.above(line) if self.rules is not None else ""
        first = int(bool(rule))
        rows = [DisplayRow(shown, 0, 0, 0, rule)] * first
        if not self.wrap:
            return [*rows, DisplayRow(shown, 0, len(shown.text), first)]
        starts = shown.breaks(self.width)
        ends = [*starts[1:], len(shown.text)]
        return rows + [
            DisplayRow(shown, start, end, part)
            for part, (start, end) in enumerate(zip(starts, ends, strict=True), first)
        ]

    def _down(self, top: int, skip: int) -> list[DisplayRow]:
        """Rows from the one `skip` below the start of the line at `top` on."""
        rows: list[DisplayRow] = []
        lines = self.source.forward(top, self.height)
        if self.rules is not None:
            self.rules.note(lines)
        for line in lines:
            rows += self._rows_of(line)
            if len(rows) >= self.height + skip:
                break
        return rows[skip : skip + self.height]

    def _reaches_end(self) -> bool:
        last = self.rows[-1]
        return not last.rule and last.end == len(last.shown.text) and not self.source.forward(last.shown.line.next, 1)

    def _keep_top(self) -> None:
        if self.rows:
            self.top, self.skip = self.rows[0].shown.line.start, self.rows[0].part

    def _settle_up(self) -> None:
        """`skip` is below 0: take it from the lines above."""
        for line in reversed(self.source.backward(self.top, -self.skip)):
            self.top = line.start
            self.skip += len(self._rows_of(line))
            if self.skip >= 0:
                return
        self.skip = 0

    def _settle_down(self) -> None:
        """`skip` may pass the end of the first line: take it from the lines below."""
        rows = 1
        for line in self.source.forward(self.top, self.skip + 1):
            self.top = line.start
            rows = len(self._rows_of(line))
            if self.skip < rows:
                return
            self.skip -= rows
        self.skip = rows - 1  # past the end: the last row, not the first of a long last line
