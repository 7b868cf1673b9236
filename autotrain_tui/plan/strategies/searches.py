"""Searches: a strategy that decides about trials, over the plan's own strategy, which sees a search as one stage.

Pure like every strategy: the trials' values come with the history, so that a journal replays to the same decisions.
A trial is judged as soon as it reaches its goal; the rest is decided when a place is free.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import Extension, Plan, PlanStage, SweepSettings
from autotrain_tui.plan.strategies.order import over_budget
from autotrain_tui.plan.strategies.search_words import no_winner_text, taken_text, values_text, winner_text
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
from autotrain_tui.plan.sweep.draw import TrialSetting, draw_trials
from autotrain_tui.plan.sweep.extend import extended_setting, given_setting, total_trials
from autotrain_tui.plan.sweep.halving import Decided, Promote, Start, TrialRecord, goes_on, next_step, ranking, rungs_of
from autotrain_tui.plan.sweep.propose import Tried, proposed
from autotrain_tui.plan.sweep.search_estimate import full_trials
from autotrain_tui.plan.sweep.trial_pace import TrialPace, trial_pace
from autotrain_tui.plan.sweep.trial_stage import trial_stage
from autotrain_tui.plan.sweep.winner import inheriting, search_before

__all__ = ["Searches"]

_RESERVE = 0.1
"""The share of the time left that `fit-budget` keeps in reserve, as for stages."""


class Searches:
    """Decides about the trials of a plan's searches, and asks the plan's strategy for everything else."""

    def __init__(self, plan: Plan, strategy: Strategy) -> None:
        self._plan, self._strategy = plan, strategy
        self._searches = [stage for stage in plan.stages if stage.sweep is not None]
        self._records: dict[str, tuple[TrialSeen, TrialRecord]] = {}
        """What was made of each trial when it was seen last: of a thousand, few have changed since."""

    def judged(self, history: History) -> JudgeTrial | None:
        """The verdict on the first trial that has reached its goal; None if there is none."""
        return next((self._verdict(history, trial) for trial in history.trials if trial.reached), None)

    def next(self, history: History, budget: Budget) -> Decision | SweepDecision:
        """What to do when a place is free: about a search that has begun, else what the plan's strategy says."""
        if self._searches and history.failure is None:
            for search in self._searches:
                if search.name in history.open and (step := self._step(search, history, budget)) is not None:
                    return step
        decision = self._strategy.next(history, _one_trial(budget))
        if not isinstance(decision, Run):
            return decision
        stage = decision.stage
        if stage.sweep is not None:
            search = self._plan.stage(stage.name)  # as the plan has it: what is lowered for the budget are its trials
            return self._step(search, history, budget) or Wait(f'"{stage.name}" waits for its trials')
        inherited = self.inherits(stage, history)
        return Run(inherited, decision.reason + taken_text(stage, inherited))

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
        rungs = len(rungs_of(search).positions)
        records = [self._record(trial, rungs) for trial in trials]
        total = self._affordable(search, history, trials, budget)
        added = history.extensions.get(search.name, ())
        match next_step(settings, self._goal, rungs, total, records):
            case Start(number):
                drawn = self._setting(settings, number, trials, added)
                planned = total_trials(settings, added)
                return self._start(self.inherits(search, history), drawn, (total, planned), trials, budget)
            case Promote(number, target, reason):
                if not self._fits(search, target, trials, budget):
                    return self._out_of_time(search, trials, budget)
                return PromoteTrial(names[number], target - 1, reason)
            case Decided(winners):
                return self._decided(search, trials, [names[number] for number in winners])
            case _:
                return None

    def _setting(
        self, settings: SweepSettings, number: int, trials: Sequence[TrialSeen], added: Sequence[Extension]
    ) -> TrialSetting:
        """The setting of the next trial: drawn, proposed from the trials before it, or as a person gave it."""
        given = given_setting(settings, added, number) if added else None
        if given is not None:
            return given
        if settings.method != "tpe":
            return extended_setting(settings, added, number) if added else _drawn(settings)[number - 1]
        settings = replace(settings, trials=total_trials(settings, added))
        return proposed(settings, self._goal, [_tried(trial) for trial in sorted(trials, key=lambda each: each.number)])

    def _start(
        self,
        search: PlanStage,
        drawn: TrialSetting,
        count: tuple[int, int],
        trials: Sequence[TrialSeen],
        budget: Budget,
    ) -> Decision | SweepDecision | None:
        stage = trial_stage(search, drawn)
        fits = budget.fits(stage) if self.pace(search, trials) is None else self._fits(search, 0, trials, budget)
        if not fits:
            return self._out_of_time(search, trials, budget)
        assert search.sweep is not None
        total, planned = count
        reason = f"trial {drawn.number} of {total}: {values_text(drawn.params)}"
        if total < planned:
            reason += f"; {planned} would not fit the time that is left"
        return RunTrial(stage, reason, search.name, drawn.number, drawn.params)

    def pace(self, search: PlanStage, trials: Sequence[TrialSeen]) -> TrialPace | None:
        """How long a trial of the search takes, from those that have run; None if none has."""
        runs = [(each.seconds, each.share) for each in trials if each.search == search.name and each.share is not None]
        return trial_pace(runs)

    def _affordable(self, search: PlanStage, history: History, trials: Sequence[TrialSeen], budget: Budget) -> int:
        """How many trials there are in all: with `fit-budget` as many as leave time for the stages after the search."""
        settings = search.sweep
        assert settings is not None
        count = total_trials(settings, history.extensions.get(search.name, ()))
        least = max(len(trials), settings.keep)
        if self._plan.strategy != "fit-budget" or budget.seconds_left is None:
            return count
        pace = self.pace(search, trials)
        whole = pace.seconds if pace is not None else _one_trial(budget).estimate(search).seconds
        if whole is None:
            return count
        later = [stage for stage in self._plan.stages if stage.name not in history.latest and stage.name != search.name]
        reserve = float(self._plan.strategy_settings.get("reserve", _RESERVE))
        left = budget.seconds_left * (1 - reserve)
        left -= sum(budget.estimate(stage).seconds or 0.0 for stage in later if stage.sweep is None)
        done = sum(trial.seconds for trial in trials)
        fits = (
            number
            for number in range(count, least, -1)
            if whole * full_trials(replace(settings, trials=number), search.epochs) - done <= left
        )
        return next(fits, least)

    def _fits(self, search: PlanStage, goal: int, trials: Sequence[TrialSeen], budget: Budget) -> bool:
        """Whether a trial can come to its next goal (the rung with that index, or its end) in the time that is left."""
        pace = self.pace(search, trials)
        if budget.seconds_left is None or pace is None:
            return budget.seconds_left is None or budget.seconds_left > 0
        shares = [0.0, *_shares(search), 1.0]
        return pace.seconds * (shares[goal + 1] - shares[goal]) <= budget.seconds_left

    def _out_of_time(
        self, search: PlanStage, trials: Sequence[TrialSeen], budget: Budget
    ) -> Decision | SweepDecision | None:
        """The end of a search by the budget: decided by the trials that ran to their end, else left as it is."""
        rungs = len(rungs_of(search).positions)
        if any(self._record(trial, rungs).state == "running" for trial in trials):
            return None
        assert search.sweep is not None
        sign = -1.0 if self._goal == "max" else 1.0
        complete = [
            trial for trial in trials if self._record(trial, rungs).state == "complete" and trial.final is not None
        ]
        order = sorted(complete, key=lambda trial: (sign * (trial.final or 0.0), trial.number))
        if not order:
            return over_budget(search, _one_trial(budget))
        names = [trial.name for trial in order[: search.sweep.keep]]
        return self._decided(search, trials, names, "; no time is left for more")

    def _decided(
        self, search: PlanStage, trials: Sequence[TrialSeen], winners: Sequence[str], why: str = ""
    ) -> EndSearch:
        if not winners:
            return EndSearch(search.name, "failed", (), no_winner_text(trials, self._metric))
        best = next(trial for trial in trials if trial.name == winners[0])
        return EndSearch(search.name, "succeeded", tuple(winners), winner_text(best, trials, self._metric) + why)

    def _record(self, trial: TrialSeen, rungs: int) -> TrialRecord:
        known = self._records.get(trial.name)
        if known is None or known[0] is not trial:
            known = self._records[trial.name] = trial, _record(trial, rungs)
        return known[1]

    def _verdict(self, history: History, trial: TrialSeen) -> JudgeTrial:
        search = self._plan.stage(trial.search)
        assert search.sweep is not None
        if trial.value is None:
            return JudgeTrial(trial.name, trial.goal, None, False, f"out: no value of {self._metric} was read")
        judged = replace(trial, rungs=(*trial.rungs, trial.value), reached=False)
        others = [each for each in history.trials if each.search == trial.search and each.name != trial.name]
        rungs = len(rungs_of(search).positions)
        records = [self._record(each, rungs) for each in (*others, judged)]
        promoted = goes_on(search.sweep, self._goal, records, trial.number)
        order = [record.number for record in ranking(records, trial.goal, self._goal)]
        place = order.index(trial.number) + 1
        rests = "goes on" if promoted else f"rests: 1 in {search.sweep.eta} goes on"
        reason = f"number {place} of {len(order)} at rung {trial.goal + 1} with {trial.value:.6g}, {rests}"
        return JudgeTrial(trial.name, trial.goal, trial.value, promoted, reason)

    @property
    def _metric(self) -> str:
        return self._plan.metric.name if self._plan.metric is not None else "the metric"

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


def _shares(search: PlanStage) -> list[float]:
    """The rungs as shares of a whole training."""
    rungs = rungs_of(search)
    whole = float(search.epochs) if rungs.in_epochs and search.epochs else 1.0
    return [position / whole for position in rungs.positions]


def _record(trial: TrialSeen, rungs: int) -> TrialRecord:
    """The trial as the rule sees it; `rungs` is how many there are."""
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
