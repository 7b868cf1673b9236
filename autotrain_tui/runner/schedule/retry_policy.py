"""The plan's `retries`: what follows a failure, by its class. Without a rule nothing follows.

Each class has its own number of retries; a person's own retry doesn't count against it. The decision is journaled
(`retry_planned`) with the reason and the log lines that decided it, then carried out.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from autotrain_tui.errors import PlanError, RefusedError
from autotrain_tui.plan.change import changed_parameters, with_change
from autotrain_tui.plan.model import RetryRule
from autotrain_tui.runner.core.stage_environment import changed_stage
from autotrain_tui.session.journal.events import Alert, Params, RetryPlanned, StageReset, StageSkipped
from autotrain_tui.session.journal.state import Failed, Stage
from autotrain_tui.session.journal.transitions import StageState

if TYPE_CHECKING:
    from autotrain_tui.runner.runner import Runner

__all__ = ["follow_policy", "interferes"]

log = logging.getLogger(__name__)

_LIVE_CLASSES = {"nan", "stall"}
"""Classes that are seen while the stage runs: with a rule they end it, without one they only alert."""


async def follow_policy(runner: Runner, stage: Stage) -> None:
    """Do what the plan says about the failure that the stage has just ended with."""
    if not isinstance(stage.status, Failed) or stage.status.end.failure is None:
        return
    end = stage.status.end
    failure = "error" if end.failure == "gate" else end.failure or "error"
    plan_stage = runner.stage(stage.name)
    rule = plan_stage.retries.get(failure)
    if rule is None or _used(stage, failure) > rule.count:
        return
    changes: Params = {}
    if rule.action in ("retry", "retry_from_scratch") and rule.change:
        try:
            before = changed_stage(plan_stage, stage.changes)
            after = changed_parameters(before, with_change(before, rule.change))
        except PlanError as error:
            log.warning("stage %s: %s", stage.name, error)
            return
        changes = {name: new for name, (_, new) in after.items()}
    await runner.book.write(
        RetryPlanned(
            stage=stage.name,
            attempt=stage.attempt.number if stage.attempt is not None else 0,
            failure=failure,
            action=rule.action,
            delay_seconds=rule.delay_seconds,
            changes=changes,
            reason=end.reason,
            lines=list(end.lines[-3:]),
        )
    )
    await _act(runner, stage, rule, failure, changes)


def _used(stage: Stage, failure: str) -> int:
    """How many attempts of the stage ended with this class, the one that has just ended included."""
    same = {failure, "gate"} if failure == "error" else {failure}
    return sum(attempt.end is not None and attempt.end.failure in same for attempt in stage.attempts)


async def _act(runner: Runner, stage: Stage, rule: RetryRule, failure: str, changes: Params) -> None:
    match rule.action:
        case "retry" | "retry_from_scratch":
            resume = rule.action == "retry" and stage.info.resumable
            await runner.book.write(
                StageReset(
                    stage=stage.name,
                    reason=f"retry after {failure}",
                    by="policy",
                    resume=resume,
                    changes=changes,
                    delay_seconds=rule.delay_seconds,
                )
            )
        case "skip":
            await runner.book.write(StageSkipped(stage=stage.name, reason=f"skipped after {failure}", by="policy"))
        case "stop":
            await runner.stop("stop", f"stage {stage.name} ended with {failure}", "policy")
        case "pause":
            pass  # the retry_planned event has set it aside already


async def interferes(runner: Runner, alert: Alert) -> None:
    """End a running stage for an alert whose class the plan has a rule for."""
    if alert.stage is None or alert.kind not in _LIVE_CLASSES:
        return
    carry = runner.carries.get(alert.stage)
    stage = runner.book.session.stage(alert.stage)
    if carry is None or stage is None or stage.state is not StageState.RUNNING or alert.kind not in carry.plan.retries:
        return
    try:
        await carry.ask_to_end("policy", alert.text, "policy", failure=alert.kind)
    except RefusedError:
        pass  # it has ended by itself
