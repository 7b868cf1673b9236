"""The bar beside the rows of a log: where the window is in the file, and where the hits are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual import events

from autotrain_tui.tui.widgets.line import EMPTY, Line, line
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["LogRuler"]


class LogRuler(LineWidget):
    """The window's place in the file, by bytes, so that no count of lines is needed; ticks where there are hits."""

    DEFAULT_CSS = """
    LogRuler { width: 1; height: 1fr; }
    """

    def __init__(self, jump: Callable[[float], None]) -> None:
        """`jump` is called with a share of the file, 0 to 1, that the mouse points to."""
        super().__init__()
        self._jump = jump
        self._window = (0.0, 1.0)
        self._ticks: Callable[[int], Mapping[int, str]] = lambda _height: {}

    def show(self, start: float, end: float, ticks: Callable[[int], Mapping[int, str]]) -> None:
        """The window's share of the file; `ticks` returns the rows, of a height, that are marked, and their colours."""
        self._window, self._ticks = (start, end), ticks
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one cell
        """A bar beside the part that is in the window; nothing when the window holds all."""
        start, end = self._window
        ticks = self._ticks(height)
        if start <= 0 and end >= 1:
            return [line(("▪", ticks[row])) if row in ticks else EMPTY for row in range(height)]
        first = min(height - 1, int(start * height))
        last = max(first + 1, min(height, round(end * height)))
        bar = (("▐" if first <= row < last else " ", "frame") for row in range(height))
        return [line(("▪", ticks[row]) if row in ticks else cell) for row, cell in enumerate(bar)]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go there, and follow the mouse while the button is down."""
        event.stop()
        self.capture_mouse()
        self._go_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse."""
        if self.app.mouse_captured is self:
            self._go_to(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Stop following the mouse."""
        event.stop()
        self.release_mouse()

    def _go_to(self, row: int) -> None:
        height = max(1, self.size.height - 1)
        self._jump(min(1.0, max(0.0, row / height)))
