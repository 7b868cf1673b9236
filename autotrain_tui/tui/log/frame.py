"""What stands around a log's rows: the bar that shows where in the file they are, and the line at the foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.message import Message

from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.text.escape_filter import size_text
from autotrain_tui.tui.widgets.line import EMPTY, Line, line, spread
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["LogFoot", "LogRuler", "facts_text"]


class LogRuler(LineWidget):
    """Where the window is in the file, by bytes, so that no count of lines is needed; ticks where there are hits."""

    DEFAULT_CSS = """
    LogRuler { width: 1; height: 1fr; }
    """

    class Jump(Message):
        """A place in the file is wanted, as a share of it, 0 to 1."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    def __init__(self) -> None:
        super().__init__()
        self._window = (0.0, 1.0)
        self._ticks: Callable[[int], Sequence[int]] = lambda _height: ()

    def show(self, start: float, end: float, ticks: Callable[[int], Sequence[int]]) -> None:
        """The window's share of the file, and the rows (of so many) at which hits are."""
        self._window, self._ticks = (start, end), ticks
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one cell
        """A bar beside the part that is in the window; nothing when all of it is."""
        start, end = self._window
        ticks = set(self._ticks(height))
        if start <= 0 and end >= 1:
            return [line(("▪", "warning")) if row in ticks else EMPTY for row in range(height)]
        first = min(height - 1, int(start * height))
        last = max(first + 1, min(height, round(end * height)))
        bar = (("▐" if first <= row < last else " ", "frame") for row in range(height))
        return [line(("▪", "warning") if row in ticks else cell) for row, cell in enumerate(bar)]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go there, and follow the mouse while its button is down."""
        event.stop()
        self.capture_mouse()
        self._jump(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse."""
        if self.app.mouse_captured is self:
            self._jump(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The button is let go."""
        event.stop()
        self.release_mouse()

    def _jump(self, row: int) -> None:
        height = max(1, self.size.height - 1)
        self.post_message(self.Jump(min(1.0, max(0.0, row / height))))


class LogFoot(LineWidget):
    """One line under the rows: what is searched, filtered, or has happened to the file; gone when there is nothing."""

    DEFAULT_CSS = """
    LogFoot { dock: bottom; height: 1; padding: 0 1; background: $panel; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[Line, Line] = (EMPTY, EMPTY)

    def show(self, left: Line, keys: Line) -> None:
        """Facts at the left, the keys that help at the right."""
        self._parts = (left, keys)
        self.display = bool(left)
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The line."""
        left, keys = self._parts
        return [spread(left, keys, width)]


def facts_text(file: LogFile, index: LineIndex, room: int, *, live: bool, follow: bool, left_at: int | None) -> str:
    """A log's facts for its frame: `following · 12,481 lines · 1.2 MiB`; `left_at`: lines when one went up.

    Where there are fewer cells than that, the last facts are left out whole: half a number would be a wrong one.
    """
    if not file.size:
        return ""
    lines = index.total()
    count = f"{lines:,} line{'s' * (lines != 1)}" if lines is not None else f"~{index.estimate():,} lines"
    new = lines + index.gone - left_at if lines is not None and left_at is not None else 0
    state = "ended" if not live else "following" if follow else f"reading · {new:,} new" if new > 0 else "reading"
    parts = [state, count, size_text(file.size)]
    if file.first:  # dropped by `log_limit_mb`, or never written where a writer went on after a truncation
        parts.append(f"its first {size_text(file.first)} gone")
    while parts and len(" · ".join(parts)) > room:
        parts.pop()
    return " · ".join(parts)
