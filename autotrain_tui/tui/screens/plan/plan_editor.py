"""The plan that is selected: opened, resolved with the form's changes, drawn; each plan keeps its changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.loading.draft import Draft
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.cards import PlanCard
from autotrain_tui.tui.model.open_plan import OpenPlan, ResolvedDraft, open_plan, resolve_draft
from autotrain_tui.tui.model.schedule import Schedule, of_plan
from autotrain_tui.tui.panes.stage_table import StageTable
from autotrain_tui.tui.screens.plan.last_time import LastTime
from autotrain_tui.tui.screens.plan.plan_form import PlanForm
from autotrain_tui.tui.screens.plan.plan_panes import FindingsPane, PlanHead
from autotrain_tui.tui.screens.plan.stage_pane import StagePane
from autotrain_tui.tui.widgets.background_work import run_in_background
from autotrain_tui.tui.widgets.button import Button

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen
    from autotrain_tui.tui.screens.plan.timeline import Timeline

__all__ = ["PlanEditor"]

_TYPING_SECONDS = 0.08


class PlanEditor:
    """Draws a plan on the Plan screen's panes, unless the screen shows the session by then."""

    def __init__(self, screen: ModeScreen, host: Host, timeline: Timeline, last_time: LastTime) -> None:
        self._screen, self._host, self._timeline, self._last_time = screen, host, timeline, last_time
        self.opened: OpenPlan | None = None
        """None: no plan is selected, or the selected one can't be used."""
        self.resolved = ResolvedDraft(None)
        self._drafts: dict[Path, Draft] = {}

    @property
    def startable(self) -> bool:
        """Whether the plan can be started as it is in the form."""
        return self.opened is not None and self.resolved.startable

    @property
    def _form(self) -> PlanForm:
        return self._screen.query_one(PlanForm)

    def open(self, card: PlanCard) -> None:
        """Read this plan, and draw it with the changes that were typed for it before."""
        self._form.show_card(card)
        self._run(partial(self._open, card))

    def close(self) -> None:
        """No plan is selected."""
        self.opened = None

    def change(self, draft: Draft) -> None:
        """The form holds other changes."""
        if self.opened is not None:
            self._drafts[self.opened.path] = draft
            self._run(partial(self._resolve, self.opened, draft))

    def skips(self, stage: str) -> bool:
        """Whether the form leaves this stage out."""
        return stage in self._form.draft.skip

    def toggle_skip(self, stage: str) -> None:
        """Leave this stage out, or include it again."""
        if self.opened is not None:
            self._form.toggle(stage)

    def show_stage(self) -> None:
        """The stage under the timeline's cursor, below."""
        row, prepared, opened = self._timeline.row, self.resolved.prepared, self.opened
        stage = prepared.plan.stages[row.index - 1] if prepared is not None and row is not None else None
        base = opened.base.plan if opened is not None else None
        earlier = opened.observations if opened is not None else ()
        self._screen.query_one(StagePane).show(prepared, stage, base, earlier)
        self._screen.query_one(StageTable).show(prepared, base)
        if prepared is not None and stage is not None:
            self._last_time.show(prepared.plan.name, stage.name)
        self._screen.refresh_bindings()

    def _run(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        run_in_background(self._screen, work, "plan")

    async def _open(self, card: PlanCard) -> None:
        host = self._host
        gpus = host.machine.sample.gpu if host.machine.sample is not None else None
        root = host.project or card.path.parent
        try:
            opened = await asyncio.to_thread(open_plan, card.path, root, host.sessions, gpus)
        except UsageError as error:
            self.opened, text = None, sanitize(str(error).replace(str(card.path), card.path.name))
            self._show(ResolvedDraft(None, errors={"": text}), text)
            return
        changed = self.opened is None or self.opened.path != opened.path
        if changed:
            self._timeline.schedule = None
        self.opened = opened
        draft = self._drafts.get(opened.path, Draft())
        if changed:
            self._form.load(opened.base.plan, draft)
        self._show(await asyncio.to_thread(resolve_draft, opened, draft))

    async def _resolve(self, opened: OpenPlan, draft: Draft) -> None:
        """Resolve the plan with the changes; once for a burst of keys."""
        await asyncio.sleep(_TYPING_SECONDS)
        self._show(await asyncio.to_thread(resolve_draft, opened, draft))

    def _show(self, resolved: ResolvedDraft, trouble: str = "") -> None:
        """Draw the result. A plan that can't be resolved leaves the last good timeline in place."""
        screen = self._screen
        if not screen.whole or screen.has_class("-session"):
            return
        form, schedule = self._form, self._timeline.schedule
        form.disabled = self.opened is None
        form.mark(resolved.errors)
        if resolved.prepared is not None or self.opened is None or schedule is None:
            self.resolved, schedule = resolved, of_plan(resolved)
        else:
            self.resolved = msgspec.structs.replace(resolved, prepared=self.resolved.prepared)
        screen.query_one(FindingsPane).show(resolved.findings)
        self._timeline.show(schedule)
        self._show_head(schedule, trouble)
        self.show_stage()

    def _show_head(self, schedule: Schedule, trouble: str) -> None:
        """The top line and the start button."""
        count = len(self.resolved.errors)
        wrong = trouble or (f"{count} value{'s' * (count != 1)} can't be used" if count else "")
        plan = self.resolved.prepared.plan if self.resolved.prepared is not None else None
        self._screen.query_one(PlanHead).show_plan(plan, schedule, wrong)
        name = sanitize(plan.name) if plan is not None else ""
        label = f"▶ Start {name}" if not wrong else "can't be started"
        self._screen.query_one(Button).show(label, able=self.resolved.startable)
