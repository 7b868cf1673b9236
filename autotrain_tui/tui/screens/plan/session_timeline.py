"""The open session on the time axis: what the Plan screen shows of it, beside what it shows of plans."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.tui.model.open_plan import session_plan
from autotrain_tui.tui.model.schedule import of_session
from autotrain_tui.tui.panes.stage_detail import StageDetail
from autotrain_tui.tui.screens.plan.plan_list import PlanListEntry, first_place, plan_key, session_entry
from autotrain_tui.tui.screens.plan.plan_panes import PlanHead, SessionFacts
from autotrain_tui.tui.screens.plan.stage_output import StageOutput
from autotrain_tui.tui.screens.plan.stage_pane import StagePane
from autotrain_tui.tui.widgets.background_work import run_in_background
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.session.launch.prepare import Prepared
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen
    from autotrain_tui.tui.screens.plan.timeline import Timeline

__all__ = ["SessionTimeline"]


class SessionTimeline:
    """Draws the session on the Plan screen's panes while the screen has the class `-session`."""

    def __init__(self, screen: ModeScreen, host: Host, timeline: Timeline) -> None:
        self._screen, self._host, self._timeline = screen, host, timeline
        self._seen: Path | None = None
        """The folder of the session that the cursor was put on."""
        self._plan: tuple[Path, Prepared | None] | None = None
        """The session's folder, and its own plan; None where that can't be read, or not yet."""

    @property
    def shown(self) -> bool:
        """Whether the session is shown, not a plan."""
        return self._screen.has_class("-session")

    @property
    def stage(self) -> Stage | None:
        """The session's stage under the timeline's cursor."""
        row, view = self._timeline.row, self._host.view
        return view.session.stage(row.name) if self.shown and view is not None and row is not None else None

    def list_with(self, plans: list[PlanListEntry]) -> bool:
        """List the session and the plans. When the session is new here, the cursor goes to it, or to its plan when it
        is over: True then.
        """
        view, entries = self._host.view, self._screen.query_one("#plans", ListView)
        shown = [*([session_entry(view)] if view is not None else []), *plans]
        entries.show(shown, same=plan_key)
        if view is None or self._seen == view.folder.path:
            return False
        self._seen = view.folder.path
        entries.go(first_place(shown, view))
        return True

    def show(self) -> None:
        """Draw the session in its present state, if the session is shown."""
        view = self._host.view
        if view is None or not self.shown:
            return
        schedule = of_session(view)
        self._screen.query_one(PlanHead).show_session(view, schedule)
        self._screen.query_one(SessionFacts).show(view, schedule)
        self._timeline.show(schedule)
        self.show_stage()

    def show_stage(self) -> None:
        """What the stage under the cursor did; of one that has not begun, what it would be given."""
        view, stage = self._host.view, self.stage
        if view is None:
            return
        prepared = self._prepared(view)
        place = _place_of(stage, prepared) if stage is not None and not stage.attempts and not stage.changes else None
        self._screen.set_class(place is not None, "-ahead")
        if prepared is not None and place is not None:
            self._screen.query_one(StagePane).show(prepared, prepared.plan.stages[place], prepared.plan, ())
        else:
            self._screen.query_one(StageDetail).show(view, stage)
        self.show_output()

    def show_output(self) -> None:
        """The curve and the log of the stage under the cursor, where the window has room for them."""
        view, stage = self._host.view, self.stage
        begun = stage is not None and bool(stage.attempts)
        self._screen.set_class(begun, "-begun")
        if view is not None and stage is not None and begun:
            self._screen.query_one(StageOutput).show(view, stage, self._host.curves)

    def go_to_active(self) -> None:
        """The cursor on what runs."""
        view = self._host.view
        if view is not None and view.session.active:
            self._timeline.go(view.session.places[view.session.active[0].name])
            self.show_stage()

    def _prepared(self, view: View) -> Prepared | None:
        """The session's own plan; read in a thread when it is first asked for."""
        if self._plan is None or self._plan[0] != view.folder.path:
            self._plan = (view.folder.path, None)
            run_in_background(self._screen, partial(self._read_plan, view), "session-plan")
        return self._plan[1]

    async def _read_plan(self, view: View) -> None:
        root = Path(view.session.project) if view.session.project else view.folder.path
        prepared = await asyncio.to_thread(session_plan, view.folder.plan, root, self._host.sessions)
        self._plan = (view.folder.path, prepared)
        self.show()


def _place_of(stage: Stage, prepared: Prepared | None) -> int | None:
    """The stage's place in the session's plan; None when it is not in it (a strategy added it)."""
    stages = prepared.plan.stages if prepared is not None else ()
    return next((place for place, each in enumerate(stages) if each.name == stage.name), None)
