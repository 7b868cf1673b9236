"""Text selected in a log: reported by rows of the window, kept by places in the file, so that it stays while rows move.

Offsets under the mouse are rows of the window, not places in the file, because Textual caches a style for each offset
that was ever painted: places are all different, and would take megabytes in a log that grows.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Offset
from textual.selection import Selection

from autotrain_tui.tui.log.copied_text import Copied, copied_text
from autotrain_tui.tui.log.viewport import DisplayRow
from autotrain_tui.tui.log.window import LogWindow

__all__ = ["LogSelection"]


class LogSelection:
    """The selected part of a log. An end of None means the window's first or last row."""

    def __init__(self) -> None:
        self._reported: Selection | None = None
        self._kept: Selection | None = None

    def update(self, reported: Selection | None, rows: Sequence[DisplayRow]) -> None:
        """Take the screen's selection, in characters and rows; an end that has not moved keeps its place."""
        if reported is None or not rows:
            self._reported = self._kept = None
            return
        ends = (self._place(reported.start, rows), self._place(reported.end, rows))
        if ends[0] is not None and ends[1] is not None and (ends[0].y, ends[0].x) > (ends[1].y, ends[1].x):
            ends = ends[::-1]  # rows have moved under the mouse, past the fixed end
        self._reported, self._kept = reported, Selection(*ends)

    def span(self, place: int) -> tuple[int, int] | None:
        """The selected part of the line at a place, in characters; an end of -1 is the line's end."""
        return self._kept.get_span(place) if self._kept is not None else None

    def copied(self, window: LogWindow) -> Copied | None:
        """The selected text, read from the window's source; None if nothing is selected.

        If it begins with a whole line, at the last line of a traceback that is folded, the traceback belongs to it.
        """
        rows, kept = window.viewport.rows, self._kept
        if kept is None or not rows:
            return None
        first = kept.start.y if kept.start is not None else rows[0].shown.line.start
        last = kept.end.y if kept.end is not None else rows[-1].shown.line.start
        if kept.start is None or kept.start.x == 0:
            first = window.before_fold(first)
        return copied_text(window, first, last, kept.get_span)

    def _place(self, reported: Offset | None, rows: Sequence[DisplayRow]) -> Offset | None:
        """The character and the place in the file for a character and a row."""
        if reported is None:
            return None
        if self._reported is not None and self._kept is not None:
            if reported == self._reported.start:
                return self._kept.start
            if reported == self._reported.end:
                return self._kept.end
        row = rows[min(max(0, reported.y), len(rows) - 1)]
        return Offset(reported.x, row.shown.line.start)
