"""The plan's `on_alert`: a command that is run for each alert, with its details in the environment.

It is run for alerts, the end of each stage, and the session's end: in its own session, without stdin, with its output
in runner.log, at most four at once and a minute each. Its exit status is only logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Sequence

from autotrain_tui.session.journal.events import Alert, AttemptEnded, Event, SessionFinished
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["AlertHook", "alert_variables"]

log = logging.getLogger(__name__)

AT_ONCE = 4
LONGEST_SECONDS = 60.0
MOST_WAITING = 100


def alert_variables(event: Event) -> dict[str, str] | None:
    """The AUTOTRAIN_ALERT_… variables for an event; None if the command is not run for it."""
    match event:
        case Alert(kind=kind, text=text, stage=stage):
            return _variables(kind, text, stage)
        case AttemptEnded(stage=stage, state=state, reason=reason):
            return _variables(f"stage_{state}", f"stage {stage} {state}" + (f": {reason}" if reason else ""), stage)
        case SessionFinished(outcome=outcome, reason=reason):
            return _variables(f"session_{outcome}", f"session {outcome}" + (f": {reason}" if reason else ""), None)
        case _:
            return None


def _variables(kind: str, text: str, stage: str | None) -> dict[str, str]:
    clean = text.replace("\0", "")[:4000]
    return {"AUTOTRAIN_ALERT_KIND": kind, "AUTOTRAIN_ALERT_TEXT": clean, "AUTOTRAIN_ALERT_STAGE": stage or ""}


class AlertHook:
    """Runs the command for each such event, in order of arrival."""

    def __init__(self, command: Sequence[str], folder: SessionFolder, cwd: str) -> None:
        self._command, self._folder, self._cwd = list(command), folder, cwd
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(AT_ONCE)

    def on_event(self, event: Event) -> None:
        """Run the command if the event is one of those."""
        told = alert_variables(event) if self._command else None
        if told is None or len(self._tasks) >= MOST_WAITING:
            return
        task = asyncio.get_running_loop().create_task(self._run(told))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what is running, within its time."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LONGEST_SECONDS)

    async def _run(self, told: dict[str, str]) -> None:
        environment = {
            **os.environ,
            **told,
            "AUTOTRAIN_SESSION_DIR": str(self._folder.path),
            "AUTOTRAIN_SESSION": self._folder.id,
        }
        async with self._gate:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    env=environment,
                    cwd=self._cwd,
                    stdin=asyncio.subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                log.warning("on_alert: %s: %s", self._command[0], error.strerror)
                return
            try:
                async with asyncio.timeout(LONGEST_SECONDS):
                    code = await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
                log.warning("on_alert: %s ran longer than a minute and was ended", self._command[0])
            else:
                if code:
                    log.warning("on_alert: %s ended with %d", self._command[0], code)
