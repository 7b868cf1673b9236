"""Failures in a row, each soon after its start: what is wrong is not the stage, and the rest of the plan must not burn.

A plan that skips or retries failed stages runs through all of them in a minute when a disk, a driver or an environment
is broken. Then the stages that wait are held, and a person is told.
"""

from __future__ import annotations

from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import Alert, StageHeld
from autotrain_tui.session.journal.state import Pending, Stage
from autotrain_tui.session.journal.transitions import StageState

__all__ = ["FailureStreak"]

SOON_SECONDS = 60.0


class FailureStreak:
    """Sees the end of every attempt; a success, a late failure and a hold begin the count again."""

    def __init__(self, context: RunnerContext) -> None:
        self._context, self._limit = context, context.plan.hold_after_failures
        self._count = 0

    async def ended(self, stage: Stage) -> None:
        """Count the attempt that has just ended; hold what waits if it is one failure too many."""
        attempt = stage.attempt
        if not self._limit or attempt is None or attempt.end is None or stage.trial is not None:
            return
        failed = attempt.end.failure is not None and attempt.run_seconds < SOON_SECONDS
        self._count = self._count + 1 if failed else 0
        session = self._context.session
        now = session.stage(stage.name)
        if now is not None and now.state in (StageState.FAILED, StageState.LOST):
            return  # nothing new starts after it anyway
        if self._count < self._limit or len(session.stages) <= self._limit:
            return
        waiting = [each.name for each in session.stages if isinstance(each.status, Pending)]
        if not waiting:
            return
        reason = f"{self._count} failures in a row within a minute of their starts"
        self._count = 0
        for name in waiting:
            await self._context.state.write(StageHeld(stage=name, reason=reason, by="runner"))
        held = f"stage {waiting[0]} is held" if len(waiting) == 1 else f"{len(waiting)} waiting stages are held"
        text = f"{reason}: {held}; look at their logs, then release them (H), or set hold_after_failures = 0"
        await self._context.state.write(Alert(kind="held", text=text))
