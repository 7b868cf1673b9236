"""Run: the stages, the log, the headline's curve and the machine, of one session."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.log.tiles import LogTiles
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.panes.header import Header
from autotrain_tui.tui.panes.notice import Notice
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.run.log_entries import log_entries
from autotrain_tui.tui.widgets.container import PlainContainer

if TYPE_CHECKING:
    from autotrain_tui.tui.charts.curve_pane import CurvePane
    from autotrain_tui.tui.panes.machine_pane import MachinePane, MachineStrip
    from autotrain_tui.tui.panes.stage_detail import StageDetail

__all__ = ["RunScreen"]

_NO_METRIC = "No metric yet. Numbers that the program prints, or writes to AUTOTRAIN_METRICS, are drawn here."
_AFTER_FIRST_PAINT = 0.05
"""Seconds until what is not needed at once is imported and mounted."""
_WIDE_ENOUGH = 110
"""Cells from which the stages have room for their details."""
_OWN_KEYS = frozenset({"up", "down", "pageup", "pagedown", "home", "end", "left", "right"})
"""Keys that mean something else where a list has the focus."""


def _log_bindings() -> list[BindingType]:
    """The log's keys, so that they work wherever the focus is."""
    found: list[BindingType] = []
    for binding in LogPane.BINDINGS:
        if isinstance(binding, Binding):
            keys = ",".join(key for key in binding.key.split(",") if key not in _OWN_KEYS)
            if keys:
                found.append(
                    Binding(
                        keys,
                        f"log({binding.action!r})",
                        binding.description,
                        id=binding.id,
                        show=binding.show,
                        tooltip=binding.tooltip,
                        priority=binding.priority,
                    )
                )
    return found


class RunScreen(ModeScreen):
    """The screen a person looks at all day."""

    MODE = "run"
    CSS_PATH = "run.tcss"
    AUTO_FOCUS = "StageList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACTION_BINDINGS,
        *_log_bindings(),
        Binding("v", "tiles", "Tiles", id="run.tiles", tooltip="One log, two, four, or all in one"),
        Binding("z", "zoom", "Zoom", id="run.zoom", tooltip="Give the focused pane the whole window, and back"),
        Binding(
            "left_square_bracket",
            "attempt(-1)",
            "Attempt before",
            id="run.attempt_before",
            show=False,
            tooltip="Show the log of the attempt before",
        ),
        Binding(
            "right_square_bracket",
            "attempt(1)",
            "Attempt after",
            id="run.attempt_after",
            show=False,
            tooltip="Show the log of the attempt after",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._attempt: int | None = None  # None: the latest
        self._completing = False
        self._detail: StageDetail | None = None
        self._curves: tuple[CurvePane, ...] = ()
        self._gauges: tuple[MachinePane | MachineStrip, ...] = ()

    def compose_body(self) -> ComposeResult:
        """Header, notice, and places for the panes, which the window's width arranges."""
        yield Header(id="header")
        yield Notice(id="notice")
        stages = StageList(id="stages", classes="pane")
        stages.compact = self.app.size.width < _WIDE_ENOUGH
        with PlainContainer(id="panes"):
            with PlainContainer(id="left"):
                yield stages
            yield LogTiles(id="log")
        yield PlainContainer(id="foot")

    async def _complete(self) -> None:
        """Curves, gauges and details: imported and mounted after the first paint."""
        from autotrain_tui.tui.charts.curve_pane import CurvePane
        from autotrain_tui.tui.panes.machine_pane import MachinePane, MachineStrip
        from autotrain_tui.tui.panes.stage_detail import StageDetail

        panes, left, foot = (self.query_one(place) for place in ("#panes", "#left", "#foot"))
        if not (panes.is_attached and left.is_attached and foot.is_attached):
            if self.is_attached:  # a slow machine: once more; a screen that is being left: never
                self.set_timer(_AFTER_FIRST_PAINT, self._complete)
            return
        self._detail = StageDetail(id="detail", classes="pane")
        self._curves = (CurvePane(id="curve", classes="pane"), CurvePane(id="curve-2", classes="pane"))
        self._gauges = (MachinePane(id="machine", classes="pane"), MachineStrip(id="strip"))
        async with self.batch():
            # all begun before any is waited for: the screen may be left meanwhile
            begun = (
                left.mount(self._detail),
                foot.mount(self._gauges[1]),
                panes.mount(PlainContainer(*self._curves, self._gauges[0], id="right")),
            )
            for mount in begun:
                await mount
        self.refresh_view()
        self.show_machine()
        self.show_curves()

    @property
    def chosen(self) -> Stage | None:
        """The stage under the list's cursor."""
        return self.query_one(StageList).chosen if self.whole else None

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Everything anew from the view."""
        stages = self.query_one(StageList)
        if fresh:
            stages.following, self._attempt = True, None
        self.query_one(Header).show(view)
        self.query_one(Notice).show(view, self.app.feed.trouble if self.app.feed is not None else "")
        stages.show(view)
        self._show_stage()
        if self._detail is None and not self._completing:
            self._completing = True
            self.set_timer(_AFTER_FIRST_PAINT, self._complete)

    def tick(self, view: View) -> None:
        """Clocks and countdowns."""
        if view.alive and view.session.active:
            self.query_one(Header).show(view)
            self.query_one(StageList).show(view)
            self._show_detail()

    def show_machine(self) -> None:
        """The gauges' new sample."""
        machine = self.app.machine
        if machine.sample is None:
            return
        curves = machine.curves()
        active = self.view.session.active if self.view is not None else ()
        stage = active[0].name if active else None
        for pane in self._gauges:
            if pane.is_mounted:
                pane.show(machine.sample, curves, stage)

    def show_curves(self) -> None:
        """New readings: the headline's curve, and in a wide window a second one."""
        view = self.view
        if view is None or not self._curves or not self.whole:
            return
        curves = self.app.curves
        headline = view.session.metric_name
        names = curves.names(view)
        first = headline or (names[0] if names else None)
        second = next((name for name in names if name != first), None)
        for pane, name, colour in zip(self._curves, (first, second), ("curve-1", "curve-2"), strict=True):
            if pane.is_mounted and pane.display:
                pane.show(
                    curves.picture(view, name, colour) if name is not None else Picture("Metric", empty=_NO_METRIC)
                )

    @on(StageList.Chosen)
    def _stage_chosen(self) -> None:
        self._attempt = None
        self._show_stage()
        self.offer_keys()

    def _show_stage(self) -> None:
        self._show_detail()
        self._show_log()

    def _show_detail(self) -> None:
        if self._detail is not None and self._detail.is_mounted and self.view is not None:
            self._detail.show(self.view, self.chosen)

    def _show_log(self) -> None:
        """The chosen stage's log: the latest attempt's, or the one that was asked for; others in further tiles."""
        view, stage = self.view, self.chosen
        if view is None or stage is None:
            return
        self.query_one(LogTiles).show(log_entries(view, stage, self._attempt))

    async def action_log(self, action: str) -> None:
        """A key of the log, pressed elsewhere."""
        if not await self.app.run_action(action, default_namespace=self.query_one(LogTiles).pane):
            raise SkipAction  # the log has no use for it now: it is a key like any other

    def action_tiles(self) -> None:
        """One log, two, four, or all in one."""
        self.query_one(LogTiles).action_tile()

    def action_attempt(self, by: int) -> None:
        """Show another attempt's log."""
        stage = self.chosen
        if stage is None or not stage.attempts:
            return
        numbers = [attempt.number for attempt in stage.attempts]
        now = numbers.index(self._attempt) if self._attempt in numbers else len(numbers) - 1
        self._attempt = numbers[max(0, min(now + by, len(numbers) - 1))]
        self._show_log()

    def action_zoom(self) -> None:
        """Give the focused pane the whole window, or put it back."""
        if self.maximized is not None:
            self.minimize()
        else:
            focused = self.focused
            pane = self.query_one(LogTiles).pane if focused is None or isinstance(focused, StageList) else focused
            self.maximize(pane)

    def on_resize(self, event: Resize) -> None:
        """A narrow window gets columns of stages and the gauges in a line."""
        stages = self.query_one(StageList)
        stages.compact = event.size.width < _WIDE_ENOUGH
        self.refresh_view()
        self.show_machine()
        self.call_after_refresh(self.show_curves)  # the second curve may have come into sight
