"""Whether a trial may start beside its siblings: memory as they took it, and trials that are to run alone."""

from __future__ import annotations

from collections.abc import Iterable

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.core.available_memory import available_memory
from autotrain_tui.session.journal.state import Attempt, Session, Stage

__all__ = ["gpu_memory_of", "gpu_sharers", "ran_out_beside_others", "room_for", "runs_alone"]

MARGIN = 1.1
"""A trial may take somewhat more than its siblings took: other values, other sizes."""

RESERVE = 512 << 20
"""Bytes of memory that stay free."""


def room_for(context: RunnerContext, stage: Stage) -> str:
    """Why the trial waits; empty if it may start now. One that is alone always may: waiting would change nothing."""
    siblings = _siblings(context.session, stage)
    if not siblings:
        return ""
    if runs_alone(context.session, stage):
        return "waits to run alone: it ran out of memory beside other trials"
    lone = next((one.name for one in siblings if runs_alone(context.session, one)), None)
    if lone is not None:
        return f"waits for {lone}, which runs alone because it ran out of memory beside other trials"
    peak, free = _peak(context.session, stage), available_memory()
    if peak is None or free is None:
        return ""
    to_come = sum(max(0, peak - _memory_now(context, one)) for one in siblings)
    if free - to_come >= peak * MARGIN + RESERVE:
        return ""
    return f"waits for {peak / 2**30:.1f} GiB of memory, which a trial takes, beside {len(siblings)} that run"


def _memory_now(context: RunnerContext, stage: Stage) -> int:
    supervisor = context.supervisors.get(stage.name)
    return (supervisor.usage.memory or 0) if supervisor is not None else 0


def _siblings(session: Session, stage: Stage) -> list[Stage]:
    """The trials of the same search that run."""
    return [
        other
        for other in session.active
        if other.trial is not None and other.info.sweep == stage.info.sweep and other.name != stage.name
    ]


def _attempts(session: Session, stage: Stage) -> Iterable[Attempt]:
    return (attempt for trial in session.trials_of(stage.info.sweep) for attempt in trial.attempts)


def _peak(session: Session, stage: Stage) -> int | None:
    """The most memory that an attempt of the search took."""
    usages = (attempt.end.usage for attempt in _attempts(session, stage) if attempt.end is not None)
    return max((usage.memory_peak_bytes or 0 for usage in usages if usage is not None), default=0) or None


def gpu_memory_of(session: Session, stage: Stage, plan_stage: PlanStage) -> int | None:
    """The bytes that the trial will take on each of its GPUs: as declared, else a bit more than its siblings took."""
    if plan_stage.gpu_memory_bytes is not None:
        return plan_stage.gpu_memory_bytes
    usages = (attempt.end.usage for attempt in _attempts(session, stage) if attempt.end is not None)
    peak = max((usage.gpu_memory_peak_bytes or 0 for usage in usages if usage is not None), default=0)
    return int(peak * MARGIN) or None


def gpu_sharers(context: RunnerContext, stage: Stage) -> dict[str, int]:
    """The trials that run and may share their GPU with this one, with the bytes that each takes there."""
    search = context.plan.stage(stage.info.sweep).sweep if stage.trial is not None else None
    if search is None or not search.share_gpu:
        return {}
    found: dict[str, int] = {}
    for other in _siblings(context.session, stage):
        taken = gpu_memory_of(context.session, other, context.stage(other.name))
        if taken is not None:
            found[other.name] = taken
    return found


def runs_alone(session: Session, stage: Stage) -> bool:
    """Whether the trial ran out of memory while others ran beside it: it is not to do so again."""
    return any(_ran_out_beside(session, stage, attempt) for attempt in stage.attempts)


def ran_out_beside_others(session: Session, stage: Stage) -> bool:
    """Whether its last attempt did so, and none before."""
    *before, last = stage.attempts
    return _ran_out_beside(session, stage, last) and not any(_ran_out_beside(session, stage, one) for one in before)


def _ran_out_beside(session: Session, stage: Stage, attempt: Attempt) -> bool:
    if stage.trial is None or attempt.end is None or attempt.end.failure != "oom":
        return False
    return any(
        _beside(attempt, other)
        for trial in session.trials_of(stage.info.sweep)
        if trial.name != stage.name
        for other in trial.attempts
    )


def _beside(one: Attempt, other: Attempt) -> bool:
    """Whether two attempts ran at the same time, on the same GPU if both have one."""
    if one.boot_id != other.boot_id or (one.gpus and other.gpus and not set(one.gpus) & set(other.gpus)):
        return False
    until = float("inf") if other.end is None else other.started_mono + other.run_seconds
    return other.started_mono < one.started_mono + one.run_seconds and until > one.started_mono
