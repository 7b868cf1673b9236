"""Starting a plan from a screen: what would go wrong is asked about first, then the session is made and shown."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from textual import work

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.folder import SessionFolder
from autotrain_tui.tui.actions import Question
from autotrain_tui.tui.catalog import PlanCard
from autotrain_tui.tui.screens.base import ModeScreen

if TYPE_CHECKING:
    from autotrain_tui.session.request import Prepared

__all__ = ["Starting"]


class Starting(ModeScreen):
    """What Home and Plan share."""

    @work(group="start", exclusive=True, exit_on_error=False)
    async def start_plan(self, card: PlanCard) -> None:
        """Start the plan and show its session; say why when that can't be."""
        if card.prepared is None:
            self.app.notify(card.trouble, title=f"{card.name} can't be used", severity="error", markup=False)
            return
        if card.prepared.warnings or card.prepared.fits is False:
            from autotrain_tui.tui.screens.dialogs import ask_question  # first needed here

            words = list(card.prepared.warnings)
            if card.prepared.fits is False:
                words.append("By the estimates the budget ends before the last stage.")
            question = Question(f"Start {card.name}?", " ".join(words), "Start it all the same", "Don't start")
            reply = await self.app.push_screen_wait(ask_question(question))
            if reply is None or reply.name != "yes":
                return
        try:
            folder = await asyncio.to_thread(self._start, card.prepared)
        except AutotrainError as error:
            self.app.notify(str(error), title=f"{card.name} was not started", severity="error", markup=False)
            return
        self.app.open_session(folder)

    def _start(self, prepared: Prepared) -> SessionFolder:
        from autotrain_tui.session.request import create  # in the thread: nobody waits for the import
        from autotrain_tui.tui.send import start_runner

        app = self.app
        root = app.project or app.sessions.parent
        folder = create(prepared, root=root, sessions=app.sessions, command_line=sys.argv)
        start_runner(folder)
        return folder
