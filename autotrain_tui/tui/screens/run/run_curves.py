"""The curves of a wide window's right column: as many as fit, the headline first and, if a row is not full, widest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events

from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.widgets.container import PlainContainer

__all__ = ["RunCurves"]

_CELLS, _ROWS = 56, 13
"""What a curve is given at least, where there is more than one."""
_MOST = 10


class RunCurves(PlainContainer):
    """A grid of curves, which draws only what is in sight."""

    DEFAULT_CSS = """
    RunCurves { layout: grid; grid-size: 1; }
    RunCurves > CurvePane { height: 100%; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._pictures: Sequence[Callable[[], Picture]] = ()

    def show(self, pictures: Sequence[Callable[[], Picture]]) -> None:
        """Draw these, the most important first; those beyond the room are never made."""
        self._pictures = pictures
        if self.display and self.size.area:
            self._fill()

    def on_resize(self, _event: events.Resize) -> None:
        """Another room."""
        self._fill()

    def _fill(self) -> None:
        columns = max(1, self.size.width // _CELLS)
        rows = max(1, self.size.height // _ROWS)
        shown = self._pictures[: min(columns * rows, _MOST)]
        columns = min(columns, max(1, len(shown)))
        panes = list(self.query_children(CurvePane))
        new = [CurvePane(classes="pane") for _ in range(len(panes), len(shown))]
        self.styles.grid_size_columns, self.styles.grid_size_rows = columns, max(1, -(-len(shown) // columns))
        for place, pane in enumerate([*panes, *new]):
            pane.display = place < len(shown)
            pane.styles.column_span = 1 if place else 1 + -len(shown) % columns
            if pane.display:
                pane.show(shown[place]())
        if new:
            self.mount(*new)
