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
from autotrain_tui.runner.schedule.stage_tally import StageTally
from autotrain_tui.session.journal.state import Pending, Session, Stage
from autotrain_tui.session.journal.transitions import Outcome, SessionState, StageState

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


_MOST_OF_A_SESSION = 60
"""Estimates use no more observations, however many stages an earlier session had."""


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
        self._earlier = _latest_of_each(earlier)
        self._series = series
        self._tally = StageTally(self._ended)
        self._estimator: tuple[str, Estimator] | None = None
        """Of the stages that have ended so far, and the mode it is for."""

    def next(self, session: Session, mono: float) -> ScheduleDecision:
        """What is to happen now; `mono` is the monotonic time."""
        self._update(session)
        active = self._tally.active
        if session.state is SessionState.STOPPING:
            return ScheduleDecision() if active else ScheduleDecision(outcome=Outcome.STOPPED, reason=session.reason)
        free = session.jobs - len(active)
        again, wakes = self._again(mono)
        if again and free > 0:
            return ScheduleDecision(again=tuple(again[:free]))
        if free <= 0:
            return ScheduleDecision(wake_in=min(wakes, default=None))
        decision = self._strategy.next(self.history(session), self.budget(session, mono))
        match decision:
            case Run():
                return ScheduleDecision(run=decision)
            case Wait(reason):
                if not active and not wakes and not self._tally.aside:
                    return ScheduleDecision(outcome=Outcome.FAILED, reason=f"nothing can start: {reason}")
                return ScheduleDecision(wake_in=min(wakes, default=None), reason=reason)
            case End(outcome, reason):
                # a paused or held stage waits for a person, whatever else is done
                if active or wakes or self._tally.aside:
                    return ScheduleDecision(wake_in=min(wakes, default=None), reason=reason)
                return ScheduleDecision(
                    outcome=self._outcome(session, outcome), reason=self._reason(session, outcome, reason)
                )

    def _update(self, session: Session) -> None:
        if self._tally.update(session):
            self._estimator = None

    def _again(self, mono: float) -> tuple[list[str], list[float]]:
        due: list[str] = []
        wakes: list[float] = []
        for stage in self._tally.begun():
            status = stage.status
            if isinstance(status, Pending):
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
        self._update(session)
        if self._estimator is None or self._estimator[0] != session.mode:
            seen = [*self._earlier, *self._tally.seen()]
            self._estimator = session.mode, Estimator(seen, session.mode, session.id)
        return Budget(left, self._estimator[1].estimate)

    def history(self, session: Session) -> History:
        """The session as the strategy sees it."""
        self._update(session)
        return self._tally.history()

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


def _latest_of_each(earlier: Sequence[Observation]) -> list[Observation]:
    """The latest observations of each session."""
    sessions: dict[str, list[Observation]] = {}
    for seen in sorted(earlier, key=lambda seen: seen.ended_at):
        sessions.setdefault(seen.session, []).append(seen)
    return [seen for each in sessions.values() for seen in each[-_MOST_OF_A_SESSION:]]
