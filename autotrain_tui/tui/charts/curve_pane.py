"""A pane with one picture of curves (drawn by `chart` with the dots of `dot_canvas`)."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from autotrain_tui.tui.charts.chart import axis_line, picture_lines, plot
from autotrain_tui.tui.model.axis import ticks
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.widgets.line import Line
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["CurvePane", "axis_line", "picture_lines", "plot", "ticks"]


_FRAME_CELLS = 14
"""Cells of a frame's title line that are neither title nor facts."""


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
        if cell_len(title) + cell_len(facts) + _FRAME_CELLS > self.outer_size.width:
            facts = facts.replace(" at epoch ", " @ ").replace(" at step ", " @ ")
        return title, facts

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Curve and axes."""
        return picture_lines(self.picture, width, height) if self.picture is not None else ()
