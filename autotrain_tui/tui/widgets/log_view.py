"""The rows of a log on the screen: what stands in the window, and how it is drawn. `LogRows` adds the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.cache import LRUCache
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from autotrain_tui.tui.widgets.log_gutter import LogGutter
from autotrain_tui.tui.widgets.log_paint import Inks, paint_row
from autotrain_tui.tui.widgets.log_selection import LogSelection
from autotrain_tui.tui.widgets.log_viewport import LineSource, Row, Viewport

__all__ = ["LogView"]


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
        "log--tag-1",
        "log--tag-2",
        "log--tag-3",
        "log--tag-4",
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
        & > .log--tag-1 { color: $curve-1; }
        & > .log--tag-2 { color: $curve-2; }
        & > .log--tag-3 { color: $curve-3; }
        & > .log--tag-4 { color: $curve-4; }
    }
    """

    wrap = reactive(False)
    """Break lines that are wider than the window."""
    numbers = reactive(False)
    """Show line numbers."""
    times = reactive(False)
    """Show when lines arrived."""
    notice: reactive[str] = reactive("")
    """What to say in the middle when there are no lines."""

    def __init__(
        self, source: LineSource, number_of: Callable[[int], int | None], moved: Callable[[], None]
    ) -> None:
        """`number_of` gives the number (from 0) of the line at a place, None where it is not known yet.

        `moved` is called when other rows stand in the window, or it follows the end, or it does no longer: called, and
        not sent as a message, so that what says so is painted in the same frame.
        """
        super().__init__()
        self.moved = moved
        self.viewport = Viewport(source)
        self.hit: int | None = None
        """The place of the line that a search or a jump has led to."""
        self.find_matches: Callable[[str], Sequence[tuple[int, int]]] | None = None
        """Where in a line's text the search matches, in characters."""
        self.frozen = False
        """The disk does not answer: keep what is painted, and read nothing, so as not to wait with it."""
        self.is_beside: Callable[[str], bool] | None = None
        """Is a line's text only there because it stands beside one that was asked for?"""
        self.lead = LogGutter(number_of)
        self.selected = LogSelection()
        self._x = 0
        self._inks: Inks | None = None
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(256)

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
        if self.lead.measure(self.viewport.source.size):
            self._strips.clear()
            self.refresh()
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
            self.moved()
        self.repaint()

    def watch_wrap(self) -> None:
        """Rows break anew; the first line stays."""
        self._x = 0
        self.viewport.wrap = self.wrap
        self.reload()

    def watch_numbers(self) -> None:
        """The text gets narrower or wider."""
        self.lead.numbers = self.numbers
        self.reload()
        self.repaint()

    def watch_times(self) -> None:
        """The text gets narrower or wider."""
        self.lead.times = self.times
        self.reload()
        self.repaint()

    def on_resize(self) -> None:
        """Another size, other rows."""
        self._strips.clear()
        self.reload()

    def notify_style_update(self) -> None:
        """Other colours: the strips are of no use."""
        super().notify_style_update()
        self._inks = None
        self._strips.clear()

    def selection_updated(self, selection: Selection | None) -> None:
        """Take the selection, and paint it."""
        self.selected.update(selection, self.viewport.rows)
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, read from the source."""
        self.selected.update(selection, self.viewport.rows)
        return self.selected.text(self.viewport), "\n"

    def render_line(self, y: int) -> Strip:
        """One row: gutter and text."""
        rows = self.viewport.rows
        if y >= len(rows):
            return self._blank(y)
        row = rows[y]
        line = row.shown.line
        selected, hit = self.selected.span(line.start), line.start == self.hit
        key = (line.start, line.end, row.start, self._x, hit, selected)
        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = self._paint(row, hit=hit, selected=selected)
        strip = strip.apply_offsets(row.shown.character_at(self._x, row.start) if self._x else row.start, y)
        gutter = self.lead
        if not gutter.cells:
            return strip
        return Strip([*gutter.segments(row, self.get_component_rich_style), *strip], gutter.cells + strip.cell_length)

    @property
    def text_width(self) -> int:
        """Cells for the text, right of the gutter."""
        return max(1, self.size.width - self.lead.cells)

    def _changed(self, before: list[Row]) -> None:
        if self.viewport.rows != before:
            self.refresh()
        self.moved()

    def _paint(self, row: Row, *, hit: bool, selected: tuple[int, int] | None) -> Strip:
        if self._inks is None:
            names = ("beside", "cut", "match", "hit", "here")
            styles = {name: self.get_component_rich_style(f"log--{name}", partial=True) for name in names}
            selection = self.screen.get_component_rich_style("screen--selection")
            self._inks = Inks(text=self.rich_style, selection=selection, **styles)
        matches = self.find_matches(row.shown.text) if self.find_matches else ()
        inks = self._inks
        if self.is_beside is not None and self.is_beside(row.shown.text):
            inks = inks._replace(text=inks.text + inks.beside)
        return paint_row(row, self._x, self.text_width, inks, matches=matches, hit=hit, selected=selected)

    def _blank(self, y: int) -> Strip:
        """A row without a line; in the middle of a window without any, what would fill it."""
        width, height = self.size
        if self.viewport.rows or y != height // 2 or not self.notice:
            return Strip.blank(width, self.rich_style)
        text = f"{self.notice:^{width}}"[:width]
        return Strip([Segment(text, self.get_component_rich_style("log--notice"))]).adjust_cell_length(width)
