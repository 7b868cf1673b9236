"""The line under the rows of a log: what is searched or filtered, or what happened to the file."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.tui.widgets.line import EMPTY, Line, spread
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["LogFoot"]


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
