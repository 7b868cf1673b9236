"""The end of the session: stopping all attempts, the summary, the last event."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Literal

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import SessionFinished, SessionStopping
from autotrain_tui.session.journal.transitions import Outcome

__all__ = ["finish_session", "stop_session"]


async def stop_session(context: RunnerContext, intent: str, reason: str, by: str) -> None:
    """End the session: cleanly (intent `stop`), or now (`kill`). Waiting stages stay as they are.

    Signals do not wait for a journal that can't be written: all attempts are ended at once, and what was done is
    recorded when there is room.
    """
    word: Literal["stop", "kill"] = "kill" if intent == "kill" else "stop"
    context.loop.ending = True
    record = context.state.begin(SessionStopping(intent=word, reason=reason, by=by))
    await context.state.recorded_or_failing(record)

    async def end(stage: str) -> None:
        with contextlib.suppress(RefusedError):  # it has just ended
            await context.supervisors.require(stage).control.request_end(word, reason, by)

    await asyncio.gather(*(end(stage.name) for stage in context.session.active))
    await asyncio.shield(record)


async def finish_session(context: RunnerContext, outcome: Outcome, reason: str) -> None:
    """Journal the session's outcome and write the last summary."""
    elapsed = round(context.session.elapsed(time.monotonic()), 3)
    await context.state.write(SessionFinished(outcome=outcome.value, reason=reason, elapsed_seconds=elapsed))
    context.summary.write()
