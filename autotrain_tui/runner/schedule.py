"""Which stage may start now, and what to do when none may. Pure: state and plan in, a verdict out."""

from __future__ import annotations

from dataclasses import dataclass

from autotrain_tui.session.state import Held, Paused, Pending, Session, Stage
from autotrain_tui.session.transitions import ACTIVE, SATISFIED, Outcome, SessionState, StageState

__all__ = ["Schedule", "blockers", "schedule"]

_BAD = frozenset({StageState.FAILED, StageState.LOST, StageState.STOPPED})


@dataclass(frozen=True, slots=True)
class Schedule:
    """`start`: stages to start now, in order. `wake_in`: seconds until it is worth looking again. `outcome`: set when
    the session is over, with its reason.
    """

    start: tuple[str, ...] = ()
    wake_in: float | None = None
    outcome: Outcome | None = None
    reason: str = ""


def blockers(session: Session, stage: Stage) -> list[str]:
    """The stages that must end well before this one may start."""
    states = {other.name: other.state for other in session.stages}
    return [name for name in stage.info.needs if states.get(name) not in SATISFIED]


def schedule(session: Session, mono: float) -> Schedule:
    """What is to happen next at the monotonic moment `mono`."""
    active = [stage for stage in session.stages if stage.state in ACTIVE]
    bad = [stage for stage in session.stages if stage.state in _BAD]
    if session.state is SessionState.STOPPING or bad:
        return Schedule() if active else _over(session, bad)
    left = None if session.budget_seconds is None else session.budget_seconds - session.elapsed(mono)
    start: list[str] = []
    wakes: list[float] = []
    too_long: list[Stage] = []
    for stage in session.stages:
        status = stage.status
        if not isinstance(status, Pending) or blockers(session, stage):
            continue
        if len(active) + len(start) >= session.jobs:
            break
        if status.not_before_mono is not None and status.not_before_mono > mono:
            wakes.append(status.not_before_mono - mono)
        elif not fits(stage, left):
            too_long.append(stage)
        else:
            start.append(stage.name)
    if start or active or wakes:
        return Schedule(tuple(start), min(wakes, default=None))
    if any(isinstance(stage.status, Held | Paused) for stage in session.stages):
        return Schedule()
    if too_long:
        return Schedule(outcome=Outcome.BUDGET, reason=_budget_words(too_long[0], left))
    return _over(session, bad)


def fits(stage: Stage, left: float | None) -> bool:
    """Whether the stage's estimate fits the seconds left; an unknown estimate fits while there is time."""
    if left is None:
        return True
    estimate = stage.info.estimate_seconds
    return left > 0 if estimate is None else estimate <= left


def _budget_words(stage: Stage, left: float | None) -> str:
    estimate = stage.info.estimate_seconds
    left = max(0.0, left or 0.0)
    need = f"needs about {_minutes(estimate)}" if estimate is not None else "can't start"
    return f"stage {stage.name} {need} and {_minutes(left)} of the budget are left"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _over(session: Session, bad: list[Stage]) -> Schedule:
    if session.state is SessionState.STOPPING:
        return Schedule(outcome=Outcome.STOPPED, reason=session.reason)
    for state, words in ((StageState.FAILED, "failed"), (StageState.LOST, "ended, nobody knows how")):
        for stage in bad:
            if stage.state is state:
                detail = f": {stage.reason}" if stage.reason else ""
                return Schedule(outcome=Outcome.FAILED, reason=f"stage {stage.name} {words}{detail}")
    if bad:
        return Schedule(outcome=Outcome.STOPPED, reason=f"stage {bad[0].name} was stopped")
    return Schedule(outcome=Outcome.SUCCEEDED)
