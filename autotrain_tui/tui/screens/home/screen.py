"""Home: the plans that can be started, the sessions that can be opened."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.worker import get_current_worker

from autotrain_tui.errors import AutotrainError
from autotrain_tui.tui.model.cards import PlanCard, SessionCard, read_plans, read_sessions
from autotrain_tui.tui.panes.card_lines import plan_lines, session_head, session_line
from autotrain_tui.tui.panes.machine_pane import MachineStrip
from autotrain_tui.tui.panes.plan_summary import PlanSummary
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines
from autotrain_tui.tui.screens.base.start_flow import StartFlow
from autotrain_tui.tui.screens.home.greeting import Greeting
from autotrain_tui.tui.screens.home.session_preview import SessionPreview
from autotrain_tui.tui.widgets.background_work import background
from autotrain_tui.tui.widgets.container import PlainContainer
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.session.journal.session_view import View
    from autotrain_tui.tui.model.host import Host

__all__ = ["HomeScreen"]

_RECENT = 200
_HEAD_AND_FRAME, _LEAST_SESSIONS = 3, 5
_LOOK_EVERY = 3
"""Seconds between two looks at the sessions' folder."""


class HomeScreen(ModeScreen):
    """Plans to start and sessions to open."""

    MODE = "home"
    OPENS: ClassVar[dict[str, str]] = {"strip": "system"}
    CSS_PATH = "home.tcss"
    AUTO_FOCUS = "ListView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "i",
            "make_plan",
            "Write a plan",
            id="home.starter",
            tooltip="Add a plan to fill in to this folder: stages/train.toml",
        )
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._start = StartFlow(self, host)
        self._preview = SessionPreview(self)
        self._seconds = 0
        self._has_plans = True

    def compose(self) -> ComposeResult:
        """Greeting, plans, sessions, the machine."""
        yield Greeting(id="greeting")
        with PlainContainer(id="lists"):
            with PlainContainer(id="left"):
                yield ListView[PlanCard](
                    "Plans",
                    plan_lines,
                    height=3,
                    click_opens=False,
                    id="plans",
                    classes="pane",
                    empty="No plan yet. A plan is a TOML file in stages/: what to train, in stages.",
                )
                yield PlanSummary(id="summary", classes="pane")
            with PlainContainer(id="right"):
                yield ListView[SessionCard](
                    "Sessions",
                    session_line,
                    head=session_head,
                    id="sessions",
                    classes="pane",
                    empty="Nothing has run yet. Enter on a plan starts it; every run is kept here.",
                )
        yield MachineStrip(id="strip")
        yield from bottom_lines(self)

    def on_screen_resume(self) -> None:
        """Look again."""
        super().on_screen_resume()
        self.look()

    def tick(self, view: View | None) -> None:  # noqa: ARG002  the base's form
        """Every few seconds: has anything come or gone?"""
        self._seconds += 1
        if self._seconds % _LOOK_EVERY == 0:
            self.look()

    @background("look")
    async def look(self) -> None:
        """Read plans and sessions, in a thread."""
        host = self.host
        sessions = await asyncio.to_thread(read_sessions, host.sessions, _RECENT)
        plans = await asyncio.to_thread(read_plans, host.project, host.sessions, sessions)
        if get_current_worker().is_cancelled or not self.whole:
            return
        self.query_one("#plans", ListView).show(plans, same=lambda card: card.path)
        self.query_one("#sessions", ListView).show(sessions, same=lambda card: card.folder.id)
        self._share_lists(len(sessions))
        self._show_summary()
        self._preview.show()
        self._has_plans = bool(plans)
        self.query_one(Greeting).show(host.project, has_plans=bool(plans), has_sessions=bool(sessions))
        self.refresh_bindings()

    def _share_lists(self, sessions: int) -> None:
        """In a narrow window, where the lists stand above each other, the plans get what the sessions do not need."""
        room = self.query_one("#lists").size.height
        most = (
            max(room // 2, room - max(_LEAST_SESSIONS, sessions + _HEAD_AND_FRAME))
            if self.has_class("-narrow")
            else None
        )
        self.query_one("#plans").styles.max_height = most

    def label_of(self, binding: Binding) -> str:
        """Enter starts a plan."""
        if binding.id == "rows.take" and self.focused is not None and self.focused.id == "plans":
            return "Start"
        return super().label_of(binding)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A plan is offered only where there is none."""
        if action == "make_plan":
            return not self._has_plans and not self.host.read_only
        return False if action == "act" else super().check_action(action, parameters)

    def show_machine(self) -> None:
        """The gauges in a line."""
        machine = self.host.machine
        if machine.sample is not None and self.whole:
            self.query_one(MachineStrip).show(machine.sample, machine.curves(), None)

    @background("starter")
    async def action_make_plan(self) -> None:
        """Write a plan to fill in; the folder that we are in becomes a project if it is none."""
        from autotrain_tui.session.launch.new_plan import add_plan  # needed once in a project's life

        root = self.host.project or Path.cwd()
        try:
            plan = await asyncio.to_thread(add_plan, root, None)
        except AutotrainError as error:
            self.app.notify(str(error), title="No plan was written", severity="error", markup=False)
            return
        self.app.notify(f"{root / plan.file}: put your command into it", title="A plan was written", markup=False)
        self.host.project = root
        self.look()

    @on(ListView.Highlighted, "#plans")
    def _show_summary(self) -> None:
        """What the plan under the cursor would do."""
        card = self.query_one("#plans", ListView).highlighted
        if isinstance(card, PlanCard):
            self.query_one(PlanSummary).show(card.prepared, card.trouble)

    @on(ListView.Highlighted, "#sessions")
    def _session_highlighted(self) -> None:
        self._preview.show()

    @on(ListView.Selected, "#plans")
    def _plan_taken(self) -> None:
        card = self.query_one("#plans", ListView).highlighted
        if isinstance(card, PlanCard):
            self._start.start_card(card)

    @on(ListView.Selected, "#sessions")
    def _session_taken(self) -> None:
        card = self.query_one("#sessions", ListView).highlighted
        if isinstance(card, SessionCard) and not card.trouble:
            self.host.open_session(card.folder)
