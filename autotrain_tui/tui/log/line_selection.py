"""Whole lines selected with keys: from the line where the selection was begun to the current one."""

from __future__ import annotations

from autotrain_tui.tui.log.copied_text import Copied, copied_text
from autotrain_tui.tui.log.window import LogWindow

__all__ = ["LineSelection"]


class LineSelection:
    """Begun at the current line; whatever makes another line the current one moves its end: arrows, a search, a click.

    Its ends are places in the file, so that it stays while lines arrive and while rows scroll.
    """

    def __init__(self, window: LogWindow) -> None:
        self._window = window
        self._anchor: int | None = None

    @property
    def active(self) -> bool:
        """Whether lines are being selected."""
        return self._anchor is not None

    @property
    def ends(self) -> tuple[int, int] | None:
        """The places of the first and the last line."""
        if self._anchor is None:
            return None
        other = self._window.hit if self._window.hit is not None else self._anchor
        return min(self._anchor, other), max(self._anchor, other)

    def holds(self, place: int) -> bool:
        """Whether the line at a place is selected."""
        ends = self.ends
        return ends is not None and ends[0] <= place <= ends[1]

    def begin(self) -> None:
        """Begin at the current line, and stop following."""
        window = self._window
        if (current := window.current) is not None:
            self._anchor = window.hit = current
            window.stay()
            window.invalidate()

    def end(self) -> None:
        """Select nothing."""
        self._anchor = None
        self._window.invalidate()

    def move(self, lines: int) -> None:
        """Move the end by lines; the window follows by as many rows."""
        window = self._window
        if window.hit is None or window.frozen:
            return
        source = window.viewport.source
        found = source.forward(window.hit, lines + 1)[-1:] if lines > 0 else source.backward(window.hit, -lines)[:1]
        if not found:
            return
        if window.viewport.row_of(found[0].start) is None:
            window.scroll_rows(lines)
        window.reveal(found[0].start)

    def move_to_edge(self, *, last: bool) -> None:
        """Move the end to the first or the last line of the log."""
        source = self._window.viewport.source
        found = source.backward(source.size, 1) if last else source.forward(source.first, 1)
        if found:
            self._window.reveal(found[0].start)

    def copied(self) -> Copied:
        """Its text; the inside of a traceback that is folded at its first line too."""
        assert self.ends is not None
        first, last = self.ends
        return copied_text(self._window, self._window.before_fold(first), last, lambda _place: None)

    def summary(self) -> str:
        """How many lines it has, as far as they are counted: `12 lines selected`."""
        if self.ends is None:
            return ""
        window = self._window
        first = window.gutter.number_of(window.before_fold(self.ends[0]))
        last = window.gutter.number_of(self.ends[1])
        if window.is_filtered or first is None or last is None:
            return "lines selected"
        count = last - first + 1
        return f"{count:,} line{'s' * (count != 1)} selected"
