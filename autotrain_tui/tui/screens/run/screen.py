"""Run: the stages, the log, the headline's curve and the machine, of one session."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.log.tiles import LogTiles
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.panes.finish_card import FinishCard
from autotrain_tui.tui.panes.header import Header
from autotrain_tui.tui.panes.notice import Notice
from autotrain_tui.tui.panes.plan_bar import PlanBar
from autotrain_tui.tui.panes.stage_list import StageList
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines, toggle_maximized
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.run.late_panes import LatePanes
from autotrain_tui.tui.screens.run.log_choice import LogChoice
from autotrain_tui.tui.screens.run.run_panes import RunPanes
from autotrain_tui.tui.widgets.container import PlainContainer

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host

__all__ = ["RunScreen"]

_AFTER_FIRST_PAINT = 0.05
"""Seconds until what is not needed at once is imported and mounted."""
_WIDE_ENOUGH = 110
"""Cells from which curve and machine stand below the stages, not between them and the log."""
_WIDE, _VAST = 180, 260
"""Cells from which the curves have a column, or two, of their own."""
_SECOND_LOG = 55
"""Lines from which a wide window has room for a second log."""
_HIGH_ENOUGH = 34
"""Lines from which the card of an ended session leaves room for the log."""
_OWN_KEYS = frozenset({"enter", "up", "down", "pageup", "pagedown", "home", "end", "left", "right"})
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


def _has_room(size: Size, view: View | None) -> bool:
    """For a second log, while there is something to follow."""
    return size.width >= _WIDE and size.height >= _SECOND_LOG and view is not None and not view.finished


def _empty_curve(view: View | None) -> CurvePane:
    """The frame of the headline's curve, which a narrow window has from the first paint on."""
    pane = CurvePane(id="headline", classes="pane")
    name = view.session.metric_name if view is not None else None
    pane.show(Picture(sanitize(name) if name is not None else "Metric", empty=""))
    return pane


class RunScreen(ModeScreen):
    """Stages, log, curves and machine of the open session."""

    MODE = "run"
    CSS_PATH = "run.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_HIGH_ENOUGH, "-high")]  # noqa: RUF012  Textual's own form
    AUTO_FOCUS = "StageList"
    ZOOMS = True
    OPENS: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("headline", "curve", "curves"), "metrics"),
        **dict.fromkeys(("machine", "strip"), "system"),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACTION_BINDINGS,
        *_log_bindings(),
        Binding("v", "tiles", "Tiles", id="run.tiles", tooltip="One log, two, four, six, or all in one"),
        Binding("z", "zoom", "Zoom", id="run.zoom", tooltip="Give the focused pane the whole window, and back"),
        Binding(
            "left_square_bracket",
            "other_log('attempt', -1)",
            "Previous attempt",
            id="run.attempt_before",
            show=False,
            tooltip="Show the log of the previous attempt",
        ),
        Binding(
            "right_square_bracket",
            "other_log('attempt', 1)",
            "Next attempt",
            id="run.attempt_after",
            show=False,
            tooltip="Show the log of the next attempt",
        ),
        Binding(
            "left_curly_bracket",
            "other_log('rank', -1)",
            "Previous rank",
            id="run.rank_before",
            show=False,
            tooltip="Show the log of the previous rank; before rank 0 is what the engine printed",
        ),
        Binding(
            "right_curly_bracket",
            "other_log('rank', 1)",
            "Next rank",
            id="run.rank_after",
            tooltip="Show the log of the next rank",
        ),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._log_choice = LogChoice()
        self._late = LatePanes(self, host)
        self._completing = False

    def compose(self) -> ComposeResult:
        """Header, notice, and places for the panes, which the window's width arranges."""
        yield Header(id="header")
        yield PlanBar(lambda name: self.query_one(StageList).select(name), id="bar")
        yield Notice(id="notice")
        stages = StageList(id="stages", classes="pane")
        stages.brief = self.app.size.width < _WIDE_ENOUGH
        panes = RunPanes(self.host.view, self.refresh_view, id="panes")
        # before the first layout, so that there is one
        self.set_class(panes.shows_card, "-card", update=False)
        self.set_class(self.app.size.height >= _HIGH_ENOUGH, "-high", update=False)
        self.set_class(self.app.size.width >= _VAST, "-vast", update=False)
        tiles = LogTiles(id="log")
        tiles.offer_second(_has_room(self.app.size, self.host.view))
        with panes:
            with PlainContainer(id="left"):
                yield stages
            yield _empty_curve(self.host.view)
            with PlainContainer(id="main"):
                yield FinishCard(id="finish", classes="pane")
                yield tiles
        yield PlainContainer(id="foot")
        yield from bottom_lines(self)

    async def _complete(self) -> None:
        """Curves, gauges and details: imported and mounted after the first paint."""
        if not await self._late.mount():
            if self.is_attached:  # a slow machine: once more; a screen that is being left: never
                self.set_timer(_AFTER_FIRST_PAINT, self._complete)
            return
        self.refresh_view()
        self.show_machine()
        self.show_curves()

    @property
    def selected(self) -> Stage | None:
        """The stage under the list's cursor."""
        return self.query_one(StageList).selected if self.whole else None

    def show_view(self, view: View, *, fresh: bool) -> None:
        """Everything again from the view."""
        stages = self.query_one(StageList)
        if fresh:
            stages.following = True
            self._log_choice.reset()
        self.query_one(Header).show(view, read_only=self.host.read_only)
        self.query_one(PlanBar).show(view, self.host.earlier)
        panes, feed = self.query_one(RunPanes), self.host.feed
        panes.show(view, self.host.earlier, fresh=fresh)
        trouble = feed.silence or feed.trouble if feed is not None else ""
        self.query_one(Notice).show(view, trouble, told=panes.shows_card)
        stages.show(view)
        self._late.show_stage(self.selected)
        self.query_one(LogTiles).offer_second(_has_room(self.app.size, view))
        self._show_log()
        if not self._completing:
            self._completing = True
            self.set_timer(_AFTER_FIRST_PAINT, self._complete)

    def tick(self, view: View | None) -> None:
        """Clocks and countdowns."""
        if view is not None and view.alive and view.session.active:
            self.query_one(Header).show(view, read_only=self.host.read_only)
            self.query_one(PlanBar).show(view, self.host.earlier)
            self.query_one(StageList).show(view)
            self._late.show_stage(self.selected)
            if self.selected is not None and self.selected.attempt is not None and self.selected.attempt.engine:
                self._show_log()  # a rank has its log from its start on

    def show_machine(self) -> None:
        """The gauges' new sample."""
        self._late.show_machine()

    def show_curves(self) -> None:
        """New readings."""
        if self.whole:
            self._late.show_curves()

    @on(StageList.StageSelected)
    def _stage_selected(self) -> None:
        self._log_choice.reset()
        if not self.query_one(StageList).following:
            self.query_one(RunPanes).close_card()
        self._late.show_stage(self.selected)
        self._show_log()
        self.actions.refresh()

    def _show_log(self) -> None:
        """The selected stage's log: the latest attempt's, or the one that was asked for; others in further tiles."""
        view, stage = self.host.view, self.selected
        if view is None or stage is None:
            return
        self.query_one(LogTiles).show(self._log_choice.entries(view, stage))

    async def action_log(self, action: str) -> None:
        """A key of the log, pressed elsewhere."""
        self.query_one(RunPanes).close_card()
        if not await self.app.run_action(action, default_namespace=self.query_one(LogTiles).pane):
            raise SkipAction  # the log has no use for it now: it is a key like any other

    def action_tiles(self) -> None:
        """One log, two, four, six, or all in one."""
        self.query_one(RunPanes).close_card()
        self.query_one(LogTiles).action_tile()

    def action_other_log(self, kind: Literal["attempt", "rank"], by: int) -> None:
        """Show another attempt's log, or another rank's."""
        view, stage = self.host.view, self.selected
        if view is None or stage is None:
            return
        self.query_one(RunPanes).close_card()
        if kind == "attempt":
            self._log_choice.step_attempt(stage, by)
        else:
            self._log_choice.step_rank(view, stage, by)
        self._show_log()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without ranks their keys can do nothing, and stand nowhere."""
        if action == "other_log" and parameters[0] == "rank":
            view, stage = self.host.view, self.selected
            return bool(view and stage and self._log_choice.has_ranks(view, stage))
        return super().check_action(action, parameters)

    def action_zoom(self) -> None:
        """Give the focused pane the whole window, or put it back."""
        self.query_one(RunPanes).close_card()
        focused = self.focused
        log = focused is None or isinstance(focused, StageList)
        toggle_maximized(self, self.query_one(LogTiles).pane if log else focused)

    def on_resize(self, event: Resize) -> None:
        """A narrow window has its curve beside the stages, and the gauges in a line."""
        stages = self.query_one(StageList)
        stages.brief = event.size.width < _WIDE_ENOUGH
        self.set_class(event.size.width >= _VAST, "-vast")
        self.refresh_view()
        self.show_machine()
        self.call_after_refresh(self.show_curves)  # another curve may have come into sight
