"""Compare: marked sessions side by side, their figures above, their curves over one another below."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from autotrain_tui.session.comparison import comparison
from autotrain_tui.session.report import show
from autotrain_tui.tui.overlays import Overlays
from autotrain_tui.tui.tracks import AXES, Drawing, goal_of
from autotrain_tui.tui.widgets.compare_table import CompareTable
from autotrain_tui.tui.widgets.curve_detail import CurveDetail
from autotrain_tui.tui.widgets.dots import toggle_dots
from autotrain_tui.tui.widgets.key_bar import KeyBar
from autotrain_tui.tui.widgets.painted import frame_title

if TYPE_CHECKING:
    from autotrain_tui.tui.app import AutotrainApp

__all__ = ["CompareScreen"]


class CompareScreen(Screen[None]):
    """Some sessions side by side; Escape leads back."""

    CSS_PATH = "compare.tcss"
    AUTO_FOCUS = "CurveDetail"
    BINDING_GROUP_TITLE = "Compare"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c", "app.pop_screen", "Back", id="compare.back", tooltip="Back to the sessions"),
        Binding("n", "metric(1)", "Next metric", id="compare.next", tooltip="Another metric's curves"),
        Binding("N", "metric(-1)", "Metric before", id="compare.before", show=False, tooltip="The metric before"),
        Binding("a", "axis", "Axis", id="compare.axis", tooltip="Draw over time, steps or epochs"),
        Binding("o", "smooth", "Smooth", id="compare.smooth", tooltip="Smooth the curves, and back"),
        Binding("y", "log", "Log", id="compare.log", tooltip="A logarithmic y axis, and back"),
        Binding("D", "dots", "Dots", id="compare.dots", show=False, tooltip="Draw with braille or with blocks"),
    ]

    if TYPE_CHECKING:
        app: getters.app[AutotrainApp]

    def __init__(self, sessions: Path, names: list[str]) -> None:
        super().__init__()
        self._sessions, self._names = sessions, names
        self._overlays = Overlays()
        self._at = 0
        self._drawing = Drawing()

    def compose(self) -> ComposeResult:
        """Tables, curves, keys."""
        with VerticalScroll(id="tables", can_focus=False):
            yield CompareTable(id="table")
        yield CurveDetail(id="curves", classes="pane")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Read the sessions."""
        self._load()

    @work(group="load", exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        await self._overlays.choose(self._sessions, self._names)
        views = [one.view for one in self._overlays.shown]
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
        names = self._overlays.names()
        if names:
            name = names[self._at % len(names)]
            picture = self._overlays.picture(name, self._drawing)
            self.query_one(CurveDetail).show(picture, goal_of(self._overlays.shown[0].view, name), fresh=fresh)

    def label_of(self, binding: Binding) -> str:
        """Keys that change how it is drawn say how it is now."""
        if binding.id == "compare.axis":
            return f"Over {self._drawing.axis}"
        return binding.description

    def action_metric(self, by: int) -> None:
        """Another metric."""
        self._at += by
        self._draw(fresh=True)

    def action_axis(self) -> None:
        """Over time, steps, epochs in turn."""
        axis = AXES[(AXES.index(self._drawing.axis) + 1) % len(AXES)]
        self._drawing = msgspec.structs.replace(self._drawing, axis=axis)
        self._draw(fresh=True)
        self.refresh_bindings()

    def action_smooth(self) -> None:
        """Smoothed, and back."""
        self._drawing = msgspec.structs.replace(self._drawing, weight=0.0 if self._drawing.weight else 0.9)
        self._draw()

    def action_log(self) -> None:
        """Logarithmic, and back."""
        self._drawing = msgspec.structs.replace(self._drawing, log=not self._drawing.log)
        self._draw()

    def action_dots(self) -> None:
        """Braille or blocks."""
        toggle_dots()
        self._draw()
