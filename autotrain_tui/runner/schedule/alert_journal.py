"""Alerts are journaled in the order of their arrival, and end a stage if the plan has a retry rule for their class."""

from __future__ import annotations

import asyncio

from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.schedule.retry_policy import end_for_alert
from autotrain_tui.session.journal.events import Alert

__all__ = ["AlertJournal"]


class AlertJournal:
    """Takes alerts from whoever finds them."""

    def __init__(self, context: RunnerContext) -> None:
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, alert: Alert) -> None:
        """Returns at once; the alert is journaled when its turn comes."""
        task = asyncio.create_task(self._write(alert))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, alert: Alert) -> None:
        await self._context.state.write(alert)
        await end_for_alert(self._context, alert)
