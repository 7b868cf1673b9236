"""The rows of a log on the screen: which of them stand in the window. `LogRows` adds the mouse."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from autotrain_tui.tui.log.canvas import LogCanvas
from autotrain_tui.tui.log.viewport import DisplayRow, LineSource

__all__ = ["LogView"]


class LogView(LogCanvas):
    """A window on a `LineSource`. It reads the source only when it is moved, resized or told of a change."""

    wrap = reactive(False)
    """Break lines that are wider than the window."""
    numbers = reactive(False)
    """Show line numbers."""
    times = reactive(False)
    """Show when lines arrived."""

    def __init__(self, source: LineSource, number_of: Callable[[int], int | None], moved: Callable[[], None]) -> None:
        """`moved` is called when other rows stand in the window, or it follows the end, or it does no longer.

        Called, and not sent as a message, so that what says so is painted in the same frame.
        """
        super().__init__(source, number_of)
        self.moved = moved
        self.frozen = False
        """The disk does not answer: keep what is painted, and read nothing, so as not to wait with it."""

    @property
    def follow(self) -> bool:
        """Does the window stand at the end, and go on standing there?"""
        return self.viewport.follow

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
        self.repaint()
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
            self.repaint()
        self.viewport.width, self.viewport.height = self.text_width, max(1, self.size.height)
        self.viewport.layout()
        self._changed(before)

    def settle(self) -> None:
        """The source knows its lines better than before: the window begins with a whole one."""
        if not self.frozen:
            before = self.viewport.rows
            self.viewport.settle()
            self._changed(before)

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
        x = 0 if self.wrap else min(max(0, self.x + cells), max(0, widest - self.text_width))
        if x != self.x:
            self.x = x
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
        self.x = 0
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
        """Another size, other rows; of a disk that does not answer the same ones."""
        if self.frozen:
            self.repaint()
        self._fit()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows as the compositor wants them; at a size that is new they are found now, not a frame later."""
        self._fit()
        return super().render_lines(crop)

    def _fit(self) -> None:
        new = (self.viewport.width, self.viewport.height) != (self.text_width, max(1, self.size.height))
        if new and not self.frozen:  # frozen it stays new: painted for that, it would be painted without end
            self.repaint()
            self.reload()

    def _changed(self, before: list[DisplayRow]) -> None:
        if self.viewport.rows != before:
            self.refresh()
        self.moved()
