"""Plan: the project's plans, the chosen one on a time axis against its budget; Enter starts it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from autotrain_tui.tui.catalog import PlanCard, plan_lines, read_plans, read_sessions
from autotrain_tui.tui.screens.starting import Starting
from autotrain_tui.tui.widgets.plan_sheet import PlanSheet
from autotrain_tui.tui.widgets.rows import Rows

__all__ = ["PlanScreen"]


class PlanScreen(Starting):
    """What could be started, and what it would take."""

    MODE = "plan"
    CSS_PATH = "plan.tcss"
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "look", "Read again", id="plan.look", show=False, tooltip="Read the plans' files again"),
    ]

    def compose_body(self) -> ComposeResult:
        """Plans and the sheet."""
        with Horizontal(id="lists"):
            yield Rows[PlanCard]("Plans", plan_lines, height=3, id="plans", classes="pane",
                                 empty="No plan yet. A plan is a TOML file in stages/.")
            yield PlanSheet(id="sheet", classes="pane")

    def on_screen_resume(self) -> None:
        """The files may be others now."""
        super().on_screen_resume()
        self.action_look()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def action_look(self) -> None:
        """Read the plans, in a thread."""
        app = self.app
        sessions = await asyncio.to_thread(read_sessions, app.sessions, 100)
        plans = await asyncio.to_thread(read_plans, app.project, app.sessions, sessions)
        if self.is_mounted:
            self.query_one("#plans", Rows).show(plans, same=lambda card: card.path)
            self._show_sheet()
            self.refresh_bindings()

    @on(Rows.Moved, "#plans")
    def _show_sheet(self) -> None:
        card = self.query_one("#plans", Rows).chosen
        if isinstance(card, PlanCard):
            self.query_one(PlanSheet).show(card.prepared, card.trouble)
        else:
            self.query_one(PlanSheet).show(None, "There is no plan here yet.")

    @on(Rows.Taken, "#plans")
    def _plan_taken(self) -> None:
        card = self.query_one("#plans", Rows).chosen
        if isinstance(card, PlanCard):
            self.start_plan(card)
