"""Plan: what could be started, on a time axis against its budget, with a form of changes; what runs, the same way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.loading.draft import Draft
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.cards import PlanCard, read_plans, read_sessions
from autotrain_tui.tui.model.open_plan import OpenPlan, ResolvedDraft, open_plan, resolve_draft
from autotrain_tui.tui.model.schedule import TimelineRow, of_plan, row_name
from autotrain_tui.tui.panes.stage_detail import StageDetail
from autotrain_tui.tui.panes.stage_table import StageTable
from autotrain_tui.tui.panes.timeline_pane import row_line
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.plan.plan_form import PlanForm
from autotrain_tui.tui.screens.plan.plan_list import PlanListEntry, plan_entry, plan_key, plan_list_line, session_entry
from autotrain_tui.tui.screens.plan.plan_panes import FindingsPane, PlanHead, SessionFacts, StagePane
from autotrain_tui.tui.screens.plan.session_timeline import TimelineScreen
from autotrain_tui.tui.widgets.button import Button
from autotrain_tui.tui.widgets.list_view import ListView

__all__ = ["PlanScreen"]

_TYPING_SECONDS = 0.08
_RECENT = 100


def _bindings() -> list[BindingType]:
    """The session's keys; holding is what a timeline is looked at for."""
    return [
        replace(binding, show=True) if isinstance(binding, Binding) and binding.id == "session.hold" else binding
        for binding in ACTION_BINDINGS
    ]


class PlanScreen(TimelineScreen):
    """What could be started and what it would take; while a session is open, also how that one goes."""

    MODE = "plan"
    CSS_PATH = "plan.tcss"
    AUTO_FOCUS = "#plans"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "start", "Start", id="plan.start", tooltip="Start the plan with the changes of the form"),
        *_bindings(),
        Binding("o", "change", "Change", id="plan.change", tooltip="Change something for this session"),
        Binding("f5", "look", "Read again", id="plan.look", show=False, tooltip="Read the plans' files again"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._opened: OpenPlan | None = None
        self._resolved = ResolvedDraft(None)
        self._drafts: dict[Path, Draft] = {}
        self._seen: Path | None = None

    def compose_body(self) -> ComposeResult:
        """Plans and form at the left; timeline, stage and findings at the right."""
        yield PlanHead(id="head")
        with Container(id="body"):
            with Vertical(id="left"):
                yield ListView[PlanListEntry](
                    "Plans",
                    plan_list_line,
                    id="plans",
                    classes="pane",
                    empty="No plan yet. A plan is a TOML file in stages/.",
                )
                yield PlanForm(id="form", classes="pane")
                yield SessionFacts(id="session", classes="pane")
            with Vertical(id="right"):
                yield ListView[TimelineRow](
                    "Timeline",
                    row_line,
                    head=self.axis_line,
                    id="timeline",
                    classes="pane",
                    empty="Nothing to show: the plan can't be used as it is.",
                )
                with Container(id="below"):
                    yield StagePane(id="stage", classes="pane")
                    yield StageDetail(id="attempts", classes="pane")
                    yield FindingsPane(id="findings", classes="pane")
                    yield StageTable(id="every", classes="pane")

    def on_screen_resume(self) -> None:
        """The files may be others now."""
        super().on_screen_resume()
        self.action_look()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def action_look(self) -> None:
        """Read the plans, in a thread."""
        app = self.app
        past = await asyncio.to_thread(read_sessions, app.sessions, _RECENT)
        cards = await asyncio.to_thread(read_plans, app.project, app.sessions, past)
        if not self.whole:
            return
        entries = [*self._session_entries(), *map(plan_entry, cards)]
        self._list(entries)
        self._entry_moved()

    def _session_entries(self) -> list[PlanListEntry]:
        return [session_entry(self.view)] if self.view is not None else []

    def _list(self, entries: list[PlanListEntry]) -> bool:
        """Show them. At first sight of a session the cursor goes to it, or to its plan when it is over: True then."""
        plans, feed = self.query_one("#plans", ListView), self.app.feed
        plans.show(entries, same=plan_key)
        if feed is None or feed.view is None or self._seen == feed.folder.path:
            return False
        self._seen = feed.folder.path
        session = feed.view.session
        over = session.state is SessionState.FINISHED
        plans.go(
            next(
                (
                    at
                    for at, entry in enumerate(entries)
                    if over and entry.card is not None and entry.card.name == session.plan
                ),
                0,
            )
        )
        return True

    @on(ListView.Highlighted, "#plans")
    def _entry_moved(self) -> None:
        entry = self.query_one("#plans", ListView).highlighted
        session = isinstance(entry, PlanListEntry) and entry.card is None
        entered = session and not self.shows_session
        self.set_class(session, "-session")
        if session:
            self._opened = None
            self.show_session()
            if entered:
                self.go_to_active()
        elif isinstance(entry, PlanListEntry) and entry.card is not None:
            self.query_one(PlanForm).tell(entry.card)
            self._open(entry.card)
        else:
            self.query_one(PlanHead).show_plan(None, None, "There is no plan here yet.")
        self.refresh_bindings()

    # A plan

    @work(group="work", exclusive=True, exit_on_error=False)
    async def _open(self, card: PlanCard) -> None:
        """Put the plan on the opened."""
        app = self.app
        gpus = app.machine.sample.gpu if app.machine.sample is not None else None
        root = app.project or card.path.parent
        try:
            opened = await asyncio.to_thread(open_plan, card.path, root, app.sessions, gpus)
        except UsageError as error:
            self._opened, text = None, sanitize(str(error).replace(str(card.path), card.path.name))
            self._show_worked(ResolvedDraft(None, errors={"": text}), text)
            return
        changed = self._opened is None or self._opened.path != opened.path
        if changed:
            self.schedule = None
        self._opened = opened
        draft = self._drafts.get(opened.path, Draft())
        if changed:
            self.query_one(PlanForm).load(opened.base.plan, draft)
        self._show_worked(await asyncio.to_thread(resolve_draft, opened, draft))

    @on(PlanForm.Edited)
    def _changed(self, event: PlanForm.Edited) -> None:
        if self._opened is not None:
            self._drafts[self._opened.path] = event.draft
            self._work_out(self._opened, event.draft)

    @work(group="work", exclusive=True, exit_on_error=False)
    async def _work_out(self, opened: OpenPlan, draft: Draft) -> None:
        """What the changes come to; a burst of keys is resolved out once."""
        await asyncio.sleep(_TYPING_SECONDS)
        self._show_worked(await asyncio.to_thread(resolve_draft, opened, draft))

    def _show_worked(self, resolved: ResolvedDraft, trouble: str = "") -> None:
        """Draw what came of it. A plan that can't be resolved leaves the last good timeline standing."""
        if not self.whole or self.shows_session:
            return
        form, timeline = self.query_one(PlanForm), self.query_one("#timeline", ListView)
        form.disabled = self._opened is None
        form.mark(resolved.errors)
        usable = resolved.prepared is not None or self._opened is None
        if usable or self.schedule is None:
            self._resolved, self.schedule = resolved, of_plan(resolved)
        else:
            self._resolved = msgspec.structs.replace(resolved, prepared=self._resolved.prepared)
        self.query_one(FindingsPane).show(resolved.findings)
        timeline.show(self.schedule.rows, same=row_name)
        count = len(resolved.errors)
        wrong = trouble or (f"{count} value{'s' * (count != 1)} can't be used" if count else "")
        plan = self._resolved.prepared.plan if self._resolved.prepared is not None else None
        self.query_one(PlanHead).show_plan(plan, self.schedule, wrong)
        name = sanitize(plan.name) if plan is not None else ""
        self.query_one(Button).show(
            f"▶ Start {name}" if not wrong else "can't be started like this", able=self._resolved.startable
        )
        self._stage_moved()
        self.refresh_bindings()

    @on(ListView.Highlighted, "#timeline")
    def _stage_moved(self) -> None:
        """The stage under the cursor, below."""
        row = self.row
        if self.shows_session:
            self.show_session_stage()
            self.offer_keys()
            return
        prepared = self._resolved.prepared
        stage = prepared.plan.stages[row.index - 1] if prepared is not None and row is not None else None
        opened = self._opened
        base = opened.base.plan if opened is not None else None
        self.query_one(StagePane).show(prepared, stage, base, opened.past if opened is not None else ())
        self.query_one(StageTable).show(prepared, base)
        self.refresh_bindings()

    # The session

    def show_view(self, view: View, *, fresh: bool) -> None:  # noqa: ARG002  the feed's own is drawn
        """Something changed."""
        plans = self.query_one("#plans", ListView)
        rest = [entry for entry in plans.entries if entry.card is not None]
        if rest and (self._list([*self._session_entries(), *rest]) or fresh):
            self._entry_moved()
        self.show_session()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of the session for the session, keys of a plan for a plan."""
        if action in {"start", "take"}:
            return not self.shows_session and self._resolved.startable and self._opened is not None
        if action == "change":
            return not self.shows_session and self._opened is not None
        if action == "act" and not self.shows_session:
            return parameters[0] == "skip" and self._opened is not None and self.row is not None
        return super().check_action(action, parameters)

    def label_of(self, binding: Binding) -> str:
        """Leaving a stage out is called so before the start."""
        if binding.id == "session.skip" and not self.shows_session:
            row = self.row
            out = row is not None and row.name in self.query_one(PlanForm).draft.skip
            return "Take in again" if out else "Leave out"
        if binding.id == "rows.take":
            request = self.request("resume")
            return request.label if request is not None else "Open" if self.shows_session else "Start"
        return super().label_of(binding)

    def action_act(self, name: str) -> None:
        """Before the start a stage is left out without a question: nothing ends by it."""
        row = self.row
        if self.shows_session:
            super().action_act(name)
        elif name == "skip" and row is not None and self._opened is not None:
            self.query_one(PlanForm).toggle(row.name)

    def action_change(self) -> None:
        """To the form."""
        self.query_one(PlanForm).focus_first()

    def action_leave_form(self) -> None:
        """To the timeline."""
        self.set_focus(self.query_one("#timeline"))

    @on(ListView.Selected)
    @on(Button.Pressed)
    async def action_start(self) -> None:
        """Start what is shown, after the questions it calls for; go on with the session, or look at it."""
        resolved, request = self._resolved, self.request("resume")
        if request is not None:
            self.carry_out(request)
        elif self.shows_session:
            await self.app.action_mode("run")
        elif resolved.prepared is not None and resolved.startable:
            self.start_prepared(resolved.prepared, resolved.findings)
        else:
            self.query_one(PlanForm).focus_wrong(resolved.errors)
