"""The command that changes the session's time limit."""

from __future__ import annotations

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import BudgetChanged
from autotrain_tui.session.records.command_file import Command

__all__ = ["LONGEST_BUDGET", "set_budget"]

LONGEST_BUDGET = 1e9 * 3600
"""Seconds."""


async def set_budget(context: RunnerContext, command: Command) -> None:
    """Change the session's time limit. Raises RefusedError for what is no limit."""
    session = context.session
    if "seconds" in command.args:
        seconds = _seconds(command.args["seconds"])
    else:
        add = _seconds(command.args.get("add_seconds"))
        if add is None:
            raise RefusedError("the budget command needs seconds or add_seconds")
        if session.budget_seconds is None:
            raise RefusedError("the session has no time limit to change; give a whole one")
        seconds = session.budget_seconds + add
    if seconds is not None and not 0 < seconds <= LONGEST_BUDGET:
        raise RefusedError("a budget is more than 0 seconds" if seconds <= 0 else "a budget is at most 10^9 hours")
    await context.state.write(BudgetChanged(budget_seconds=seconds, reason=command.reason, by=command.by))


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124  NaN
        raise RefusedError(f"expected a number of seconds, got {str(value)[:40]!r}")
    return float(value)
