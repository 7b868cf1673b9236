"""Decides what happens next in a session by asking the strategy. Pure, except that it reads readings.

The strategy decides about stages that haven't begun. A stage that was begun and waits for its next attempt (a retry, a
resume, an undone skip) is started by the runner when its delay has passed and `jobs` allows one more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from autotrain_tui.plan.estimate import Estimate, Estimator, Observation
from autotrain_tui.plan.model import Extension, Plan, PlanStage, Scalar
from autotrain_tui.plan.strategies import strategy_for
from autotrain_tui.plan.strategies.order import ALL_ENDED
from autotrain_tui.plan.strategies.searches import Searches
from autotrain_tui.plan.strategy import (
    Budget,
    End,
    Ended,
    EndSearch,
    History,
    JudgeTrial,
    PromoteTrial,
    Run,
    RunTrial,
    TrialSeen,
    Wait,
)
from autotrain_tui.plan.sweep.trial_pace import learned_estimate
from autotrain_tui.runner.schedule.resting_trials import is_to_rest
from autotrain_tui.runner.schedule.stage_tally import StageTally
from autotrain_tui.session.journal.state import Pending, Session, Stage
from autotrain_tui.session.journal.transitions import Outcome, SessionState, StageState

__all__ = ["Planner", "ScheduleDecision"]

Series = Callable[[Session, Stage], Sequence[float]]
"""The headline metric's values of a stage, in the order read."""

Trials = Callable[[], tuple[TrialSeen, ...]]
"""The trials as they stand, with their values at the rungs that they have reached."""


_OUTCOMES: dict[StageState, Literal["succeeded", "failed", "skipped", "stopped", "lost"]] = {
    StageState.SUCCEEDED: "succeeded",
    StageState.FAILED: "failed",
    StageState.SKIPPED: "skipped",
    StageState.STOPPED: "stopped",
    StageState.LOST: "lost",
}


_MOST_OF_A_SESSION = 60
"""Estimates use no more observations, however many stages an earlier session had."""


_NOTHING: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ScheduleDecision:
    """`again`: begun stages whose next attempt is due. `run`: what the strategy starts now. `sweep`: what is decided
    about a search. `rest`: running trials that are to rest. `wake_in`: seconds until it is worth looking again.
    `outcome`: set when the session is over, with its reason.
    """

    again: tuple[str, ...] = ()
    run: Run | RunTrial | None = None
    sweep: JudgeTrial | PromoteTrial | EndSearch | None = None
    rest: tuple[str, ...] = ()
    wake_in: float | None = None
    outcome: Outcome | None = None
    reason: str = ""


class Planner:
    """Decides what is next for one plan. `earlier` are the observations of earlier sessions."""

    def __init__(self, plan: Plan, earlier: Sequence[Observation], series: Series, trials: Trials = lambda: ()) -> None:
        self._plan = plan
        self._ordered: bool | None = None
        """Whether the session has the plan's stages in the plan's order."""
        self._searches = [stage.name for stage in plan.stages if stage.sweep is not None]
        self._strategy = Searches(plan, strategy_for(plan))
        self._trials = trials
        self._earlier = _latest_of_each(earlier)
        self._series = series
        self._tally = StageTally(self._ended)
        self._trial_tally = StageTally(lambda _session, trial: Ended(stage=trial.name, outcome=_OUTCOMES[trial.state]))
        self._estimator: tuple[str, Estimator] | None = None
        """Of the stages that have ended so far, and the mode it is for."""

    def next(self, session: Session, mono: float) -> ScheduleDecision:
        """What is to happen now; `mono` is the monotonic time."""
        self._update(session)
        active = self._tally.active | self._trial_tally.active
        aside = self._tally.aside | self._trial_tally.aside
        if session.state is SessionState.STOPPING:
            return ScheduleDecision() if active else ScheduleDecision(outcome=Outcome.STOPPED, reason=session.reason)
        history = self.history(session)
        if (verdict := self._strategy.judged(history)) is not None:
            return ScheduleDecision(sweep=verdict)
        if rest := tuple(name for name in self._trial_tally.active if is_to_rest(session.stage(name))):
            return ScheduleDecision(rest=rest)
        free = session.jobs - len(active)
        again, wakes = self._again(mono)
        if again and free > 0:
            return ScheduleDecision(again=tuple(again[:free]))
        if free <= 0:
            return ScheduleDecision(wake_in=min(wakes, default=None))
        decision = self._strategy.next(history, self.budget(session, mono))
        match decision:
            case Run() | RunTrial():
                return ScheduleDecision(run=decision)
            case JudgeTrial() | PromoteTrial() | EndSearch():
                return ScheduleDecision(sweep=decision)
            case Wait(reason):
                if not active and not wakes and not aside:
                    return ScheduleDecision(outcome=Outcome.FAILED, reason=f"nothing can start: {reason}")
                return ScheduleDecision(wake_in=min(wakes, default=None), reason=reason)
            case End(outcome, reason):
                # a paused or held stage waits for a person, whatever else is done
                if active or wakes or aside:
                    return ScheduleDecision(wake_in=min(wakes, default=None), reason=reason)
                return ScheduleDecision(
                    outcome=self._outcome(session, outcome), reason=self._reason(session, outcome, reason)
                )

    def _update(self, session: Session) -> None:
        changed = self._tally.update(session, session.stages)
        if self._trial_tally.update(session, session.trials) or changed:
            self._estimator = None

    def _again(self, mono: float) -> tuple[list[str], list[float]]:
        due: list[str] = []
        wakes: list[float] = []
        for stage in (*self._tally.begun(), *self._trial_tally.begun()):
            status = stage.status
            later = status.not_before_mono if isinstance(status, Pending) else None
            if later is not None and later > mono:
                wakes.append(later - mono)
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
        return Budget(left, lambda stage: self._learned(session).estimate(stage))

    def _learned(self, session: Session) -> Estimator:
        """Made when an estimate is asked for: not every end of a stage is followed by a question."""
        if self._estimator is None or self._estimator[0] != session.mode:
            seen = [*self._earlier, *self._tally.seen(), *self._trial_tally.seen()]
            self._estimator = session.mode, Estimator(seen, session.mode, session.id)
        return self._estimator[1]

    def search_estimate(self, session: Session, search: Stage) -> Estimate | None:
        """The expected seconds of a search that runs, from the trials that have run; None while none has."""
        planned = self._plan.stage(search.name)
        pace = self._strategy.pace(planned, self.history(session).trials)
        return learned_estimate(planned, session.jobs, pace) if pace is not None else None

    def history(self, session: Session) -> History:
        """The session as the strategy sees it."""
        self._update(session)
        history = self._tally.history()
        if self._ordered is None:  # a strategy adds its stages behind those of the plan
            self._ordered = all(map(_same_name, self._plan.stages, session.stages))
        if not self._ordered:
            history = replace(history, first_open=0)
        if not self._searches:
            return history
        added = {}
        for name in self._searches:
            search = session.stage(name)
            if search is not None and search.extensions:
                added[name] = tuple(Extension(each.trials, each.params) for each in search.extensions)
        return replace(history, trials=self._trials(), extensions=added) if session.trials or added else history

    def _ended(self, session: Session, stage: Stage) -> Ended:
        winner = session.stage(stage.winners[0]) if stage.winners else None
        attempt = (winner or stage).attempt
        name = session.metric_name
        failure = attempt.end.failure if attempt is not None and attempt.end is not None else None
        params = winner.info.swept if winner is not None else attempt.params if attempt is not None else {}
        values = {key: value for key, value in params.items() if value is not None} if params else _NOTHING
        times = [item.run_seconds for item in stage.attempts]
        return Ended(
            stage=stage.name,
            outcome=_OUTCOMES[stage.state],
            seconds=times[0] if len(times) == 1 else sum(times),
            values=values,
            series=tuple(self._series(session, stage)) if name is not None and stage.attempts else (),
            last=attempt.metrics.get(name) if attempt is not None and name is not None else None,
            best=attempt.best if attempt is not None else None,
            below_gate=failure == "gate",
        )


def _same_name(planned: PlanStage, stage: Stage) -> bool:
    return planned.name == stage.name


def _latest_of_each(earlier: Sequence[Observation]) -> list[Observation]:
    """The latest observations of each session."""
    sessions: dict[str, list[Observation]] = {}
    for seen in sorted(earlier, key=lambda seen: seen.ended_at):
        sessions.setdefault(seen.session, []).append(seen)
    return [seen for each in sessions.values() for seen in each[-_MOST_OF_A_SESSION:]]
