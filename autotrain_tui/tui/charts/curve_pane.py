"""A pane with one picture of curves (drawn by `chart` with the dots of `dot_canvas`).

Without a curve it is a frame, and imports nothing of what draws: so it may be a part of the first paint.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.widgets.line import Line
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["FRAME_CELLS", "CurvePane"]

FRAME_CELLS = 9
"""Cells of a frame's title line that are neither title nor facts."""
_LEAST_ROWS = 5
"""Rows that a picture gets at least where it decides by itself: as the first picture has them (`tui.opening`)."""


class CurvePane(LineWidget):
    """One picture, framed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.picture: Picture | None = None

    def show(self, picture: Picture | None) -> None:
        """Draw this picture."""
        self.picture = picture
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The metric's name and its last and best values."""
        if self.picture is None:
            return "Metric", ""
        title, facts = self.picture.title, self.picture.facts
        room = self.outer_size.width - FRAME_CELLS - cell_len(title)
        if cell_len(facts) > room:
            facts = facts.replace(" at epoch ", " @ ").replace(" at step ", " @ ")
        if cell_len(facts) > room:  # the last value stands at the right of the curve as well
            facts = facts.partition(" · ")[2] or facts
        return title, facts if cell_len(facts) <= room else facts.partition(" @ ")[0]

    def wanted_height(self, width: int) -> int:  # noqa: ARG002  any width will do
        """A curve fills what it is given."""
        return _LEAST_ROWS

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Curve and axes."""
        if self.picture is None or not (self.picture.curves or self.picture.empty):
            return ()
        from autotrain_tui.tui.charts.chart import picture_lines

        return picture_lines(self.picture, width, height)
