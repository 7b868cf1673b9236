"""Trials that still run when the budget is used up: nothing ends them, so that a person is told once."""

from __future__ import annotations

import time

from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import Alert

__all__ = ["tell_late"]

_KIND = "budget"


async def tell_late(context: RunnerContext) -> float | None:
    """Alert of each such trial; seconds until the budget is used up, or None if that is not to be waited for."""
    session = context.session
    if session.budget_seconds is None or not session.trials:
        return None
    running = [stage.name for stage in session.active if stage.trial is not None]
    if not running:
        return None
    left = session.budget_seconds - session.elapsed(time.monotonic())
    if left > 0:
        return left
    told = {alert.stage for alert in session.alerts if alert.kind == _KIND}
    for name in running:
        if name not in told:
            text = (
                f"{name} still runs although the budget is used up; end it with: autotrain-tui skip {name}, "
                "or give its stage timeout_minutes"
            )
            await context.state.write(Alert(kind=_KIND, stage=name, text=text))
    return None
