"""A session on the time axis: what the Plan screen shows of one, beside what it shows of plans."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import work

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.launch.prepare import Prepared
from autotrain_tui.tui.model.actions import Request
from autotrain_tui.tui.model.open_plan import session_plan
from autotrain_tui.tui.model.schedule import Schedule, TimelineRow, of_session, row_name
from autotrain_tui.tui.panes.stage_detail import StageDetail
from autotrain_tui.tui.panes.timeline_pane import axis_line as ticks
from autotrain_tui.tui.screens.base.start_flow import StartFlow
from autotrain_tui.tui.screens.plan.plan_panes import PlanHead, SessionFacts, StagePane
from autotrain_tui.tui.widgets.line import Line
from autotrain_tui.tui.widgets.list_view import ListView

__all__ = ["TimelineScreen"]


class TimelineScreen(StartFlow):
    """A timeline with a cursor; of the session while the screen has the class `-session`."""

    def __init__(self) -> None:
        super().__init__()
        self.schedule: Schedule | None = None
        self._session_plan: tuple[Path, Prepared | None] | None = None

    def axis_line(self, width: int) -> Line:
        """The heading over the bars."""
        return ticks(self.schedule.axis if self.schedule is not None and self.schedule.rows else None, width)

    @property
    def shows_session(self) -> bool:
        """Whether the session is shown, not a plan."""
        return self.has_class("-session")

    @property
    def chosen(self) -> Stage | None:
        """The session's stage under the timeline's cursor."""
        row = self.row
        return self.view.session.stage(row.name) if self.shows_session and self.view is not None and row else None

    @property
    def row(self) -> TimelineRow | None:
        """The row under the timeline's cursor."""
        row = self.query_one("#timeline", ListView).highlighted if self.whole else None
        return row if isinstance(row, TimelineRow) else None

    def tick(self, view: View) -> None:
        """Clocks and the bar that grows."""
        if view.alive and view.session.active:
            self.show_session()

    def show_session(self) -> None:
        """Draw the session as it stands, when it is what is shown."""
        view = self.view
        if view is None or not self.shows_session:
            return
        self.schedule = of_session(view)
        self.query_one(PlanHead).show_session(view, self.schedule)
        self.query_one(SessionFacts).show(view, self.schedule)
        self.query_one("#timeline", ListView).show(self.schedule.rows, same=row_name)
        self.show_session_stage()

    def show_session_stage(self) -> None:
        """What the stage under the cursor did; of one that has not begun, what it would be given."""
        view, stage = self.view, self.chosen
        if view is None:
            return
        plan = self._session_plan
        if plan is None or plan[0] != view.folder.path:
            self._session_plan = (view.folder.path, None)
            self._read_session_plan(view)
        prepared = plan[1] if plan is not None and plan[0] == view.folder.path else None
        found = (
            next(
                (at for at, each in enumerate(prepared.plan.stages) if stage is not None and each.name == stage.name),
                None,
            )
            if prepared is not None
            else None
        )
        ahead = stage is not None and not stage.attempts and found is not None and not stage.changes
        self.set_class(ahead, "-ahead")
        if ahead and prepared is not None and found is not None:
            self.query_one(StagePane).show(prepared, prepared.plan.stages[found], prepared.plan, ())
        else:
            self.query_one(StageDetail).show(view, stage)

    @work(group="session-plan", exclusive=True, exit_on_error=False)
    async def _read_session_plan(self, view: View) -> None:
        """The session's own plan, for the commands of what has not begun."""
        root = Path(view.session.project) if view.session.project else view.folder.path
        prepared = await asyncio.to_thread(session_plan, view.folder.plan, root, self.app.sessions)
        self._session_plan = (view.folder.path, prepared)
        self.show_session()

    def go_to_active(self) -> None:
        """The cursor on what runs."""
        view, rows = self.view, self.query_one("#timeline", ListView)
        if view is not None and view.session.active:
            rows.go(view.session.places[view.session.active[0].name])
            self.show_session_stage()

    def request(self, name: str) -> Request | None:
        """What a key would ask of the session, when that is what is shown."""
        return super().request(name) if self.shows_session else None
