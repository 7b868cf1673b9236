"""The gutter left of a log's lines: marks, numbers, times of arrival, and in a merged log each line's source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from autotrain_tui.tui.log.arrival_times import ArrivalTimes
from autotrain_tui.tui.log.viewport import DisplayRow

__all__ = ["LogGutter"]

_COLOURS = 4
"""Colours of tags; the name identifies a tag, the colour only helps."""
_TIME_CELLS = 9
"""A time of day and a space."""
_TAG_CELLS = 16
"""The maximum width of a tag."""


class LogGutter:
    """The gutter's parts and their widths; an empty gutter takes no cells."""

    def __init__(self, number_of: Callable[[int], int | None]) -> None:
        """`number_of` returns the number (from 0) of the line at a place, None while it is not known."""
        self.marks: set[int] = set()
        """Places of the marked lines."""
        self.numbers = False
        """Show line numbers."""
        self.times = False
        """Show when lines arrived, as far as that is known."""
        self.arrivals = ArrivalTimes()
        self.sign_of: Callable[[DisplayRow], str] | None = None
        """The colour token of a sign beside a row, "" for none; None: there is no place for signs."""
        self.tags: tuple[str, ...] = ()
        """In a merged log, the names of its sources."""
        self.tag_of: Callable[[int], int] = lambda _place: 0
        """The index of the source of the line at a place."""
        self.cells = 0
        """The gutter's width at the last `measure`."""
        self.number_of = number_of
        self._digits = 0

    def measure(self, end: int) -> bool:
        """Set the width for the numbers of a log that ends at this place; True if it has changed."""
        last = self.number_of(end) or 0
        self._digits = max(4, len(f"{last + 1:,}")) if self.numbers else 0
        sign = 2 if self.numbers or self.marks else 0
        tag = self._tag_cells + 2 if self.tags else 0
        times = _TIME_CELLS if self.times else 0
        beside = int(self.sign_of is not None)
        before, self.cells = self.cells, beside + sign + self._digits + (self._digits > 0) + times + tag
        return self.cells != before

    def number_text(self, row: DisplayRow) -> str:
        """The line number of a row; "" for all but a line's first row."""
        if not row.opens:
            return ""
        number = self.number_of(row.shown.line.start)
        return "–" if number is None else f"{number + 1:,}"

    def segments(self, row: DisplayRow, style: Callable[[str], Style]) -> list[Segment]:
        """The row's gutter; `style` gives the style of a colour token."""
        segments: list[Segment] = []
        if self.sign_of is not None:
            token = self.sign_of(row)
            segments.append(Segment("▎" if token else " ", style(token)))
        if self.numbers or self.marks:
            marked = row.shown.line.start in self.marks and row.opens
            segments.append(Segment("▌ " if marked else "  ", style("mark")))
        if self.numbers:
            segments.append(Segment(f"{self.number_text(row):>{self._digits}} ", style("gutter")))
        if self.times:
            segments.append(Segment(f"{self._time(row):<{_TIME_CELLS}}", style("gutter")))
        if self.tags:
            tag = self.tag_of(row.shown.line.start)
            name = "" if not row.opens else self.tags[tag]
            segments.append(Segment(set_cell_size(name, self._tag_cells) + "│ ", style(f"tag-{tag % _COLOURS + 1}")))
        return segments

    def _time(self, row: DisplayRow) -> str:
        line = row.shown.line
        time = self.arrivals.at(max(line.start, line.next - 1)) if row.opens else None
        return "" if time is None else f"{datetime.fromtimestamp(time).astimezone():%H:%M:%S}"

    @property
    def _tag_cells(self) -> int:
        return min(_TAG_CELLS, max(map(cell_len, self.tags), default=0))
