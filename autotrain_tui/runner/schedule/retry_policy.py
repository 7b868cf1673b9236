"""The plan's `retries`: what follows a failure, by its class. Without a rule nothing follows.

Each class has its own number of retries; a person's own retry doesn't count against it. The decision is journaled
(`retry_planned`) with the reason and the log lines that decided it, then executed.
"""

from __future__ import annotations

import contextlib
import logging

from autotrain_tui.errors import PlanError, RefusedError
from autotrain_tui.plan.change import changed_parameters, with_change
from autotrain_tui.plan.model import PlanStage, RetryRule
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.context.session_end import stop_session
from autotrain_tui.runner.core.stage_environment import changed_stage
from autotrain_tui.runner.schedule.resubmission import resubmit
from autotrain_tui.runner.schedule.trial_room import ran_out_beside_others
from autotrain_tui.session.journal.events import Alert, Params, RetryPlanned, StageReset, StageSkipped
from autotrain_tui.session.journal.state import AttemptEnd, Failed, Stage
from autotrain_tui.session.journal.transitions import StageState

__all__ = ["apply_policy", "end_for_alert"]

log = logging.getLogger(__name__)

_LIVE_CLASSES = {"nan", "stall"}
"""Classes that are seen while the stage runs: with a rule they end it, without one they only alert."""


async def apply_policy(context: RunnerContext, stage: Stage) -> None:
    """Do what the plan says about the failure that the stage has just ended with."""
    if await resubmit(context, stage) or await _alone(context, stage):
        return
    match stage.status:
        case Failed(end=AttemptEnd(failure=str(failure_class)) as end):
            failure = "error" if failure_class == "gate" else failure_class or "error"
        case _:
            return
    plan_stage = context.stage(stage.name)
    rule = plan_stage.retries.get(failure)
    if rule is None or _used(stage, failure) > rule.count:
        return
    try:
        changes = _changes(rule, changed_stage(plan_stage, stage.changes))
    except PlanError as error:
        log.warning("stage %s: %s", stage.name, error)
        return
    await context.state.write(
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
    await _act(context, stage, rule, failure, changes)


async def _alone(context: RunnerContext, stage: Stage) -> bool:
    """Have a trial that ran out of memory beside others run again, alone; whether it is so."""
    if not isinstance(stage.status, Failed) or not ran_out_beside_others(context.session, stage):
        return False
    reason = "ran out of memory beside other trials: again, alone"
    await context.state.write(StageReset(stage=stage.name, reason=reason, by="policy", resume=stage.info.resumable))
    return True


def _changes(rule: RetryRule, before: PlanStage) -> Params:
    """The parameters that the rule changes. Raises PlanError if it can't be applied."""
    if rule.action not in ("retry", "retry_from_scratch") or not rule.change:
        return {}
    return {name: new for name, (_, new) in changed_parameters(before, with_change(before, rule.change)).items()}


def _used(stage: Stage, failure: str) -> int:
    """How many attempts of the stage ended with this class, the one that has just ended included."""
    same = {failure, "gate"} if failure == "error" else {failure}
    return sum(attempt.end is not None and attempt.end.failure in same for attempt in stage.attempts)


async def _act(context: RunnerContext, stage: Stage, rule: RetryRule, failure: str, changes: Params) -> None:
    match rule.action:
        case "retry" | "retry_from_scratch":
            resume = rule.action == "retry" and stage.info.resumable
            await context.state.write(
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
            await context.state.write(StageSkipped(stage=stage.name, reason=f"skipped after {failure}", by="policy"))
        case "stop":
            await stop_session(context, "stop", f"stage {stage.name} ended with {failure}", "policy")
        case "pause":
            pass  # the retry_planned event has set it aside already


async def end_for_alert(context: RunnerContext, alert: Alert) -> None:
    """End a running stage for an alert whose class the plan has a rule for."""
    if alert.stage is None or alert.kind not in _LIVE_CLASSES:
        return
    supervisor = context.supervisors.get(alert.stage)
    stage = context.session.stage(alert.stage)
    if supervisor is None or stage is None or stage.state is not StageState.RUNNING:
        return
    out = stage.trial is not None and alert.kind == "nan"  # a trial whose loss is not finite is out
    if alert.kind not in supervisor.plan.retries and not out:
        return
    with contextlib.suppress(RefusedError):  # it has ended by itself
        await supervisor.control.request_end("policy", alert.text, "policy", failure=alert.kind)
