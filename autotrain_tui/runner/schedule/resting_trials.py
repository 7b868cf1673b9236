"""What is to be done with trials that are judged: they rest at their rung, or go on from it.

Both follow from the journal alone, so that a runner that is killed between a decision and its act leaves the act to the
next one.
"""

from __future__ import annotations

import contextlib

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.attempt.attempt_control import Intent
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.session.journal.events import StageReset
from autotrain_tui.session.journal.state import Paused, Running, Stage, Starting, Stopped

__all__ = ["goes_on_from_rung", "is_to_rest", "let_go_on", "let_rest"]


def is_to_rest(trial: Stage | None) -> bool:
    """Whether the trial runs although it was judged to rest, and was not asked to end yet."""
    at, attempt = (trial.trial, trial.attempt) if trial is not None else (None, None)
    if at is None or attempt is None or not at.resting or not at.parked:
        return False
    return trial is not None and isinstance(trial.status, Starting | Running) and attempt.intent is None


def goes_on_from_rung(trial: Stage) -> bool:
    """Whether the trial rested at a rung, and may go on now."""
    at = trial.trial
    return at is not None and at.resting and not at.parked and isinstance(trial.status, Paused | Stopped)


async def let_rest(context: RunnerContext, name: str) -> bool:
    """Have a trial save its checkpoint and end, or end without if it can't; False if it has just ended."""
    stage, supervisor = context.session.stage(name), context.supervisors.get(name)
    if stage is None or supervisor is None:
        return False
    with contextlib.suppress(RefusedError):
        intent: Intent = "pause" if stage.info.resumable else "stop"
        await supervisor.control.request_end(intent, f"rests at {_rung(stage)}", "sweep")
        return True
    return False


async def let_go_on(context: RunnerContext, name: str) -> None:
    """Make a trial that rested pending: from its checkpoint if it has one, else from scratch."""
    stage = context.session.stage(name)
    if stage is None or not goes_on_from_rung(stage):
        return
    await context.state.write(
        StageReset(stage=name, reason=f"goes on from {_rung(stage)}", by="sweep", resume=stage.info.resumable)
    )


def _rung(stage: Stage) -> str:
    return f"rung {len(stage.trial.rungs)}" if stage.trial is not None else ""
