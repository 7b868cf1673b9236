"""Metrics: every series of the session as a curve, in a grid that fills the window; one alone with its figures."""

from __future__ import annotations

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Input

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.charts.curve_detail import CurveDetail
from autotrain_tui.tui.model.compared_curves import CURVE_COLOURS, short_id
from autotrain_tui.tui.model.session_curves import goal_of
from autotrain_tui.tui.panes.curve_grid import CurveGrid
from autotrain_tui.tui.panes.header import Header
from autotrain_tui.tui.panes.metric_panes import Legend, MetricEntry, metric_line
from autotrain_tui.tui.screens.base.chart_settings import DRAWING_BINDINGS
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.metrics.compared_overlay import LaidOver
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.list_view import ListView

__all__ = ["MetricsScreen"]

_LIST_WIDTH = 30
_NOTHING = (
    "No metric yet. They are read from what the program prints, from the file AUTOTRAIN_METRICS names, and "
    "from its result file."
)
_UNNAMED = "No metric is named like this; Esc shows all."


class MetricsScreen(LaidOver):
    """All curves of one session, the marked ones laid over."""

    MODE = "metrics"
    CSS_PATH = "metrics.tcss"
    AUTO_FOCUS = "GridCurve"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "zoom", "Zoom", id="metrics.zoom", tooltip="Give one curve the whole window, and back"),
        *DRAWING_BINDINGS,
        Binding("slash", "filter", "Filter", id="metrics.filter", key_display="/", tooltip="Curves by name"),
        Binding("space", "pick", "Pick", id="metrics.pick", tooltip="Show only the curves that are picked"),
        Binding("pagedown", "page(1)", "More", id="metrics.more", tooltip="The next page of curves"),
        Binding("pageup", "page(-1)", "Back", id="metrics.back", show=False, tooltip="The page of curves before"),
        Binding("m", "list", "List", id="metrics.list", show=False, tooltip="Show or hide the list in a narrow window"),
        Binding("escape", "back", "Back", id="metrics.escape", show=False, tooltip="Out of zoom, filter and picks"),
        *ACTION_BINDINGS,
    ]

    _grid = getters.query_one(CurveGrid)
    _filter = getters.query_one(FilterInput)

    def __init__(self) -> None:
        super().__init__()
        self._picked: set[str] = set()

    def compose_body(self) -> ComposeResult:
        """Header, list, grid, the one zoomed, filter."""
        yield Header(id="header")
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield ListView[MetricEntry]("Metrics", metric_line, id="series", classes="pane", empty="none")
                yield Legend(id="legend", classes="pane")
            yield CurveGrid(id="grid")
            yield CurveDetail(id="detail", classes="pane")
        yield FilterInput("part of a metric's name")

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Another session begins on its first page."""
        if fresh:
            self._grid.begin()
            self._picked.clear()
        self.query_one(Header).show(view)
        if fresh:
            self.show_curves()

    def tick(self, view: View) -> None:
        """The header's clock."""
        super().tick(view)
        self.query_one(Header).show(view)

    def _names(self) -> list[str]:
        """The metrics to show: those that pass the filter, or only the picked ones."""
        view = self.view
        if view is None:
            return []
        words = self._filter.value.lower().split()
        names = dict.fromkeys((*self.app.curves.names(view), *self.compared.names()))
        return [name for name in names if all(word in name.lower() for word in words)]

    def show_curves(self) -> None:
        """Lay out as many curves as there are and fit, and draw them."""
        view = self.view
        if view is None or not self.whole:
            return
        names = self._names()
        colours = {name: CURVE_COLOURS[place % len(CURVE_COLOURS)] for place, name in enumerate(names)}
        self._show_list(names, colours)
        shown = [name for name in names if name in self._picked] or names
        if self.has_class("-zoomed") and self._grid.at is not None:
            self._show_detail(view, colours)
        else:
            width = self.size.width - (_LIST_WIDTH if self.query_one("#side").display else 0)
            self._grid.show(
                shown,
                lambda name: self.picture(view, name, colours[name]),
                width,
                self.size.height - 3,
                _UNNAMED if self._filter.value else _NOTHING,
            )
        self.refresh_bindings()

    def _show_list(self, names: list[str], colours: dict[str, str]) -> None:
        rows = self.query_one("#series", ListView)
        curves, over = self.app.curves, bool(self.compared.shown)
        entries = []
        for name in names:
            found = [series for series in curves.series(name) if len(series)]
            entries.append(
                MetricEntry(
                    name, "muted" if over else colours[name], found[-1].last if found else None, name in self._picked
                )
            )
        facts = [f"over {self.drawing.axis}"] + [f"{len(self._picked)} picked"] * bool(self._picked)
        rows.facts = " · ".join(facts)
        own = self.view.folder.id if self.view is not None else ""
        self.query_one(Legend).show(
            [
                (CURVE_COLOURS[0], short_id(own)),
                *((one.colour, short_id(one.view.folder.id)) for one in self.compared.shown),
            ]
            if over
            else []
        )
        rows.show(entries, same=lambda entry: entry.name)

    def _show_detail(self, view: View, colours: dict[str, str], *, fresh: bool = False) -> None:
        name = self._grid.at or ""
        picture = self.picture(view, name, colours.get(name, CURVE_COLOURS[0]))
        self.query_one(CurveDetail).show(picture, goal_of(view, name), fresh=fresh)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages only where there are several; the rest only where there is a curve."""
        if action == "page":
            return self.whole and self._grid.several and not self.has_class("-zoomed")
        if action in {"zoom", "pick"}:
            return True if self.whole and self._names() else None
        if action == "list":
            return self.has_class("-narrow")
        can = super().check_action(action, parameters)
        return bool(can) if action == "act" else can  # what can do nothing is Run's to show

    def label_of(self, binding: Binding) -> str:
        """A key that changes how curves are drawn says how they are now."""
        if binding.id == "metrics.zoom" and self.has_class("-zoomed"):
            return "All curves"
        return self.drawing_label(binding) or super().label_of(binding)

    def redraw(self, *, fresh: bool) -> None:
        """Another way to draw."""
        if fresh and self.view is not None and self.has_class("-zoomed"):
            self._show_detail(self.view, {}, fresh=True)
        self.show_curves()

    def action_page(self, by: int) -> None:
        """Another page of curves."""
        self._grid.turn(by)
        self.show_curves()

    def action_list(self) -> None:
        """The list in a narrow window."""
        self.toggle_class("-listed")
        self.call_after_refresh(self.show_curves)

    def action_zoom(self) -> None:
        """Give the curve at hand the whole window, or put it back."""
        view, names = self.view, self._names()
        if self.has_class("-zoomed"):
            self.action_back()
        elif view is not None and names:
            self._grid.at = self._grid.at_hand(names)
            self.add_class("-zoomed")
            self._show_detail(
                view, {name: CURVE_COLOURS[place % len(CURVE_COLOURS)] for place, name in enumerate(names)}, fresh=True
            )
            if not self.query_one("#series").has_focus:
                self.set_focus(self.query_one(CurveDetail))

    def action_back(self) -> None:
        """One step back: out of zoom, then of the filter, then of the picks."""
        if self.has_class("-zoomed"):
            self.remove_class("-zoomed")
            self._grid.enter()
        elif self._filter.in_use:
            self._filter.put_away()
            self._grid.enter()
        else:
            self._picked.clear()
        self.show_curves()

    def action_pick(self) -> None:
        """Pick the curve at hand, or put it back among the others."""
        names = self._names()
        if names:
            self._picked ^= {self._grid.at_hand(names)}
            self.show_curves()

    def action_filter(self) -> None:
        """Type a part of a name."""
        self._filter.open()

    @on(ListView.Highlighted, "#series")
    def _moved(self) -> None:
        entry = self.query_one("#series", ListView).highlighted
        view = self.view
        if isinstance(entry, MetricEntry) and view is not None:
            self._grid.at = entry.name
            if self.has_class("-zoomed"):
                self._show_detail(view, {entry.name: entry.colour}, fresh=True)

    @on(ListView.Selected, "#series")
    def _taken(self) -> None:
        if not self.has_class("-zoomed"):
            self.action_zoom()

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        self._grid.turn(0)
        self.show_curves()

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self._grid.enter()

    def on_resize(self, _event: Resize) -> None:
        """Another size, another grid."""
        self.call_after_refresh(self.show_curves)
