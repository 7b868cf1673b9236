"""Starting a plan from a screen: problems are asked about first, then the session is created and shown."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING

from autotrain_tui.errors import AutotrainError
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.actions import Question
from autotrain_tui.tui.model.cards import PlanCard
from autotrain_tui.tui.widgets.background_work import run_in_background

if TYPE_CHECKING:
    from textual.screen import Screen

    from autotrain_tui.session.launch.preflight import Finding
    from autotrain_tui.session.launch.prepare import Prepared
    from autotrain_tui.tui.model.host import Host

__all__ = ["StartFlow"]


class StartFlow:
    """From a plan to its session on the screen. Home and Plan own one."""

    def __init__(self, screen: Screen[None], host: Host) -> None:
        self._screen, self._host = screen, host

    def start_card(self, card: PlanCard) -> None:
        """Check the plan as it is and start it; notify why when it can't be used."""
        if card.prepared is None:
            title = f"{card.name} can't be used"
            self._screen.app.notify(card.trouble, title=title, severity="error", markup=False)
            return
        self._run(partial(self._check_and_launch, card.prepared))

    def start_prepared(self, prepared: Prepared, findings: tuple[Finding, ...]) -> None:
        """Start a plan that has been checked."""
        self._run(partial(self._launch, prepared, findings))

    def _run(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        if self._host.read_only:
            self._screen.app.notify("This screen was opened with --read-only: it starts nothing.", markup=False)
            return
        run_in_background(self._screen, work, "start")

    async def _check_and_launch(self, prepared: Prepared) -> None:
        await self._launch(prepared, await asyncio.to_thread(self._check, prepared))

    async def _launch(self, prepared: Prepared, findings: tuple[Finding, ...]) -> None:
        """Ask when there is a problem, then start it."""
        from autotrain_tui.session.launch.preflight import Verdict, troubles  # with the engine, which nobody waits for

        app, name = self._screen.app, sanitize(prepared.plan.name)
        found = troubles(findings)
        if found:
            from autotrain_tui.tui.dialogs.question import ask_question  # first needed here

            words = "\n".join(f"{'✗' if each.verdict is Verdict.FAIL else '!'} {sanitize(each.text)}" for each in found)
            reply = await app.push_screen_wait(ask_question(Question(f"Start {name}?", words, "Start anyway")))
            if reply is None or reply.name != "yes":
                return
        try:
            folder = await asyncio.to_thread(self._start, prepared)
        except AutotrainError as error:
            app.notify(str(error), title=f"{name} was not started", severity="error", markup=False)
            return
        self._host.open_session(folder)

    def _check(self, prepared: Prepared) -> tuple[Finding, ...]:
        from autotrain_tui.session.launch.machine_check import machine_facts
        from autotrain_tui.session.launch.preflight import preflight  # in the thread: nobody waits for the import

        sample = self._host.machine.sample
        facts = machine_facts(prepared.plan, self._host.sessions, sample.gpu if sample is not None else None)
        return preflight(prepared, facts)

    def _start(self, prepared: Prepared) -> SessionFolder:
        from autotrain_tui.session.launch.prepare import create  # as above
        from autotrain_tui.tui.model.command_sender import start_runner

        host = self._host
        root = host.project or host.sessions.parent
        folder = create(prepared, root=root, sessions=host.sessions, command_line=sys.argv)
        start_runner(folder)
        return folder
