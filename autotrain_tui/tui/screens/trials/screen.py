"""Trials: one row for each trial of a search, how the swept keys bear on the metric, and keys that act on trials."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.model.trial_parameters import log_keys, parameter_views
from autotrain_tui.tui.model.trial_picture import trials_picture
from autotrain_tui.tui.model.trial_rows import TrialRow, searches
from autotrain_tui.tui.panes.header import Header
from autotrain_tui.tui.panes.parameter_pane import ParameterPane
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines, toggle_maximized
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.trials.trial_list import NO_TRIAL, TrialList
from autotrain_tui.tui.widgets.background_work import background
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host

__all__ = ["TrialsScreen"]

_FRAME_AND_HEAD = 3
_CURVE_ROWS = 10
"""Rows below the list from which on the curves of the trials stand there."""
_HIGH = 50
"""Rows of the lists from which on the curves have a third of them, however many trials there are."""
_HINT = "running · state:stopped · lr>0.01 · optimizer=adam · best>0.9 · -word"


class TrialsScreen(ModeScreen):
    """The trials of one search."""

    MODE = "trials"
    ZOOMS = True
    CSS_PATH = "trials.tcss"
    AUTO_FOCUS = "#trials"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "rows('mark')",
            "Mark",
            id="trials.mark",
            tooltip="Mark it: p, s and the other keys act on all marked",
        ),
        Binding("o", "rows('sort')", "Order", id="trials.sort", tooltip="Order by the next column"),
        Binding("O", "rows('turn')", "Turn", id="trials.turn", show=False, tooltip="The same order backwards"),
        Binding(
            "slash", "rows('filter')", "Filter", id="trials.filter", key_display="/", tooltip="Trials by state or value"
        ),
        Binding(
            "v",
            "rows('parameters')",
            "Parameters",
            id="trials.parameters",
            tooltip="Show how the swept keys bear on it",
        ),
        Binding(
            "z", "rows('zoom')", "Zoom", id="trials.zoom", show=False, tooltip="Give the focused pane the whole window"
        ),
        Binding("left,right", "rows('search')", "Search", id="trials.search", show=False, tooltip="Another search"),
        Binding(
            "escape", "rows('clear')", "Clear", id="trials.clear", show=False, tooltip="Show all; then clear marks"
        ),
        *ACTION_BINDINGS,
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._table = TrialList(self, host)
        self._logs: tuple[str, frozenset[str]] = ("", frozenset())

    def compose(self) -> ComposeResult:
        """Header, table, curves, scatters, filter."""
        yield Header(id="header")
        with Horizontal(id="lists"):
            with Vertical(id="left"):
                yield ListView[TrialRow](
                    "Trials", self._table.draw, head=self._table.head, id="trials", classes="pane", empty=NO_TRIAL
                )
                yield CurvePane(id="curves", classes="pane")
            yield ParameterPane(id="parameters", classes="pane")
        yield FilterInput(_HINT)
        yield from bottom_lines(self)

    @property
    def selected(self) -> Stage | None:
        """The trial under the cursor."""
        row, view = self._table.row, self.host.view
        return view.session.stage(row.name) if row is not None and view is not None else None

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Everything again from the view."""
        if fresh:
            self._table.marked.clear()
        self.query_one(Header).show(view, read_only=self.host.read_only)
        self._table.read(view)
        self._show()
        self._draw_curves()
        self._show_parameters()

    def tick(self, view: View | None) -> None:
        """Clocks of trials that run."""
        if view is not None and view.alive and view.session.active:
            self.query_one(Header).show(view, read_only=self.host.read_only)
            self._table.read(view)
            self._show()

    def show_curves(self) -> None:
        """New readings: the little curves."""
        if self.whole:
            self._table.rows_view.repaint()
            self._draw_curves()

    @on(Input.Changed, "#filter")
    def _show(self) -> None:
        self._table.show()
        self.actions.refresh()

    def on_resize(self) -> None:
        """Room for the curves, or none."""
        self.call_after_refresh(self._draw_curves)

    def _draw_curves(self) -> None:
        """The trials over each other, below the list where it leaves room."""
        if not self.whole:
            return
        view, search, pane = self.host.view, self._table.search, self.query_one("#curves", CurvePane)
        rows = self.query_one("#lists").size.height
        free = rows - _FRAME_AND_HEAD - len(self._table.rows)
        room = max(free, rows // 3) if rows >= _HIGH else free
        pane.display = room >= _CURVE_ROWS and search is not None
        if not pane.display or view is None or search is None:
            return
        pane.styles.height = room
        metric, row = view.session.metric_name, self._table.row
        trials = view.session.trials_of(search.name)
        picture = trials_picture(
            trials, metric or "", view.session.metric_goal, self.host.curves.series_of_stage, row.name if row else ""
        )
        pane.show(picture if metric else None)

    @background("parameters")
    async def _show_parameters(self) -> None:
        """The scatters; which keys are drawn on a log axis is read once of each search."""
        view, search = self.host.view, self._table.search
        if view is None or search is None:
            return
        key = f"{view.folder.id}/{search.name}"
        if self._logs[0] != key:
            self._logs = (key, await asyncio.to_thread(log_keys, view.folder.plan, search.name))
        if self.whole:
            views = parameter_views(self._table.rows, self._table.names, self._logs[1])
            self.query_one(ParameterPane).show(views, view.session.metric_name or "")

    @on(ListView.Highlighted, "#trials")
    def _row_highlighted(self) -> None:
        self._draw_curves()
        self.actions.refresh()

    @on(ListView.Selected, "#trials")
    async def _row_selected(self) -> None:
        stage = self.selected
        if stage is not None:
            await self.host.show_mode("run")
            self.app.screen.query_one(StageList).select(stage.name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing now are greyed or hidden."""
        if action == "rows" and parameters[0] == "search":
            return self.host.view is not None and len(searches(self.host.view)) > 1
        if action == "rows" and parameters[0] in {"mark", "sort", "turn"}:
            return bool(self._table.rows) if self.whole else None
        return super().check_action(action, parameters)

    def action_act(self, name: str) -> None:
        """Act on the marked trials, else on the one under the cursor."""
        several = self._table.marked_stages
        if several:
            self.actions.act_on(name, several)
        else:
            super().action_act(name)

    def action_rows(self, what: str) -> None:
        """`mark`, `sort`, `turn`, `filter`, `search`, `parameters`, `zoom` or `clear`."""
        match what:
            case "filter":
                self.query_one(FilterInput).open()
                return
            case "zoom":
                toggle_maximized(self, self.focused)
                return
            case "parameters":
                self.toggle_class("-parameters" if self.has_class("-narrow") else "-no-parameters")
                self.call_after_refresh(self.query_one(ParameterPane).repaint)
                return
            case "search":
                self._table.next_search(1)
                self.refresh_view()
                return
            case "clear":
                self._table.clear()
            case _:
                self._table.act(what)
        self._show()

    @on(Input.Submitted, "#filter")
    def _filter_submitted(self) -> None:
        self.set_focus(self._table.rows_view)
