"""Metrics: every series of the session as a curve, in a grid that fills the window."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize

from autotrain_tui.session.view import View
from autotrain_tui.tui.screens.base import ACTION_BINDINGS, ModeScreen
from autotrain_tui.tui.widgets.curve import CurvePane, Picture
from autotrain_tui.tui.widgets.header import Header

__all__ = ["MetricsScreen"]

_MOST = 12
"""Curves in sight at once; the others are pages."""
_LEAST_HEIGHT = 9
_INKS = 7


class _Curve(CurvePane, can_focus=True):
    """A curve that can be zoomed."""


class MetricsScreen(ModeScreen):
    """All curves of one session."""

    MODE = "metrics"
    CSS_PATH = "metrics.tcss"
    AUTO_FOCUS = "_Curve"
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACTION_BINDINGS,
        Binding("z", "zoom", "Zoom", id="metrics.zoom", tooltip="Give one curve the whole window, and back"),
        Binding("pagedown", "page(1)", "More", id="metrics.more", tooltip="The next page of curves"),
        Binding("pageup", "page(-1)", "Back", id="metrics.back", show=False, tooltip="The page of curves before"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._page = 0
        self._shown = 1

    def compose_body(self) -> ComposeResult:
        """Header and grid."""
        yield Header(id="header")
        with Container(id="grid"):
            for place in range(_MOST):
                yield _Curve(id=f"curve-{place}", classes="pane")

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Another session begins on its first page."""
        if fresh:
            self._page = 0
        self.query_one(Header).show(view)
        if fresh:
            self.show_tracks()

    def tick(self, view: View) -> None:
        """The header's clock."""
        self.query_one(Header).show(view)

    def show_tracks(self) -> None:
        """Lay out as many curves as there are and fit, and draw them."""
        view = self.view
        if view is None or not self.is_mounted:
            return
        tracks = self.app.tracks
        names = tracks.names(view)
        columns, rows = self._layout(len(names))
        self._shown = columns * rows
        pages = max(1, -(-len(names) // self._shown))
        self._page = min(self._page, pages - 1)
        page = names[self._page * self._shown : (self._page + 1) * self._shown]
        grid = self.query_one("#grid")
        grid.styles.grid_size_columns, grid.styles.grid_size_rows = columns, min(rows, max(1, -(-len(page) // columns)))
        for place in range(_MOST):
            pane = self.query_one(f"#curve-{place}", CurvePane)
            pane.display = place < max(1, len(page))
            # the headline takes what an incomplete row would leave empty
            pane.styles.column_span = 1 + (-len(page) % columns if not place and self._page == 0 else 0)
            if place < len(page):
                ink = f"curve-{(self._page * self._shown + place) % _INKS + 1}"
                pane.show(tracks.picture(view, page[place], ink))
            elif not page and not place:
                pane.show(Picture("Metrics", empty="No metric yet. They are read from what the program prints, from "
                                                   "the file AUTOTRAIN_METRICS names, and from its result file."))
        self.refresh_bindings()

    def _layout(self, count: int) -> tuple[int, int]:
        """Columns and rows of the grid."""
        width, height = self.size.width, max(_LEAST_HEIGHT, self.size.height - 3)
        columns = max(1, min(3 if width >= 180 else 2 if width >= 80 else 1, count))
        rows = max(1, min(height // _LEAST_HEIGHT, _MOST // columns, -(-count // columns)))
        return columns, rows

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages only where there are several."""
        if action == "page":
            return self.view is not None and len(self.app.tracks.names(self.view)) > self._shown
        return super().check_action(action, parameters)

    def action_page(self, by: int) -> None:
        """Another page of curves."""
        self._page = max(0, self._page + by)
        self.show_tracks()

    def action_zoom(self) -> None:
        """Give the focused curve the whole window, or put it back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)

    def on_resize(self, _event: Resize) -> None:
        """Another size, another grid."""
        self.show_tracks()
