"""Searches: a strategy that decides about trials, over the plan's own strategy, which sees a search as one stage.

Pure like every strategy: the trials' values come with the history, so that a journal replays to the same decisions.
A trial is judged as soon as it reaches its goal; the rest is decided when a place is free.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import Plan, PlanStage, Scalar, SweepSettings
from autotrain_tui.plan.strategies.order import over_budget
from autotrain_tui.plan.strategy import (
    Budget,
    Decision,
    EndSearch,
    History,
    JudgeTrial,
    PromoteTrial,
    Run,
    RunTrial,
    Strategy,
    SweepDecision,
    TrialSeen,
    Wait,
)
from autotrain_tui.plan.sweep.draw import TrialSetting, draw_trials, trial_count
from autotrain_tui.plan.sweep.halving import Decided, Promote, Start, TrialRecord, goes_on, next_step, ranking, rungs_of
from autotrain_tui.plan.sweep.propose import Tried, proposed
from autotrain_tui.plan.sweep.trial_stage import trial_stage
from autotrain_tui.plan.sweep.winner import inheriting, search_before

__all__ = ["Searches", "values_text"]

_NOT_DONE = ("failed", "stopped", "lost")


class Searches:
    """Decides about the trials of a plan's searches, and asks the plan's strategy for everything else."""

    def __init__(self, plan: Plan, strategy: Strategy) -> None:
        self._plan, self._strategy = plan, strategy
        self._searches = [stage for stage in plan.stages if stage.sweep is not None]

    def judged(self, history: History) -> JudgeTrial | None:
        """The verdict on the first trial that has reached its goal; None if there is none."""
        return next((self._verdict(history, trial) for trial in history.trials if trial.reached), None)

    def next(self, history: History, budget: Budget) -> Decision | SweepDecision:
        """What to do when a place is free: about a search that has begun, else what the plan's strategy says."""
        if not any(ended.outcome in _NOT_DONE for ended in history.latest.values()):
            for search in self._searches:
                if search.name in history.open and (step := self._step(search, history, budget)) is not None:
                    return step
        decision = self._strategy.next(history, _one_trial(budget))
        if not isinstance(decision, Run):
            return decision
        stage = decision.stage
        if stage.sweep is not None:
            return self._step(stage, history, budget) or Wait(f'"{stage.name}" waits for its trials')
        inherited = self.inherits(stage, history)
        return Run(inherited, decision.reason + _taken(stage, inherited))

    def inherits(self, stage: PlanStage, history: History) -> PlanStage:
        """The stage with the values of the winner before it that it does not set itself."""
        search = search_before(self._plan, stage) if self._searches else None
        ended = history.latest.get(search.name) if search is not None else None
        return stage if ended is None or not ended.values else inheriting(stage, ended.values)

    def _step(self, search: PlanStage, history: History, budget: Budget) -> Decision | SweepDecision | None:
        settings = search.sweep
        assert settings is not None
        trials = [trial for trial in history.trials if trial.search == search.name]
        if any(trial.reached for trial in trials):
            return None  # it is judged first
        names = {trial.number: trial.name for trial in trials}
        records = [_record(trial, search) for trial in trials]
        rungs = len(rungs_of(search).positions)
        match next_step(settings, self._goal, rungs, trial_count(settings), records):
            case Start(number):
                drawn = self._setting(settings, number, trials)
                return self._start(self.inherits(search, history), drawn, trials, budget)
            case Promote(number, target, reason):
                if budget.seconds_left is not None and budget.seconds_left <= 0:
                    return self._out_of_time(search, trials, budget)
                return PromoteTrial(names[number], target - 1, reason)
            case Decided(winners):
                return self._decided(search, trials, [names[number] for number in winners])
            case _:
                return None

    def _setting(self, settings: SweepSettings, number: int, trials: Sequence[TrialSeen]) -> TrialSetting:
        """The setting of the next trial: drawn at the search's start, or proposed from the trials before it."""
        if settings.method != "tpe":
            return _drawn(settings)[number - 1]
        return proposed(settings, self._goal, [_tried(trial) for trial in sorted(trials, key=lambda each: each.number)])

    def _start(
        self, search: PlanStage, drawn: TrialSetting, trials: Sequence[TrialSeen], budget: Budget
    ) -> Decision | SweepDecision | None:
        stage = trial_stage(search, drawn)
        if not budget.fits(stage):
            return self._out_of_time(search, trials, budget)
        assert search.sweep is not None
        reason = f"trial {drawn.number} of {trial_count(search.sweep)}: {values_text(drawn.params)}"
        return RunTrial(stage, reason, search.name, drawn.number, drawn.params)

    def _out_of_time(
        self, search: PlanStage, trials: Sequence[TrialSeen], budget: Budget
    ) -> Decision | SweepDecision | None:
        """The end of a search by the budget: decided by the trials that ran to their end, else left as it is."""
        if any(_record(trial, search).state == "running" for trial in trials):
            return None
        assert search.sweep is not None
        sign = -1.0 if self._goal == "max" else 1.0
        complete = [trial for trial in trials if _record(trial, search).state == "complete" and trial.final is not None]
        order = sorted(complete, key=lambda trial: (sign * (trial.final or 0.0), trial.number))
        if not order:
            return over_budget(search, _one_trial(budget))
        names = [trial.name for trial in order[: search.sweep.keep]]
        return self._decided(search, trials, names, "; no time is left for more")

    def _decided(
        self, search: PlanStage, trials: Sequence[TrialSeen], winners: Sequence[str], why: str = ""
    ) -> EndSearch:
        metric = self._plan.metric.name if self._plan.metric is not None else "the metric"
        done = [trial for trial in trials if trial.state == "done" and trial.final is not None]
        if not winners:
            return EndSearch(search.name, "failed", (), _no_winner(trials, metric))
        best = next(trial for trial in trials if trial.name == winners[0])
        same = len(done) > 1 and len({trial.final for trial in done}) == 1
        reason = f"{best.name} is the best of {len(trials)} trials: {values_text(best.swept)}"
        reason += f", {metric} {best.final:.6g}" if best.final is not None else ""
        reason += f"; all {len(done)} that ran to their end came to the same, the first is taken" if same else ""
        return EndSearch(search.name, "succeeded", tuple(winners), reason + why)

    def _verdict(self, history: History, trial: TrialSeen) -> JudgeTrial:
        search = self._plan.stage(trial.search)
        assert search.sweep is not None
        if trial.value is None:
            name = self._plan.metric.name if self._plan.metric is not None else "the metric"
            return JudgeTrial(trial.name, trial.goal, None, False, f"out: no value of {name} was read")
        judged = replace(trial, rungs=(*trial.rungs, trial.value), reached=False)
        others = [each for each in history.trials if each.search == trial.search and each.name != trial.name]
        records = [_record(each, search) for each in (*others, judged)]
        promoted = goes_on(search.sweep, self._goal, records, trial.number)
        order = [record.number for record in ranking(records, trial.goal, self._goal)]
        place = order.index(trial.number) + 1
        rests = "goes on" if promoted else f"rests: 1 in {search.sweep.eta} goes on"
        reason = f"number {place} of {len(order)} at rung {trial.goal + 1} with {trial.value:.6g}, {rests}"
        return JudgeTrial(trial.name, trial.goal, trial.value, promoted, reason)

    @property
    def _goal(self) -> Literal["max", "min"]:
        return self._plan.metric.goal if self._plan.metric is not None else "max"


def _one_trial(budget: Budget) -> Budget:
    """The budget in which a search counts as its first trial: that is what has to fit for it to begin."""

    def estimate(stage: PlanStage) -> Estimate:
        first = stage if stage.sweep is None else trial_stage(stage, _drawn(stage.sweep)[0])
        return budget.estimate(first)

    return replace(budget, estimate=estimate)


@functools.lru_cache(maxsize=32)
def _drawn(settings: SweepSettings) -> tuple[TrialSetting, ...]:
    """The trials of a search, drawn once."""
    return draw_trials(settings)


def _record(trial: TrialSeen, search: PlanStage) -> TrialRecord:
    """The trial as the rule sees it."""
    assert search.sweep is not None
    rungs = len(rungs_of(search).positions)
    values = tuple(math.nan if value is None else value for value in trial.rungs)
    state: Literal["running", "paused", "complete", "out"]
    if trial.state == "out" or None in trial.rungs:
        state = "out"
    elif trial.goal < len(trial.rungs):
        state = "paused"
    elif trial.state == "done" and trial.goal >= rungs:
        state = "complete" if trial.final is not None else "out"
    else:
        state = "running"
    return TrialRecord(number=trial.number, state=state, values=values, target=trial.goal, final=trial.final)


def _tried(trial: TrialSeen) -> Tried:
    """The trial as the proposer sees it."""
    over = trial.state in {"done", "out"}
    return Tried(trial.swept, trial.final if trial.final is not None else math.nan if over else None)


def values_text(values: Mapping[str, Scalar]) -> str:
    """`lr 0.01, batch_size 64`."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _taken(before: PlanStage, after: PlanStage) -> str:
    """What a stage takes from a winner, as the end of a reason."""
    old, new = before.parameters, after.parameters
    taken = {name: value for name, value in new.items() if old.get(name) != value}
    return f"; of the winner: {values_text(taken)}" if taken else ""


def _no_winner(trials: Sequence[TrialSeen], metric: str) -> str:
    """Why a search has no winner, in one sentence."""
    silent = [trial for trial in trials if trial.state == "done" and trial.final is None]
    if silent and len(silent) == len(trials):
        return f"none of its {len(trials)} trials gave a value of {metric}, by which the plan judges them"
    out = next((trial for trial in trials if trial.state == "out"), None)
    first = f"; {out.name}: {out.reason}" if out is not None and out.reason else ""
    also = f", {len(silent)} of them without a value of {metric}" if silent else ""
    return f"all {len(trials)} trials are out{also}{first}"
