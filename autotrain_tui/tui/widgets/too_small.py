"""Shown instead of a screen if the window is too small for it."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.tui.widgets.line import EMPTY, Line, flow, line, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["LEAST_HEIGHT", "LEAST_WIDTH", "TooSmall"]

LEAST_WIDTH, LEAST_HEIGHT = 80, 24


class TooSmall(LineWidget):
    """One sentence in the middle of the window."""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The window's size, the required size, and that training continues."""
        size = self.app.size
        text = f"This window is {size.width} x {size.height}; {LEAST_WIDTH} x {LEAST_HEIGHT} or more shows the screen."
        room = max(8, width - 4)
        words = [*flow(text, room, "warning"), *flow("Training goes on. q leaves.", room, "muted")]
        centred = [line(" " * ((width - width_of(each)) // 2), *each) for each in words]
        return [*[EMPTY] * max(0, (height - len(centred)) // 2), *centred]
