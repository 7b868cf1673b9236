"""Run: the stages, the log, the headline's curve and the machine, of one session."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.state import Stage
from autotrain_tui.session.transitions import ACTIVE
from autotrain_tui.session.view import View
from autotrain_tui.tui.screens.base import ACTION_BINDINGS, ModeScreen
from autotrain_tui.tui.widgets.curve import CurvePane, Picture
from autotrain_tui.tui.widgets.header import Header
from autotrain_tui.tui.widgets.log_pane import LogPane
from autotrain_tui.tui.widgets.machine import MachinePane, MachineStrip
from autotrain_tui.tui.widgets.notice import Notice
from autotrain_tui.tui.widgets.stage_detail import StageDetail
from autotrain_tui.tui.widgets.stage_list import StageList
from autotrain_tui.tui.words import clean

__all__ = ["RunScreen"]

_OWN_KEYS = frozenset({"up", "down", "pageup", "pagedown", "home", "end", "left", "right"})
"""Keys that mean something else where a list has the focus."""


def _log_bindings() -> list[BindingType]:
    """The log's keys, so that they work wherever the focus is."""
    found: list[BindingType] = []
    for binding in LogPane.BINDINGS:
        if isinstance(binding, Binding):
            keys = ",".join(key for key in binding.key.split(",") if key not in _OWN_KEYS)
            if keys:
                found.append(Binding(keys, f"log({binding.action!r})", binding.description, id=binding.id,
                                     show=binding.show, tooltip=binding.tooltip))
    return found


class RunScreen(ModeScreen):
    """The screen a person looks at all day."""

    MODE = "run"
    CSS_PATH = "run.tcss"
    AUTO_FOCUS = "StageList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACTION_BINDINGS,
        *_log_bindings(),
        Binding("z", "zoom", "Zoom", id="run.zoom", tooltip="Give the focused pane the whole window, and back"),
        Binding("left_square_bracket", "attempt(-1)", "Attempt before", id="run.attempt_before", show=False,
                tooltip="Show the log of the attempt before"),
        Binding("right_square_bracket", "attempt(1)", "Attempt after", id="run.attempt_after", show=False,
                tooltip="Show the log of the attempt after"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._attempt: int | None = None  # None: the latest
        self._log_key: tuple[str, str, bool] | None = None

    def compose_body(self) -> ComposeResult:
        """Header, notice, and the panes that the window's width arranges."""
        yield Header(id="header")
        yield Notice(id="notice")
        with Container(id="panes"):
            with Vertical(id="left"):
                yield StageList(id="stages", classes="pane")
                yield StageDetail(id="detail", classes="pane")
            yield LogPane(id="log")
            with Vertical(id="right"):
                yield CurvePane(id="curve", classes="pane")
                yield CurvePane(id="curve-2", classes="pane")
                yield MachinePane(id="machine", classes="pane")
        yield MachineStrip(id="strip")

    @property
    def chosen(self) -> Stage | None:
        """The stage under the list's cursor."""
        return self.query_one(StageList).chosen if self.is_mounted else None

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Everything anew from the view."""
        stages = self.query_one(StageList)
        if fresh:
            stages.following, self._attempt, self._log_key = True, None, None
        self.query_one(Header).show(view)
        self.query_one(Notice).show(view, self.app.feed.trouble if self.app.feed is not None else "")
        stages.show(view)
        self.query_one(StageDetail).show(view, self.chosen)
        self._show_log()

    def tick(self, view: View) -> None:
        """Clocks and countdowns."""
        if view.alive and view.session.active:
            self.query_one(Header).show(view)
            self.query_one(StageList).show(view)
            self.query_one(StageDetail).show(view, self.chosen)

    def show_machine(self) -> None:
        """The gauges' new sample."""
        machine = self.app.machine
        if machine.sample is None or not self.is_mounted:
            return
        curves = machine.curves()
        active = self.view.session.active if self.view is not None else ()
        stage = active[0].name if active else None
        for pane in (self.query_one(MachinePane), self.query_one(MachineStrip)):
            if pane.display:
                pane.show(machine.sample, curves, stage)

    def show_tracks(self) -> None:
        """New readings: the headline's curve, and in a wide window a second one."""
        view, tracks = self.view, self.app.tracks
        if view is None or not self.is_mounted:
            return
        headline = view.session.metric_name
        names = tracks.names(view)
        first = headline or (names[0] if names else None)
        second = next((name for name in names if name != first), None)
        for pane, name, ink in ((self.query_one("#curve", CurvePane), first, "curve-1"),
                                (self.query_one("#curve-2", CurvePane), second, "curve-2")):
            if pane.display:
                pane.show(tracks.picture(view, name, ink) if name is not None else Picture("Metric"))

    @on(StageList.Chosen)
    def _stage_chosen(self) -> None:
        self._attempt = None
        if self.view is not None:
            self.query_one(StageDetail).show(self.view, self.chosen)
        self._show_log()
        self.offer_keys()

    def _show_log(self) -> None:
        """The chosen stage's log: the latest attempt's, or the one that was asked for."""
        view, stage = self.view, self.chosen
        if view is None or stage is None:
            return
        attempt = stage.attempt
        if attempt is not None and self._attempt is not None:
            attempt = next((each for each in stage.attempts if each.number == self._attempt), attempt)
        title = f"{stage.info.index} {clean(stage.name)}"
        path = ""
        if attempt is not None:
            of = f" of {len(stage.attempts)}" if len(stage.attempts) > 1 else ""
            title += f" · attempt {attempt.number}{of}"
            try:
                path = str(view.folder.at(attempt.folder).log)
            except RecordsError:
                path = ""
        begun = stage.state in ACTIVE and attempt is stage.attempt
        live = attempt is None or (begun and view.alive is not False)
        key = (path, title, live)
        if key != self._log_key:
            self._log_key = key
            self.query_one(LogPane).show(path or None, title, live=live)

    async def action_log(self, action: str) -> None:
        """A key of the log, pressed elsewhere."""
        await self.app.run_action(action, default_namespace=self.query_one(LogPane))

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
            pane = self.query_one(LogPane) if focused is None or isinstance(focused, StageList) else focused
            self.maximize(pane)

    def on_resize(self, event: Resize) -> None:
        """A narrow window gets columns of stages and the gauges in a line."""
        stages = self.query_one(StageList)
        stages.compact = event.size.width < 110
        self.refresh_view()
        self.show_machine()
