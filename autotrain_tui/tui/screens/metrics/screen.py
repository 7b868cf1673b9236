"""Metrics: every series of the session as a curve, in a grid that fills the window; one alone with its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Input

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.charts.curve_detail import CurveDetail
from autotrain_tui.tui.panes.curve_grid import CurveGrid
from autotrain_tui.tui.panes.header import Header
from autotrain_tui.tui.panes.metric_panes import Legend, MetricEntry, metric_head, metric_line
from autotrain_tui.tui.panes.metric_readings import ReadingsPane
from autotrain_tui.tui.panes.session_facts import SessionFactsPane
from autotrain_tui.tui.screens.base.chart_settings import CHART_BINDINGS, ChartSettings
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.metrics.curve_browser import CurveBrowser
from autotrain_tui.tui.screens.metrics.marked_sessions import MarkedSessions
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host

__all__ = ["MetricsScreen"]


class MetricsScreen(ModeScreen):
    """All curves of one session, drawn together with those of the marked ones."""

    MODE = "metrics"
    CSS_PATH = "metrics.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]  # noqa: RUF012  Textual's own form
    HORIZONTAL_BREAKPOINTS = [*ModeScreen.HORIZONTAL_BREAKPOINTS[:-1], (140, "-roomy"), (180, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = "GridCurve"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "browse('zoom')", "Zoom", id="metrics.zoom", tooltip="Give one curve the whole window, and back"),
        Binding(
            "h",
            "browse('cursor_left')",
            "Cursor",
            id="metrics.cursor_left",
            key_display="hl",
            tooltip="Read every curve at one place: the cursor one cell to the left",
        ),
        Binding(
            "l",
            "browse('cursor_right')",
            "Cursor right",
            id="metrics.cursor_right",
            show=False,
            tooltip="The cursor of every curve one cell to the right",
        ),
        *CHART_BINDINGS,
        Binding("slash", "filter", "Filter", id="metrics.filter", key_display="/", tooltip="Curves by name"),
        Binding("space", "browse('pick')", "Pick", id="metrics.pick", tooltip="Show only the curves that are picked"),
        Binding(
            "i",
            "browse('explain')",
            "Explain",
            id="metrics.explain",
            tooltip="What was read of the log, and what left out",
        ),
        Binding(
            "f",
            "browse('fold')",
            "Other kinds",
            id="metrics.fold",
            tooltip="Show rates and the optimiser's curves, and hide",
        ),
        Binding(
            "v",
            "browse('frame')",
            "Pairs",
            id="metrics.frame",
            tooltip="Training and validation in one frame; each in its own; what is picked in one",
        ),
        Binding("pagedown", "browse('page_down')", "More", id="metrics.more", tooltip="The next page of curves"),
        Binding(
            "pageup", "browse('page_up')", "Back", id="metrics.back", show=False, tooltip="The previous page of curves"
        ),
        Binding(
            "m",
            "browse('list')",
            "List",
            id="metrics.list",
            show=False,
            tooltip="Show or hide the list in a narrow window",
        ),
        Binding(
            "escape",
            "browse('back')",
            "Back",
            id="metrics.escape",
            show=False,
            tooltip="Out of zoom, cursor, filter and picks",
        ),
        *ACTION_BINDINGS,
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._charts = ChartSettings()
        self._marked = MarkedSessions(self, host, self.show_curves)
        self._browser = CurveBrowser(self, host, self._charts, self._marked)

    def compose(self) -> ComposeResult:
        """Header, list, grid, the one zoomed, filter."""
        yield Header(id="header")
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield ListView[MetricEntry](
                    "Metrics", metric_line, head=metric_head, id="series", classes="pane", empty="none"
                )
                yield ReadingsPane(id="readings", classes="pane")
                yield SessionFactsPane(id="facts", classes="pane")
                yield Legend(id="legend", classes="pane")
            yield CurveGrid(self._browser.show_readings, id="grid")
            yield CurveDetail(id="detail", classes="pane")
        yield FilterInput("part of a metric's name")
        yield from bottom_lines(self)

    def on_screen_resume(self) -> None:
        """Other sessions may be marked now."""
        super().on_screen_resume()
        self._marked.load()

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Another session begins on its first page."""
        if fresh:
            self._browser.begin()
            self._browser.restore(view.session.plan)
        self.query_one(Header).show(view, read_only=self.host.read_only)
        self.query_one(SessionFactsPane).show(view, self.host.earlier)
        if fresh:
            self.show_curves()

    def tick(self, view: View | None) -> None:
        """The header's clock, and marked sessions that run."""
        if view is not None:
            self._marked.tick()
            self.query_one(Header).show(view, read_only=self.host.read_only)

    def show_curves(self) -> None:
        """Draw every curve."""
        if self.whole:
            self._browser.show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing now are greyed or hidden."""
        if action == "browse":
            return self._browser.check(str(parameters[0])) if self.whole else None
        can = super().check_action(action, parameters)
        return bool(can) if action == "act" else can  # what can do nothing is Run's to show

    def label_of(self, binding: Binding) -> str:
        """A key that changes how curves are drawn says how they are now."""
        if binding.id == "metrics.zoom" and self._browser.zoomed:
            return "All curves"
        if binding.id == "metrics.fold" and self._browser.shows_all:
            return "Quality only"
        if binding.id == "metrics.frame":
            return {"pairs": "Pairs", "each": "Each alone", "picked": "Picked in one"}[self._browser.framing]
        return self._charts.label(binding) or super().label_of(binding)

    def action_chart(self, setting: str) -> None:
        """Draw in another way."""
        self._browser.redraw(fresh=self._charts.change(setting))
        self._browser.remember()

    def action_browse(self, action: str) -> None:
        """Zoom, pick, turn a page, go back."""
        self._browser.act(action)
        if action in ("frame", "back"):
            self._browser.remember()

    def action_filter(self) -> None:
        """Type a part of a name."""
        self.query_one(FilterInput).open()

    @on(ListView.Highlighted, "#series")
    def _metric_highlighted(self) -> None:
        entry = self.query_one("#series", ListView).highlighted
        if isinstance(entry, MetricEntry):
            self._browser.highlight(entry)

    @on(ListView.Selected, "#series")
    def _metric_selected(self) -> None:
        if not self._browser.zoomed:
            self._browser.act("zoom")

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self._browser.grid.turn(0)
        self.show_curves()

    @on(Input.Submitted, "#filter")
    def _filter_submitted(self) -> None:
        self._browser.grid.enter()
        self._browser.remember()

    def on_resize(self, _event: Resize) -> None:
        """Another size, another grid."""
        self.call_after_refresh(self.show_curves)
