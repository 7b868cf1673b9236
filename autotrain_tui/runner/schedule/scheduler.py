"""The scheduler: decisions of the planner are journaled and started, estimates learn from what the session did."""

from __future__ import annotations

import contextlib
import time
from itertools import islice

from msgspec.structs import replace

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.change import changed_parameters
from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.strategy import Run, RunTrial
from autotrain_tui.plan.sweep.search_estimate import search_estimate
from autotrain_tui.runner.attempt.attempt_supervisor import AttemptSupervisor
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.core.stage_environment import changed_stage
from autotrain_tui.runner.schedule.alert_journal import AlertJournal
from autotrain_tui.runner.schedule.decision_event import event_of
from autotrain_tui.runner.schedule.failure_streak import FailureStreak
from autotrain_tui.runner.schedule.headline_series import headline_series
from autotrain_tui.runner.schedule.late_trials import tell_late
from autotrain_tui.runner.schedule.planner import Planner, ScheduleDecision
from autotrain_tui.runner.schedule.resting_trials import let_go_on, let_rest
from autotrain_tui.runner.schedule.retry_policy import apply_policy
from autotrain_tui.runner.schedule.start_attempt import (
    AttemptStarted,
    StartAbandoned,
    StartDeferred,
    StartFailed,
    start_attempt,
)
from autotrain_tui.runner.schedule.trial_values import TrialsSeen
from autotrain_tui.session.history.observations import observations
from autotrain_tui.session.journal.events import Decision, Estimated, Params, StageAdded, reset
from autotrain_tui.session.journal.state import Held, Pending, Searching, Session, Stage
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.launch.start_runner import stage_info

__all__ = ["Scheduler", "differs"]

ESTIMATED_AHEAD = 50
"""Waiting stages whose estimates follow what the session learns; those further off follow when they come nearer."""


_WAITING = (Pending, Held)


def differs(now: float | None, before: float | None) -> bool:
    """Whether an estimate has changed by more than a twentieth."""
    if now is None or before is None:
        return now is not before
    return abs(now - before) > 0.05 * max(now, before)


class Scheduler:
    """Asks the planner what is next, starts it, and follows up the ends of attempts."""

    def __init__(self, context: RunnerContext, alerts: AlertJournal) -> None:
        self._context, self._alerts = context, alerts
        self._plan, self._state = context.plan, context.state
        self._streak = FailureStreak(context)
        self._decided_last = ""
        self._learned, self._next_estimates = False, 0.0
        """Whether a stage has ended since the estimates were journaled, and when that may be done again."""
        # a session that is resumed knows its own stages
        earlier = observations(context.folder.path.parent, context.plan, but=context.folder.id)
        self._planner = Planner(context.plan, earlier, self._series, TrialsSeen(context))

    def _series(self, _session: Session, stage: Stage) -> list[float]:
        return headline_series(self._context.folder, stage, self._plan.metric)

    def decide(self) -> ScheduleDecision:
        """What is to happen now."""
        return self._planner.next(self._state.session, time.monotonic())

    async def act(self, decision: ScheduleDecision) -> list[float] | None:
        """Start what is to start; seconds after which to look again, or None to look at once."""
        waits = [decision.wake_in] if decision.wake_in is not None else []
        late = await tell_late(self._context)
        for due in (late, self._context.summary.write_if_due(), await self._estimate_again()):
            waits += [due] if due is not None else []
        if decision.sweep is not None:
            await self._state.write(event_of(decision.sweep))
            self._context.summary.stage_ended()
            return None
        if decision.rest:
            asked = [await let_rest(self._context, name) for name in decision.rest]
            return None if all(asked) else waits  # one that has just ended wakes the loop
        names = await self._started(decision)
        for name in names:
            match await start_attempt(self._context, name):
                case AttemptStarted(supervisor):
                    self.supervise(supervisor)
                    await self._stop_if_stopping(supervisor)
                case StartDeferred(seconds):
                    waits.append(seconds)
                case StartFailed():
                    await self.attempt_ended(name)
                case StartAbandoned():
                    pass
        return waits if waits or not names else None

    async def _started(self, decision: ScheduleDecision) -> list[str]:
        """Journal what the decision changes before its stages start; their names."""
        match decision.run:
            case Run() as run:
                return [await self._journal_decision(run)]
            case RunTrial() as run:
                return [await self._journal_trial(run)]
            case _:
                for name in decision.again:
                    await let_go_on(self._context, name)
                return list(decision.again)

    def supervise(self, supervisor: AttemptSupervisor) -> None:
        """Supervise an attempt, just started or adopted, to its end and what follows it."""
        self._context.supervisors.start(supervisor, on_alert=self._alerts.add, follow_up=self.attempt_ended)

    async def attempt_ended(self, name: str) -> None:
        """What follows an attempt's end: the summary, and a retry that was requested or is the plan's policy."""
        self._context.summary.stage_ended()
        stage = self._state.session.stage(name)
        if stage is None or stage.attempt is None or self._context.stopping:
            return
        if stage.attempt.again is not None and stage.state in (StageState.STOPPED, StageState.FAILED, StageState.LOST):
            await self._state.write(reset(name, stage.attempt.again))
        else:
            await apply_policy(self._context, stage)
        await self._streak.ended(stage)
        self._learned = True

    async def _journal_decision(self, run: Run) -> str:
        """Journal a strategy's decision with what it changes; the stage's name."""
        name = run.stage.name
        if self._state.session.stage(name) is None:
            estimate = self._planner.budget(self._state.session, time.monotonic()).estimate(run.stage)
            await self._state.write(StageAdded(info=stage_info(run.stage, estimate), reason=run.reason))
        as_it_is = self._changed_stage(name)
        changes = {key: new for key, (_, new) in changed_parameters(as_it_is, run.stage).items()}
        changes |= self._inherited(name, run.stage)
        # a stage that waits for a GPU or for room is decided on at every look: that is journaled once
        is_new = name != self._decided_last and (self._plan.strategy != "ladder" or self._plan.after_last == "repeat")
        self._decided_last = name
        if changes or is_new:
            await self._state.write(
                Decision(strategy=self._plan.strategy, stage=name, reason=run.reason, changes=changes)
            )
        if changes:
            await self._estimate([name])
        return name

    def _inherited(self, name: str, planned: PlanStage) -> Params:
        """The parameters that a stage takes from the winner of a search, if the journal does not have them yet."""
        stage = self._state.session.stage(name)
        assert stage is not None
        known, has = {**stage.info.params, **stage.changes}, planned.parameters
        return {key: has[key] for key in self._context.best(planned) if key in has and key not in known}

    async def _journal_trial(self, run: RunTrial) -> str:
        """Journal a new trial with its reason; the stage's name."""
        name = run.stage.name
        if self._state.session.stage(name) is None:
            estimate = self._planner.budget(self._state.session, time.monotonic()).estimate(run.stage)
            info = replace(stage_info(run.stage, estimate), sweep=run.search, trial=run.number, swept=dict(run.swept))
            await self._state.write(StageAdded(info=info, reason=run.reason))
        return name

    def _changed_stage(self, name: str) -> PlanStage:
        """The stage as it is to run now, with the changes of retries."""
        stage = self._state.session.stage(name)
        assert stage is not None
        return changed_stage(self._context.stage(name), stage.changes)

    async def _stop_if_stopping(self, supervisor: AttemptSupervisor) -> None:
        """A stop may have come while the attempt was being started."""
        if self._context.stopping:
            session = self._state.session
            with contextlib.suppress(RefusedError):
                await supervisor.control.request_end(
                    "kill" if session.stop_intent == "kill" else "stop", session.reason, "runner"
                )

    async def _estimate_again(self) -> float | None:
        """Journal the estimates of waiting stages that this session's own times have changed, at most once a second.

        Seconds until that may be done, or None if there is nothing to do.
        """
        left = self._next_estimates - time.monotonic()
        if not self._learned or left > 0:
            return left if self._learned else None
        self._learned, self._next_estimates = False, time.monotonic() + 1.0
        stages = self._state.session.stages
        waiting = (stage.name for stage in stages if isinstance(stage.status, _WAITING) and not stage.attempts)
        await self._estimate(list(islice(waiting, ESTIMATED_AHEAD)))
        for planned in self._plan.stages if self._plan.has_search else ():
            stage = self._state.session.stage(planned.name)
            if stage is not None and isinstance(stage.status, Searching):
                await self._journal_estimate(stage, self._planner.search_estimate(self._state.session, stage))
        return None

    async def _estimate(self, names: list[str]) -> None:
        """Journal the estimates of stages as they are to run now, where they differ from the journaled ones."""
        estimate = self._planner.budget(self._state.session, time.monotonic()).estimate
        for name in names:
            stage = self._state.session.stage(name)
            assert stage is not None
            await self._journal_estimate(
                stage, search_estimate(self._changed_stage(name), self._state.session.jobs, estimate)
            )

    async def _journal_estimate(self, stage: Stage, now: Estimate | None) -> None:
        """Journal a stage's estimate if it is another one."""
        if now is None or not differs(now.seconds, stage.info.estimate_seconds):
            return
        await self._state.write(
            Estimated(
                stage=stage.name, estimate_seconds=now.seconds, estimate_source=now.source, estimate_spread=now.spread
            )
        )
