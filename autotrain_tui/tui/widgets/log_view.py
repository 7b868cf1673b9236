"""The rows of a log on the screen: what stands in the window, and how it is drawn. `LogRows` adds the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from autotrain_tui.tui.widgets.log_paint import Inks, paint_row
from autotrain_tui.tui.widgets.log_viewport import LineSource, Row, Viewport

__all__ = ["LogView"]

_COPY_LIMIT = 1024 * 1024
"""Characters of a selection that are copied; terminals refuse more."""


class LogView(Widget, can_focus=True):
    """A window on a `LineSource`. It reads the source only when it is moved, resized or told of a change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--beside",
        "log--cut",
        "log--gutter",
        "log--here",
        "log--hit",
        "log--mark",
        "log--match",
        "log--notice",
    }
    DEFAULT_CSS = """
    LogView {
        width: 1fr;
        height: 1fr;
        & > .log--beside { color: $muted; }
        & > .log--cut { color: $muted; }
        & > .log--gutter { color: $faint; }
        & > .log--here { background: $cursor; }
        & > .log--hit { background: $warning; color: $background; text-style: bold underline; }
        & > .log--mark { color: $accent; text-style: bold; }
        & > .log--match { background: $warning-muted; color: $text-warning; text-style: underline; }
        & > .log--notice { color: $muted; }
    }
    """

    wrap = reactive(False)
    """Break lines that are wider than the window."""
    numbers = reactive(False)
    """Show line numbers."""
    notice: reactive[str] = reactive("")
    """What to say in the middle when there are no lines."""

    class Moved(Message):
        """Other rows stand in the window now, or it follows the end, or it does no longer."""

    def __init__(self, source: LineSource, number_of: Callable[[int], int | None]) -> None:
        """`number_of` gives the number (from 0) of the line at a place, None where it is not known yet."""
        super().__init__()
        self.viewport = Viewport(source)
        self.marks: set[int] = set()
        """Places of the lines that a person marked."""
        self.hit: int | None = None
        """The place of the line that a search or a jump has led to."""
        self.find_matches: Callable[[str], Sequence[tuple[int, int]]] | None = None
        """Where in a line's text the search matches, in characters."""
        self.frozen = False
        """The disk does not answer: keep what is painted, and read nothing, so as not to wait with it."""
        self.is_beside: Callable[[str], bool] | None = None
        """Is a line's text only there because it stands beside one that was asked for?"""
        self._number_of = number_of
        self._x = 0
        self._inks: Inks | None = None
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(512)

    @property
    def follow(self) -> bool:
        """Does the window stand at the end, and go on standing there?"""
        return self.viewport.follow

    @property
    def allow_select(self) -> bool:
        """Text can be selected with the mouse."""
        return True

    @property
    def here(self) -> int | None:
        """The place of the line one stands on: the hit while it is in sight, else the newest or the first there."""
        rows = self.viewport.rows
        if not rows or (self.hit is not None and self.viewport.row_of(self.hit) is not None):
            return self.hit if rows else None
        return rows[-1 if self.follow else 0].shown.line.start

    def set_source(self, source: LineSource, *, follow: bool) -> None:
        """Show other lines; the window keeps its place as well as the new source has it, or follows the end."""
        self.viewport.source = source
        self.viewport.follow = follow
        self._strips.clear()
        self.reload()

    def line_text(self, place: int | None) -> str:
        """The text of the line at a place."""
        lines = self.viewport.source.forward(place, 1) if place is not None else ()
        return self.viewport.shown(lines[0]).text if lines else ""

    def reload(self) -> None:
        """The source has changed: read the window anew, and paint it if its rows are others now."""
        if self.frozen:
            return
        before = self.viewport.rows
        self.viewport.width, self.viewport.height = self.text_width, max(1, self.size.height)
        self.viewport.layout()
        self._changed(before)

    def settle(self) -> None:
        """The source knows its lines better than before: the window begins with a whole one."""
        if not self.frozen:
            before = self.viewport.rows
            self.viewport.settle()
            self._changed(before)

    def repaint(self) -> None:
        """What is drawn over the text (matches, marks, numbers) has changed."""
        self._strips.clear()
        self.refresh()

    def scroll_rows(self, rows: int) -> None:
        """Go down or up; reaching the end follows it from there on."""
        if self.frozen:
            return
        before, follow = self.viewport.rows, self.viewport.follow
        self.viewport.move(rows)
        at_end = self.viewport.at_end
        self.viewport.follow = at_end if rows > 0 else follow and at_end and self.viewport.rows == before
        self._changed(before)

    def scroll_columns(self, cells: int) -> None:
        """Go right or left; not beyond the longest line in the window."""
        widest = max((row.shown.cells(row.start, row.end) for row in self.viewport.rows), default=0)
        x = 0 if self.wrap else min(max(0, self._x + cells), max(0, widest - self.text_width))
        if x != self._x:
            self._x = x
            self.refresh()

    def go_end(self) -> None:
        """Stand at the end and follow it."""
        self.viewport.follow = True
        self.reload()

    def go(self, position: int, *, above: int = 0) -> None:
        """Put the line at a place into the window, with that many rows above it."""
        if self.frozen:
            return
        before = self.viewport.rows
        self.viewport.go(position, above)
        self._changed(before)

    def reveal(self, position: int) -> None:
        """Make the line at a place the hit, moving the window only when it is not in it."""
        self.hit = position
        if self.viewport.row_of(position) is None:
            self.go(position, above=self.size.height // 3)
        else:
            self.viewport.follow = False
            self.post_message(self.Moved())
        self.repaint()

    def watch_wrap(self) -> None:
        """Rows break anew; the first line stays."""
        self._x = 0
        self.viewport.wrap = self.wrap
        self.reload()

    def watch_numbers(self) -> None:
        """The text gets narrower or wider."""
        self.reload()
        self.repaint()

    def on_resize(self) -> None:
        """Another size, other rows."""
        self.reload()

    def notify_style_update(self) -> None:
        """Other colours: the strips are of no use."""
        super().notify_style_update()
        self._inks = None
        self._strips.clear()

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002  Textual's signature
        """Paint the selection."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, read from the source; a selection without a start or an end is cut to the window."""
        rows = self.viewport.rows
        if not rows:
            return None
        at = selection.start.y if selection.start else rows[0].shown.line.start
        last = selection.end.y if selection.end else rows[-1].shown.line.start
        pieces: list[str] = []
        size = 0
        while size < _COPY_LIMIT and (lines := self.viewport.source.forward(at, 64)) and lines[0].start <= last:
            for line in lines:
                if (span := selection.get_span(line.start)) is not None and line.start <= last:
                    text = self.viewport.shown(line).text
                    pieces.append(text[span[0] : len(text) if span[1] < 0 else span[1]])
                    size += len(pieces[-1]) + 1
            at = lines[-1].next
        return "\n".join(pieces)[:_COPY_LIMIT], "\n"

    def render_line(self, y: int) -> Strip:
        """One row: gutter and text."""
        width = self.size.width
        rows = self.viewport.rows
        if not rows or y >= len(rows):
            return self._notice(y) if not rows else Strip.blank(width, self.rich_style)
        row = rows[y]
        line = row.shown.line
        selection = self.text_selection
        selected = selection.get_span(line.start) if selection is not None else None
        hit, marked = line.start == self.hit, line.start in self.marks
        number = self._number(row) if self.numbers else None
        key = (line.start, line.end, row.start, self._x, width, hit, marked, selected, number)
        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = self._paint(row, hit=hit, marked=marked, selected=selected)
        return strip

    @property
    def text_width(self) -> int:
        """Cells for the text, right of the gutter."""
        return max(1, self.size.width - self._gutter)

    @property
    def _gutter(self) -> int:
        """Cells left of the text: a sign for marks, and the number with its digits."""
        if not self.numbers:
            return 2 if self.marks else 0
        last = self._number_of(self.viewport.source.size) or 0
        return 2 + max(4, len(f"{last + 1:,}")) + 1

    def _changed(self, before: list[Row]) -> None:
        if self.viewport.rows != before:
            self.refresh()
        self.post_message(self.Moved())

    def _number(self, row: Row) -> str:
        if row.part:
            return ""
        number = self._number_of(row.shown.line.start)
        return "–" if number is None else f"{number + 1:,}"

    def _paint(self, row: Row, *, hit: bool, marked: bool, selected: tuple[int, int] | None) -> Strip:
        if self._inks is None:
            def style(name: str) -> Style:
                return self.get_component_rich_style(name, partial=True)

            selection = self.screen.get_component_rich_style("screen--selection")
            names = ("beside", "cut", "match", "hit", "here")
            self._inks = Inks(
                text=self.rich_style, selection=selection, **{name: style(f"log--{name}") for name in names}
            )
        matches = self.find_matches(row.shown.text) if self.find_matches else ()
        inks = self._inks
        if self.is_beside is not None and self.is_beside(row.shown.text):
            inks = inks._replace(text=inks.text + inks.beside)
        gutter, width = self._gutter, self.text_width
        strip = paint_row(row, self._x, width, inks, matches=matches, hit=hit, selected=selected)
        first = row.shown.character_at(self._x, row.start) if self._x else row.start
        strip = strip.apply_offsets(first, row.shown.line.start)
        if not gutter:
            return strip
        sign = Segment("▌ " if marked and not row.part else "  ", self.get_component_rich_style("log--mark"))
        number = f"{self._number(row):>{gutter - 3}} " if self.numbers else ""
        return Strip([sign, Segment(number, self.get_component_rich_style("log--gutter")), *strip], gutter + width)

    def _notice(self, y: int) -> Strip:
        width, height = self.size
        if y != height // 2 or not self.notice:
            return Strip.blank(width, self.rich_style)
        text = f"{self.notice:^{width}}"[:width]
        return Strip([Segment(text, self.get_component_rich_style("log--notice"))]).adjust_cell_length(width)
