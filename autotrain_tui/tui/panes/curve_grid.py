"""Curves side by side: as many as fit, the others on further pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus

from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.panes.metric_panes import GridCurve

__all__ = ["CurveGrid"]

_MOST = 18
"""Curves in sight at once."""
_LEAST_HEIGHT = 9


class CurveGrid(Container):
    """A grid of curves. The current curve is the one that has the focus, or had it last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "neighbour(-1)", "Previous", id="metrics.left", show=False, tooltip="Previous curve"),
        Binding("right,down", "neighbour(1)", "Next", id="metrics.right", show=False, tooltip="Next curve"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.at: str | None = None
        """The current metric."""
        self.several = False
        """Whether there is more than one page."""
        self._page = 0

    def compose(self) -> ComposeResult:
        """Room for as many as ever fit."""
        for place in range(_MOST):
            yield GridCurve(id=f"curve-{place}", classes="pane")

    def begin(self) -> None:
        """Show the first page, with no current curve."""
        self._page, self.at = 0, None

    def at_hand(self, names: Sequence[str]) -> str:
        """The current metric if it is one of these, else the first."""
        return self.at if self.at is not None and self.at in names else names[0]

    def turn(self, by: int) -> None:
        """Another page, from the next `show` on; 0 = the first."""
        self._page = max(0, self._page + by) if by else 0

    def show(self, names: Sequence[str], draw: Callable[[str], Picture], width: int, height: int, empty: str) -> None:
        """Draw the page's curves in `width` x `height` cells; `empty` is shown when there is none."""
        columns, rows = _layout(len(names), width, height)
        room = columns * rows
        self.several = len(names) > room
        self._page = max(0, min(self._page, -(-len(names) // room) - 1))
        page = names[self._page * room : (self._page + 1) * room]
        self.styles.grid_size_columns, self.styles.grid_size_rows = columns, min(rows, max(1, -(-len(page) // columns)))
        for place in range(_MOST):
            pane = self.query_one(f"#curve-{place}", GridCurve)
            pane.display = place < max(1, len(page))
            # the headline takes what an incomplete row would leave empty
            pane.styles.column_span = 1 + (-len(page) % columns if not place and self._page == 0 else 0)
            if place < len(page):
                pane.name_shown = page[place]
                pane.show(draw(page[place]))
            elif not page and not place:
                pane.show(Picture("Metrics", empty=empty))

    def enter(self) -> None:
        """Focus the current curve, else the first."""
        pane = next((pane for pane in self._panes() if pane.name_shown == self.at), None)
        self.screen.set_focus(pane or self.query_one("#curve-0"))

    def action_neighbour(self, by: int) -> None:
        """Give the focus to the curve before or after."""
        panes = self._panes()
        at = next((place for place, pane in enumerate(panes) if pane.has_focus), 0)
        self.screen.set_focus(panes[(at + by) % len(panes)])

    def _panes(self) -> list[GridCurve]:
        return [pane for pane in self.query(GridCurve) if pane.display]

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, GridCurve):
            self.at = event.widget.name_shown or None


def _layout(count: int, width: int, height: int) -> tuple[int, int]:
    """Columns and rows for a number of curves."""
    columns = max(1, min(3 if width >= 150 else 2 if width >= 76 else 1, count))
    rows = max(1, min(max(_LEAST_HEIGHT, height) // _LEAST_HEIGHT, _MOST // columns, -(-count // columns)))
    return columns, rows
