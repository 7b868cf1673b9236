"""The part of a log that is on the screen: scrolling, following, and callbacks to the widget that draws it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from autotrain_tui.logs.filtered_lines import FilteredLines
from autotrain_tui.logs.folded_lines import FoldedLines, Traceback
from autotrain_tui.tui.log.epoch_rules import EpochRules
from autotrain_tui.tui.log.gutter import LogGutter
from autotrain_tui.tui.log.viewport import DisplayRow, LineSource, Viewport

__all__ = ["LogWindow", "Option"]

Option = Literal["wrap", "numbers", "times"]


def _nothing() -> None:
    return


class LogWindow:
    """A window on a `LineSource`. It reads the source only when it is moved, resized or reloaded.

    Its three callbacks are called, not sent as messages, so that everything that follows from a move is painted in the
    same frame.
    """

    def __init__(self, source: LineSource, number_of: Callable[[int], int | None]) -> None:
        """`number_of` returns the number (from 0) of the line at a place, None while it is not known."""
        self._source = source
        self.folds: FoldedLines | None = FoldedLines(source)
        """The source without the inside of tracebacks; None where nothing is folded."""
        self.viewport = Viewport(self.folds)
        self.gutter = LogGutter(number_of)
        self.hit: int | None = None
        """The place of the line that a search, a jump or a click led to."""
        self.x = 0
        """The first cell of the lines that is in the window."""
        self.frozen = False
        """The disk does not answer: keep the rows that are there, and read nothing, so as not to block."""
        self.moved = _nothing
        """Called when the window has other rows, or begins or ceases to follow the end."""
        self.refresh = _nothing
        """Called when the widget has to draw its rows again."""
        self.invalidate = _nothing
        """Called when rows that were drawn before are no longer valid (matches, marks, the gutter's width)."""
        self._size = (1, 1)
        self._reading = True

    @property
    def follow(self) -> bool:
        """Is the window at the end, and does it stay there while lines arrive?"""
        return self.viewport.follow

    @property
    def current(self) -> int | None:
        """The place of the current line: the hit while in the window, else the last row (following) or the first."""
        rows = self.viewport.rows
        if not rows or (self.hit is not None and self.viewport.row_of(self.hit) is not None):
            return self.hit if rows else None
        return rows[-1 if self.follow else 0].shown.line.start

    @property
    def top(self) -> int:
        """The place of the first line in the window."""
        rows = self.viewport.rows
        return rows[0].shown.line.start if rows else 0

    @property
    def text_width(self) -> int:
        """Cells for the text, right of the gutter."""
        return max(1, self._size[0] - self.gutter.cells)

    @property
    def unfolded(self) -> LineSource:
        """All lines that may be shown, those inside of folded tracebacks too."""
        return self._source

    @property
    def is_filtered(self) -> bool:
        """Are some lines hidden by a filter?"""
        return isinstance(self._source, FilteredLines)

    def set_source(self, source: LineSource, *, follow: bool) -> None:
        """Show other lines; the window keeps its place as well as the new source allows, or follows the end."""
        self._source = source
        self._arrange()
        self.viewport.follow = follow
        self.invalidate()
        self.reload()

    def set_reading(self, *, on: bool) -> None:
        """Have rules where epochs begin, and tracebacks folded, or the bare lines."""
        self._reading = on
        self._arrange()

    def _arrange(self) -> None:
        """Several programs' lines are left as they are: epochs go back and forth, and tracebacks mix; so are those of a
        filter, which are wanted.
        """
        plain = not self._reading or bool(self.gutter.tags) or isinstance(self._source, FilteredLines)
        self.folds = None if plain else FoldedLines(self._source)
        self.viewport.source = self.folds or self._source
        self.viewport.rules = None if plain else EpochRules(self.viewport.source)

    def fold_of(self, row: DisplayRow) -> Traceback | None:
        """The traceback whose last line is in this row."""
        return self.folds.ending_at(row.shown.line) if self.folds is not None and row.opens else None

    def toggle_fold(self) -> bool:
        """Open or fold the current line's traceback, or the last one that is in the window; False if there is none."""
        found = [(row.shown.line.start, fold) for row in self.viewport.rows if (fold := self.fold_of(row)) is not None]
        if self.folds is None or not found:
            return False
        fold = dict(found).get(self.current if self.current is not None else -1, found[-1][1])
        self.folds.toggle(fold)
        self.hit = fold.end
        self.viewport.follow = False
        if self.folds.is_open(fold):
            self.go(fold.head)
        else:
            self.reload()
        self.invalidate()
        return True

    def before_fold(self, place: int) -> int:
        """The place from which to look for something above a line: for a folded traceback, its first line."""
        lines = self._source.forward(place, 1) if self.folds is not None else ()
        fold = self.folds.ending_at(lines[0]) if self.folds is not None and lines else None
        return fold.head if fold is not None else place

    def resize(self, width: int, height: int) -> None:
        """Take the widget's size; a new one is laid out at once, unless the disk does not answer."""
        self._size = (width, max(1, height))
        new = (self.viewport.width, self.viewport.height) != (self.text_width, self._size[1])
        if new and not self.frozen:  # while frozen it stays new: laying it out would repaint without end
            self.invalidate()
            self.reload()

    def reload(self) -> None:
        """The source has changed: read the window again, and refresh it if its rows differ."""
        if self.frozen:
            return
        before = self.viewport.rows
        if self.gutter.measure(self.viewport.source.size):
            self.invalidate()
        self.viewport.width, self.viewport.height = self.text_width, self._size[1]
        self.viewport.layout()
        self._compare(before)

    def settle(self) -> None:
        """The source knows its lines better than before: start the window with a whole line."""
        if not self.frozen:
            before = self.viewport.rows
            self.viewport.settle()
            self._compare(before)

    def scroll_rows(self, rows: int) -> None:
        """Scroll down or up; a window that reaches the end follows it."""
        if self.frozen:
            return
        before, follow = self.viewport.rows, self.viewport.follow
        self.viewport.move(rows)
        at_end = self.viewport.at_end
        self.viewport.follow = at_end if rows > 0 else follow and at_end and self.viewport.rows == before
        self._compare(before)

    def scroll_columns(self, cells: int) -> None:
        """Scroll right or left; not beyond the longest line in the window."""
        widest = max((row.shown.cells(row.start, row.end) for row in self.viewport.rows), default=0)
        x = 0 if self.viewport.wrap else min(max(0, self.x + cells), max(0, widest - self.text_width))
        if x != self.x:
            self.x = x
            self.refresh()

    def scroll_pages(self, pages: float) -> None:
        """Scroll by pages; one row of the previous page stays in the window."""
        self.scroll_rows(int(pages * max(2, self._size[1] - 1)))

    def go_end(self) -> None:
        """Go to the end and follow it."""
        self.viewport.follow = True
        self.reload()

    def go(self, place: int, *, above: int = 0) -> None:
        """Put the line at a place into the window, with that many rows above it."""
        if self.frozen:
            return
        before = self.viewport.rows
        self.viewport.go(place, above)
        self._compare(before)

    def stay(self) -> None:
        """Stop following; the rows stay."""
        self.viewport.follow = False
        self.moved()

    def reveal(self, place: int) -> None:
        """Make the line at a place the hit; move the window only if the line is not in it."""
        place = self.folds.shown_place(place) if self.folds is not None else place
        self.hit = place
        if self.viewport.row_of(place) is None:
            self.go(place, above=self._size[1] // 3)
        else:
            self.stay()
        self.invalidate()

    def toggle(self, option: Option) -> None:
        """Turn `wrap` (long lines break into rows), line `numbers` or arrival `times` on or off."""
        if option == "wrap":
            self.x = 0
            self.viewport.wrap = not self.viewport.wrap
        elif option == "numbers":
            self.gutter.numbers = not self.gutter.numbers
        else:
            self.gutter.times = not self.gutter.times
        self.reload()
        self.invalidate()

    def _compare(self, before: list[DisplayRow]) -> None:
        if self.viewport.rows != before:
            self.refresh()
        self.moved()
