"""Compare: marked sessions side by side, their figures above, their curves over one another below."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from autotrain_tui.session.history.comparison import comparison
from autotrain_tui.session.history.documents import show
from autotrain_tui.tui.charts.curve_detail import CurveDetail
from autotrain_tui.tui.model.compared_curves import ComparedCurves
from autotrain_tui.tui.model.session_curves import goal_of
from autotrain_tui.tui.model.view_settings import COMPARE, recall, remember
from autotrain_tui.tui.screens.base.chart_settings import CHART_BINDINGS, ChartSettings
from autotrain_tui.tui.screens.history.compare_table import CompareTable
from autotrain_tui.tui.widgets.background_work import background
from autotrain_tui.tui.widgets.key_bar import KeyBar
from autotrain_tui.tui.widgets.line_widget import frame_title

__all__ = ["CompareScreen"]


class CompareScreen(Screen[None]):
    """Some sessions side by side; Escape leads back."""

    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = "CurveDetail"
    BINDING_GROUP_TITLE = "Compare"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c", "app.pop_screen", "Back", id="compare.back", tooltip="Back to the sessions"),
        Binding("n", "metric(1)", "Next metric", id="compare.next", tooltip="Another metric's curves"),
        Binding("N", "metric(-1)", "Previous metric", id="compare.before", show=False, tooltip="The previous metric"),
        *CHART_BINDINGS,
    ]

    def __init__(self, sessions: Path, names: list[str]) -> None:
        super().__init__()
        self._sessions, self._names = sessions, names
        self._compared = ComparedCurves()
        self._charts = ChartSettings()
        self._at = 0

    def compose(self) -> ComposeResult:
        """Tables, curves, keys."""
        with VerticalScroll(id="tables", can_focus=False):
            yield CompareTable(id="table")
        yield CurveDetail(id="curves", classes="pane", marks_best=True)
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Draw as it was left the last time; read the sessions."""
        left = recall(COMPARE)
        if left is not None:
            self._charts.restore(left)
        self._load()

    @background("load")
    async def _load(self) -> None:
        await self._compared.choose(self._sessions, self._names)
        views = [one.view for one in self._compared.shown]
        documents = await asyncio.to_thread(lambda: [show(view) for view in views])
        if not self.is_mounted or not documents:
            return
        missing = len(self._names) - len(documents)
        facts = f"{len(documents)} sessions" + (f" · {missing} can't be read" if missing else "")
        tables = self.query_one("#tables")
        tables.border_title = frame_title("Compare", facts, tables.outer_size.width)
        self.query_one(CompareTable).show(comparison(documents), documents)
        self._draw(fresh=True)

    def _draw(self, *, fresh: bool = False) -> None:
        names = self._compared.names()
        if names:
            name = names[self._at % len(names)]
            picture = self._compared.picture(name, self._charts.drawing)
            self.query_one(CurveDetail).show(picture, goal_of(self._compared.shown[0].view, name), fresh=fresh)

    def label_of(self, binding: Binding) -> str:
        """Keys that change how it is drawn say how it is now."""
        return self._charts.label(binding) or binding.description

    def action_chart(self, setting: str) -> None:
        """Draw in another way, the next time too."""
        self._draw(fresh=self._charts.change(setting))
        remember(COMPARE, self._charts.left())
        self.refresh_bindings()

    def action_metric(self, by: int) -> None:
        """Another metric."""
        self._at += by
        self._draw(fresh=True)
