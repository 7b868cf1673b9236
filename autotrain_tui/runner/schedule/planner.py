"""Decides what happens next in a session by asking the strategy. Pure, except that it reads readings.

The strategy decides about stages that haven't begun. A stage that was begun and waits for its next attempt (a retry, a
resume, an undone skip) is started by the runner when its delay has passed and `jobs` allows one more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from autotrain_tui.plan.estimate import Estimator, Observation
from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.strategies import strategy_for
from autotrain_tui.plan.strategies.order import ALL_ENDED
from autotrain_tui.plan.strategy import Budget, End, Ended, History, Run, Wait
from autotrain_tui.session.history.observations import seen_stages
from autotrain_tui.session.journal.state import (
    Failed,
    Held,
    Lost,
    Paused,
    Pending,
    Session,
    Skipped,
    Stage,
    Stopped,
    Succeeded,
)
from autotrain_tui.session.journal.transitions import ACTIVE, Outcome, SessionState, StageState

__all__ = ["Planner", "ScheduleDecision"]

Series = Callable[[Session, Stage], Sequence[float]]
"""The headline metric's values of a stage, in the order read."""


_OUTCOMES: dict[StageState, Literal["succeeded", "failed", "skipped", "stopped", "lost"]] = {
    StageState.SUCCEEDED: "succeeded",
    StageState.FAILED: "failed",
    StageState.SKIPPED: "skipped",
    StageState.STOPPED: "stopped",
    StageState.LOST: "lost",
}


@dataclass(frozen=True, slots=True)
class ScheduleDecision:
    """`again`: begun stages whose next attempt is due. `run`: what the strategy starts now. `wake_in`: seconds until it
    is worth looking again. `outcome`: set when the session is over, with its reason.
    """

    again: tuple[str, ...] = ()
    run: Run | None = None
    wake_in: float | None = None
    outcome: Outcome | None = None
    reason: str = ""


class Planner:
    """Decides what is next for one plan. `earlier` are the observations of earlier sessions."""

    def __init__(self, plan: Plan, earlier: Sequence[Observation], series: Series) -> None:
        self._plan = plan
        self._strategy = strategy_for(plan)
        self._earlier = list(earlier)
        self._series = series

    def next(self, session: Session, mono: float) -> ScheduleDecision:
        """What is to happen now; `mono` is the monotonic time."""
        active = [stage for stage in session.stages if stage.state in ACTIVE]
        if session.state is SessionState.STOPPING:
            return ScheduleDecision() if active else ScheduleDecision(outcome=Outcome.STOPPED, reason=session.reason)
        free = session.jobs - len(active)
        again, wakes = self._again(session, mono)
        if again and free > 0:
            return ScheduleDecision(again=tuple(again[:free]))
        if free <= 0:
            return ScheduleDecision(wake_in=min(wakes, default=None))
        decision = self._strategy.next(self.history(session), self.budget(session, mono))
        match decision:
            case Run():
                return ScheduleDecision(run=decision)
            case Wait(reason):
                stuck = (
                    not active
                    and not wakes
                    and not any(isinstance(stage.status, Held | Paused) for stage in session.stages)
                )
                if stuck:
                    return ScheduleDecision(outcome=Outcome.FAILED, reason=f"nothing can start: {reason}")
                return ScheduleDecision(wake_in=min(wakes, default=None), reason=reason)
            case End(outcome, reason):
                # a paused or held stage waits for a person, whatever else is done
                if active or wakes or any(isinstance(stage.status, Paused | Held) for stage in session.stages):
                    return ScheduleDecision(wake_in=min(wakes, default=None), reason=reason)
                return ScheduleDecision(
                    outcome=self._outcome(session, outcome), reason=self._reason(session, outcome, reason)
                )

    def _again(self, session: Session, mono: float) -> tuple[list[str], list[float]]:
        due: list[str] = []
        wakes: list[float] = []
        for stage in session.stages:
            status = stage.status
            if isinstance(status, Pending) and stage.attempts:
                if status.not_before_mono is not None and status.not_before_mono > mono:
                    wakes.append(status.not_before_mono - mono)
                else:
                    due.append(stage.name)
        return due, wakes

    @staticmethod
    def _outcome(session: Session, outcome: str) -> Outcome:
        if outcome == "failed":
            bad = {stage.state for stage in session.stages}
            return Outcome.FAILED if bad & {StageState.FAILED, StageState.LOST} else Outcome.STOPPED
        return Outcome.BUDGET if outcome == "budget" else Outcome.SUCCEEDED

    @staticmethod
    def _reason(session: Session, outcome: str, reason: str) -> str:
        if outcome != "failed":
            return "" if reason == ALL_ENDED else reason
        for stage in session.stages:
            if stage.state in (StageState.FAILED, StageState.LOST):
                words = "failed" if stage.state is StageState.FAILED else "was lost"
                return f"stage {stage.name} {words}" + (f": {stage.reason}" if stage.reason else "")
        return reason

    def budget(self, session: Session, mono: float) -> Budget:
        """The time left, and estimates that have learnt from this session's own stages too."""
        left = None if session.budget_seconds is None else session.budget_seconds - session.elapsed(mono)
        own = [item for stage in session.stages for item in seen_stages(session, stage)]
        return Budget(left, Estimator([*self._earlier, *own], session.mode, session.id).estimate)

    def history(self, session: Session) -> History:
        """The session as the strategy sees it."""
        ended: list[tuple[str, int, Ended]] = []
        opened: set[str] = set()
        held: set[str] = set()
        for stage in session.stages:
            match stage.status:
                case Succeeded(end) | Failed(end) | Stopped(end) | Lost(end):
                    ended.append((end.time, stage.info.index, self._ended(session, stage)))
                case Skipped(_, end):
                    ended.append((end.time if end is not None else "", stage.info.index, self._ended(session, stage)))
                case Held():
                    held.add(stage.name)
                case Pending():
                    if stage.attempts:
                        opened.add(stage.name)
                case _:
                    opened.add(stage.name)
        order = sorted(ended, key=lambda item: item[:2])
        return History(tuple(item[2] for item in order), frozenset(opened), frozenset(held))

    def _ended(self, session: Session, stage: Stage) -> Ended:
        attempt = stage.attempt
        name = session.metric_name
        failure = attempt.end.failure if attempt is not None and attempt.end is not None else None
        values = {
            key: value for key, value in (attempt.params if attempt is not None else {}).items() if value is not None
        }
        return Ended(
            stage=stage.name,
            outcome=_OUTCOMES[stage.state],
            seconds=sum(item.run_seconds for item in stage.attempts),
            values=values,
            series=tuple(self._series(session, stage)) if name is not None and stage.attempts else (),
            last=attempt.metrics.get(name) if attempt is not None and name is not None else None,
            best=attempt.best if attempt is not None else None,
            below_gate=failure == "gate",
        )
