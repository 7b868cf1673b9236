"""The end of the session: stopping all attempts, the summary, the last event."""

from __future__ import annotations

import contextlib
import logging
import time

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.history.documents import classic_bytes
from autotrain_tui.session.journal.events import SessionFinished, SessionStopping
from autotrain_tui.session.journal.transitions import ACTIVE, Outcome
from autotrain_tui.session.records.folder import replace_file

__all__ = ["finish_session", "stop_session", "write_summary"]

log = logging.getLogger(__name__)


async def stop_session(context: RunnerContext, intent: str, reason: str, by: str) -> None:
    """End the session: cleanly (intent `stop`), or now (`kill`). Waiting stages stay as they are."""
    kill = intent == "kill"
    await context.state.write(SessionStopping(intent="kill" if kill else "stop", reason=reason, by=by))
    for stage in context.session.stages:
        supervisor = context.supervisors.get(stage.name)
        if supervisor is None or stage.state not in ACTIVE:
            continue
        with contextlib.suppress(RefusedError):  # it has just ended
            await supervisor.control.request_end("kill" if kill else "stop", reason, by)


async def finish_session(context: RunnerContext, outcome: Outcome, reason: str) -> None:
    """Journal the session's outcome and write the last summary."""
    elapsed = round(context.session.elapsed(time.monotonic()), 3)
    await context.state.write(SessionFinished(outcome=outcome.value, reason=reason, elapsed_seconds=elapsed))
    write_summary(context)


def write_summary(context: RunnerContext) -> None:
    """Replace session.json; if the disk has no room the old one stays."""
    summary = context.folder.summary
    try:
        replace_file(summary, classic_bytes(context.session, time.monotonic(), context.state.writer.length))
    except OSError as error:
        log.warning("%s: can't be written: %s", summary, error.strerror)
