"""Plan: what could be started, on a time axis against its budget, with a form of changes; and the open session."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.model.cards import read_plans, read_sessions
from autotrain_tui.tui.model.schedule import TimelineRow
from autotrain_tui.tui.panes.stage_detail import StageDetail
from autotrain_tui.tui.panes.stage_table import StageTable
from autotrain_tui.tui.panes.timeline_pane import row_line
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS, SessionActions
from autotrain_tui.tui.screens.base.start_flow import StartFlow
from autotrain_tui.tui.screens.plan.last_time import LastTime
from autotrain_tui.tui.screens.plan.plan_editor import PlanEditor
from autotrain_tui.tui.screens.plan.plan_form import PlanForm
from autotrain_tui.tui.screens.plan.plan_list import PlanListEntry, plan_entry, plan_list_line
from autotrain_tui.tui.screens.plan.plan_panes import FindingsPane, PlanHead, SessionFacts
from autotrain_tui.tui.screens.plan.session_timeline import SessionTimeline
from autotrain_tui.tui.screens.plan.stage_output import StageOutput
from autotrain_tui.tui.screens.plan.stage_pane import StagePane
from autotrain_tui.tui.screens.plan.timeline import Timeline
from autotrain_tui.tui.widgets.background_work import background
from autotrain_tui.tui.widgets.button import Button
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host

__all__ = ["PlanScreen"]

_RECENT = 100


def _bindings() -> list[BindingType]:
    """The session's keys; holding is what a timeline is looked at for."""
    return [
        replace(binding, show=True) if isinstance(binding, Binding) and binding.id == "session.hold" else binding
        for binding in ACTION_BINDINGS
    ]


class PlanScreen(ModeScreen):
    """What could be started and what it would take; while a session is open, also how that one goes."""

    MODE = "plan"
    CSS_PATH = "plan.tcss"
    AUTO_FOCUS = "#plans"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start", id="plan.start", tooltip="Start the plan with the changes of the form"),
        *_bindings(),
        Binding("o", "change", "Change", id="plan.change", tooltip="Change values for this session"),
        Binding("f5", "look", "Read again", id="plan.look", show=False, tooltip="Read the plan files again"),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._timeline = Timeline(self)
        self._last_time = LastTime(self)
        self.editor = PlanEditor(self, host, self._timeline, self._last_time)
        self.session = SessionTimeline(self, host, self._timeline)
        self.actions = SessionActions(self, host, lambda: self.selected, lambda: self.session.shown)
        self._start = StartFlow(self, host)

    def compose(self) -> ComposeResult:
        """Plans and form at the left; timeline, stage and findings at the right."""
        yield PlanHead(id="head")
        with Container(id="body"):
            with Vertical(id="left"):
                yield ListView[PlanListEntry](
                    "Plans",
                    plan_list_line,
                    click_opens=False,
                    id="plans",
                    classes="pane",
                    empty="No plan yet. A plan is a TOML file in stages/.",
                )
                yield PlanForm(id="form", classes="pane")
                yield SessionFacts(id="session", classes="pane")
                yield CurvePane(id="curve", classes="pane")
            with Vertical(id="right"):
                yield ListView[TimelineRow](
                    "Timeline",
                    row_line,
                    head=self._timeline.axis_line,
                    click_opens=False,
                    id="timeline",
                    classes="pane",
                    empty="Nothing to show: the plan can't be used as it is.",
                )
                with Container(id="below"):
                    yield StagePane(id="stage", classes="pane")
                    yield StageDetail(id="attempts", classes="pane")
                    yield FindingsPane(id="findings", classes="pane")
                    yield StageTable(id="every", classes="pane")
                    yield StageOutput(id="output")
        yield from bottom_lines(self)

    def on_screen_resume(self) -> None:
        """The plan files may have changed."""
        super().on_screen_resume()
        self.action_look()

    @background("look")
    async def action_look(self) -> None:
        """Read the plans, in a thread."""
        host = self.host
        recent = await asyncio.to_thread(read_sessions, host.sessions, _RECENT)
        cards = await asyncio.to_thread(read_plans, host.project, host.sessions, recent)
        if self.whole:
            self._last_time.begin(recent)
            self.session.list_with([plan_entry(card) for card in cards])
            self._entry_highlighted()

    @on(ListView.Highlighted, "#plans")
    def _entry_highlighted(self) -> None:
        entry = self.query_one("#plans", ListView).highlighted
        session = isinstance(entry, PlanListEntry) and entry.card is None
        entered = session and not self.session.shown
        self.set_class(session, "-session")
        if session:
            self.editor.close()
            self.session.show()
            if entered:
                self.session.go_to_active()
        elif isinstance(entry, PlanListEntry) and entry.card is not None:
            self.editor.open(entry.card)
        else:
            self.query_one(PlanHead).show_plan(None, None, "There is no plan here yet.")
        self.refresh_bindings()

    @on(PlanForm.Edited)
    def _draft_edited(self, event: PlanForm.Edited) -> None:
        self.editor.change(event.draft)

    @on(ListView.Highlighted, "#timeline")
    def _stage_highlighted(self) -> None:
        """The stage under the cursor, below."""
        if self.session.shown:
            self.session.show_stage()
            self.actions.refresh()
        else:
            self.editor.show_stage()

    @property
    def selected(self) -> Stage | None:
        """The session's stage under the timeline's cursor."""
        return self.session.stage

    def show_view(self, view: View, *, fresh: bool) -> None:  # noqa: ARG002  the host's own is drawn
        """Something changed."""
        plans = [entry for entry in self.query_one("#plans", ListView).entries if entry.card is not None]
        if plans and (self.session.list_with(plans) or fresh):
            self._entry_highlighted()
        self.session.show()

    def tick(self, view: View | None) -> None:
        """Clocks and the bar that grows."""
        if view is not None and view.alive and view.session.active:
            self.session.show()

    def show_curves(self) -> None:
        """New readings."""
        if self.whole and self.session.shown:
            self.session.show_output()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the session for the session, keys of a plan for a plan."""
        shown, opened = self.session.shown, self.editor.opened
        if action in {"start", "take"}:
            return not shown and self.editor.startable and not self.host.read_only
        if action == "change":
            return not shown and opened is not None
        if action == "act" and not shown:
            return parameters[0] == "skip" and opened is not None and self._timeline.row is not None
        return super().check_action(action, parameters)

    def label_of(self, binding: Binding) -> str:
        """Before the start, a stage is left out, not skipped."""
        if binding.id == "session.skip" and not self.session.shown:
            row = self._timeline.row
            return "Include again" if row is not None and self.editor.skips(row.name) else "Leave out"
        if binding.id == "rows.take":
            request = self.actions.request("resume")
            return request.label if request is not None else "Open" if self.session.shown else "Start"
        return super().label_of(binding)

    def action_act(self, name: str) -> None:
        """Before the start a stage is left out without a question: nothing ends by it."""
        row = self._timeline.row
        if self.session.shown:
            super().action_act(name)
        elif name == "skip" and row is not None:
            self.editor.toggle_skip(row.name)

    def action_change(self) -> None:
        """To the form."""
        self.query_one(PlanForm).focus_first()

    @on(ListView.Selected)
    @on(Button.Pressed)
    async def action_start(self) -> None:
        """Start what is shown, after the questions it calls for; resume the session, or show it."""
        resolved, request = self.editor.resolved, self.actions.request("resume")
        if request is not None:
            self.actions.carry_out(request)
        elif self.session.shown:
            await self.host.show_mode("run")
        elif resolved.prepared is not None and resolved.startable:
            self._start.start_prepared(resolved.prepared, resolved.findings)
        else:
            self.query_one(PlanForm).focus_wrong(resolved.errors)
