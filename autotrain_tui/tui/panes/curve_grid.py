"""Curves side by side: as many as fit, the others on further pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.panes.metric_panes import GridCurve

__all__ = ["CurveGrid"]

_MOST = 18
"""Curves in sight at once."""
_LEAST_HEIGHT = 9
_DRAWS_AFTER = 1 / 30
"""Seconds from a move of the mouse until the cursor is drawn."""


class CurveGrid(Container):
    """A grid of curves. The current curve is the one that has the focus, or had it last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "neighbour(-1)", "Previous", id="metrics.left", show=False, tooltip="Previous curve"),
        Binding("right,down", "neighbour(1)", "Next", id="metrics.right", show=False, tooltip="Next curve"),
        Binding(
            "home",
            "cursor_end(-1)",
            "First",
            id="metrics.first",
            show=False,
            tooltip="Read the first value of every curve",
        ),
        Binding(
            "end", "cursor_end(1)", "Last", id="metrics.last", show=False, tooltip="Read the last value of every curve"
        ),
    ]

    def __init__(self, entered: Callable[[], None], *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        """`entered` is called when another curve has got the focus."""
        super().__init__(id=id)
        self._entered = entered
        self.at: str | None = None
        """The current metric."""
        self.several = False
        """Whether there is more than one page."""
        self.cursor: float | None = None
        """The place on x that every curve is read at; None while the cursor is off."""
        self._pointed: float | None = None
        """The place under the mouse, which is read while the mouse is over a curve."""
        self._draws = False
        """Whether the cursor is drawn anew in a moment."""
        self._page = 0

    def compose(self) -> ComposeResult:
        """Room for as many as ever fit."""
        for place in range(_MOST):
            yield GridCurve(id=f"curve-{place}", classes="pane")

    def begin(self) -> None:
        """Show the first page, with no current curve."""
        self._page, self.at = 0, None
        self.set_cursor(None)

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
                pane.name_shown, pane.cursor = page[place], self._read_at
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

    @property
    def _read_at(self) -> float | None:
        return self.cursor if self._pointed is None else self._pointed

    def set_cursor(self, cursor: float | None) -> None:
        """Read every curve at this place on x, or at none."""
        self.cursor, self._pointed = cursor, None
        self._draw_cursor()

    def move_cursor(self, by: int) -> None:
        """Move the cursor by a cell of the current curve; it begins at the last point, or going right at the first."""
        pane = self._current()
        if pane is None:
            return
        low, high = pane.x_range
        first, last = pane.read_range
        at = self._read_at
        step = (high - low) / max(8, pane.content_size.width - 8)
        place = (last if by < 0 else first) if at is None else at + by * step
        self.set_cursor(max(first, min(last, place)))

    def action_cursor_end(self, end: int) -> None:
        """Move the cursor to the first or to the last place."""
        pane = self._current()
        if pane is not None:
            self.set_cursor(pane.read_range[0 if end < 0 else 1])

    def _current(self) -> GridCurve | None:
        """The current curve's pane if it has a curve, else the first one that has."""
        panes = [pane for pane in self._panes() if pane.has_curve]
        return next((pane for pane in panes if pane.name_shown == self.at), panes[0] if panes else None)

    @on(events.MouseMove)
    def _mouse_moved(self, event: events.MouseMove) -> None:
        """The cursor follows the mouse, at most 30 times a second: all curves are drawn for it."""
        pane = event.widget
        offset = event.get_content_offset(pane) if isinstance(pane, GridCurve) else None
        self._point(pane.place_at(offset.x) if isinstance(pane, GridCurve) and offset is not None else None)

    @on(events.Leave)
    def _mouse_left(self) -> None:
        """Without the mouse, the cursor is where the keys have put it."""
        self._point(None)

    def _point(self, place: float | None) -> None:
        if place == self._pointed:
            return
        self._pointed = place
        if not self._draws:
            self._draws = True
            self.set_timer(_DRAWS_AFTER, self._draw_cursor)

    def _draw_cursor(self) -> None:
        self._draws = False
        for pane in self._panes():
            pane.point(self._read_at)

    def _panes(self) -> list[GridCurve]:
        return [pane for pane in self.query(GridCurve) if pane.display]

    @on(events.DescendantFocus)
    def _focused(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, GridCurve):
            self.at = event.widget.name_shown or None
            self._entered()


def _layout(count: int, width: int, height: int) -> tuple[int, int]:
    """Columns and rows for a number of curves."""
    columns = max(1, min(3 if width >= 150 else 2 if width >= 76 else 1, count))
    rows = max(1, min(max(_LEAST_HEIGHT, height) // _LEAST_HEIGHT, _MOST // columns, -(-count // columns)))
    return columns, rows
