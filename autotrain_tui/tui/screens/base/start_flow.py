"""Starting a plan from a screen: what would go wrong is asked about first, then the session is made and shown."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from textual import work

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.actions import Question
from autotrain_tui.tui.model.cards import PlanCard
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

if TYPE_CHECKING:
    from autotrain_tui.session.launch.preflight import Finding
    from autotrain_tui.session.launch.prepare import Prepared

__all__ = ["StartFlow"]


class StartFlow(ModeScreen):
    """What Home and Plan share."""

    @work(group="start", exclusive=True, exit_on_error=False)
    async def start_plan(self, card: PlanCard) -> None:
        """Start the plan as it is and show its session; say why when that can't be."""
        if card.prepared is None:
            self.app.notify(card.trouble, title=f"{card.name} can't be used", severity="error", markup=False)
            return
        await self._launch(card.prepared, await asyncio.to_thread(self._check, card.prepared))

    @work(group="start", exclusive=True, exit_on_error=False)
    async def start_prepared(self, prepared: Prepared, findings: tuple[Finding, ...]) -> None:
        """Start a plan that has been checked."""
        await self._launch(prepared, findings)

    async def _launch(self, prepared: Prepared, findings: tuple[Finding, ...]) -> None:
        """Ask when there is anything to be said, then start it."""
        from autotrain_tui.session.launch.preflight import Verdict, troubles  # with the engine, which nobody waits for

        name = sanitize(prepared.plan.name)
        found = troubles(findings)
        if found:
            from autotrain_tui.tui.dialogs.question import ask_question  # first needed here

            words = "\n".join(f"{'✗' if each.verdict is Verdict.FAIL else '!'} {sanitize(each.text)}" for each in found)
            question = Question(f"Start {name}?", words, "Start it all the same", "Don't start")
            reply = await self.app.push_screen_wait(ask_question(question))
            if reply is None or reply.name != "yes":
                return
        try:
            folder = await asyncio.to_thread(self._start, prepared)
        except AutotrainError as error:
            self.app.notify(str(error), title=f"{name} was not started", severity="error", markup=False)
            return
        self.app.open_session(folder)

    def _check(self, prepared: Prepared) -> tuple[Finding, ...]:
        from autotrain_tui.session.launch.machine_check import gather
        from autotrain_tui.session.launch.preflight import preflight  # in the thread: nobody waits for the import

        sample = self.app.machine.sample
        facts = gather(prepared.plan, self.app.sessions, sample.gpu if sample is not None else None)
        return preflight(prepared, facts)

    def _start(self, prepared: Prepared) -> SessionFolder:
        from autotrain_tui.session.launch.prepare import create  # as above
        from autotrain_tui.tui.model.command_sender import start_runner

        app = self.app
        root = app.project or app.sessions.parent
        folder = create(prepared, root=root, sessions=app.sessions, command_line=sys.argv)
        start_runner(folder)
        return folder
