"""The rule of asynchronous successive halving: which trial starts, goes on, or waits.

From Li et al., "A System for Massively Parallel Hyperparameter Tuning" (2018): a trial goes on from a rung as soon as
it is in the top 1/eta of what has reached that rung, without waiting for the rest. One thing is added: when nothing
else is left to do, the best of the highest rung goes on until `keep` trials are complete, because the stages to come
need a whole training.

Pure: the same records give the same decision. Ties go to the trial with the lower number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal, TypeAlias

from autotrain_tui.plan.model import PlanStage, SweepSettings

__all__ = [
    "Decided",
    "NextStep",
    "Promote",
    "Rungs",
    "Start",
    "TrialRecord",
    "WaitForTrials",
    "goes_on",
    "next_step",
    "promotable",
    "ranking",
    "rung_positions",
    "rung_values",
    "rungs_of",
]

Goal: TypeAlias = Literal["max", "min"]

_NEAR = 1e-9
"""Positions are compared with this tolerance: 0.1 * 3 is not 0.3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """A trial that was started. `values` has one value for each rung that it reached; not a number: none was read.

    `target` is the index of the rung that it may run to; the number of rungs means its end. `final` is its value at
    the end. `out`: it failed or its value is not finite.
    """

    number: int
    state: Literal["running", "paused", "complete", "out"]
    values: tuple[float, ...] = ()
    target: int = 0
    final: float | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Start the trial with this number; it runs to the first rung."""

    number: int


@dataclass(frozen=True, slots=True)
class Promote:
    """Resume the paused trial with this number; it runs to the rung with index `target`, or to its end."""

    number: int
    target: int
    reason: str


@dataclass(frozen=True, slots=True)
class WaitForTrials:
    """Nothing can start before a running trial reaches a rung or ends."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The search is over. `winners` are the best complete trials, best first; empty if none is complete."""

    winners: tuple[int, ...]


NextStep: TypeAlias = Start | Promote | WaitForTrials | Decided


@dataclass(frozen=True, slots=True)
class Rungs:
    """Where the trials of a search are judged: after these epochs, or at these shares if `in_epochs` is False."""

    positions: tuple[float, ...]
    in_epochs: bool


def rungs_of(stage: PlanStage) -> Rungs:
    """The rungs of a search stage; in shares if it has no number of epochs, or if that is swept itself."""
    settings = stage.sweep
    if settings is None:
        return Rungs((), in_epochs=False)
    swept = any(param.name == "epochs" for param in settings.params)
    epochs = None if swept or stage.epochs is None else float(stage.epochs)
    return Rungs(rung_positions(settings, epochs), in_epochs=epochs is not None)


def rung_positions(settings: SweepSettings, epochs: float | None = None) -> tuple[float, ...]:
    """Where trials are judged before their end, ascending: whole epochs if the number of epochs is known, else shares.

    `first_rung`, then each `eta` times the one before. Empty for the methods that judge nothing before the end.
    """
    if settings.method != "halving":
        return ()
    found: list[float] = []
    share = settings.first_rung
    while share < 1.0 - _NEAR:
        place = share if epochs is None else float(max(1, int(share * epochs + 0.5 + _NEAR)))
        if place < (1.0 - _NEAR if epochs is None else epochs) and place not in found:
            found.append(place)
        share *= settings.eta
    return tuple(found)


def rung_values(
    points: Iterable[tuple[float, float]], rungs: Sequence[float], goal: Goal, judge: Literal["best", "last"]
) -> tuple[float, ...]:
    """A trial's value at each rung that it reached, from its readings (position, value) in the order read.

    A rung is reached by a reading at or beyond it, and judged only by readings at or before it, so that the speed of
    the machine and later readings change nothing. If its first reading is beyond a rung, that reading judges it.
    Stops before a rung whose value is not finite: such a trial is out (`rung_values` cannot say more than that).
    """
    found: list[float] = []
    value: float | None = None
    waiting = list(rungs)
    for position, reading in points:
        while waiting and position > waiting[0] + _NEAR and value is not None:
            found.append(value)
            waiting.pop(0)
        value = _judged(value, reading, goal, judge)
        while waiting and position >= waiting[0] - _NEAR:
            found.append(value)
            waiting.pop(0)
    finite = next((place for place, each in enumerate(found) if not math.isfinite(each)), len(found))
    return tuple(found[:finite])


def _judged(value: float | None, reading: float, goal: Goal, judge: Literal["best", "last"]) -> float:
    if value is None or judge == "last" or not math.isfinite(reading):
        return reading
    if not math.isfinite(value):
        return value  # once out, always out
    return max(value, reading) if goal == "max" else min(value, reading)


def ranking(trials: Iterable[TrialRecord], rung: int, goal: Goal) -> list[TrialRecord]:
    """The trials that reached the rung with index `rung`, best first; the lower number first among equals."""
    sign = -1.0 if goal == "max" else 1.0
    reached = [
        (_sortable(sign * trial.values[rung]), trial.number, trial)
        for trial in trials
        if len(trial.values) > rung and trial.state != "out"
    ]
    reached.sort(key=itemgetter(0, 1))
    return [trial for _, _, trial in reached]


def _sortable(value: float) -> float:
    """A value to sort by, ascending; one that never came (not a number) after all others."""
    return value if math.isfinite(value) else math.inf


def promotable(settings: SweepSettings, goal: Goal, trials: Iterable[TrialRecord], rung: int) -> list[TrialRecord]:
    """The trials that go on from a rung, best first: the top 1/eta of what has reached it."""
    order = ranking(trials, rung, goal)
    return [trial for trial in order[: len(order) // settings.eta] if math.isfinite(trial.values[rung])]


def goes_on(settings: SweepSettings, goal: Goal, trials: Sequence[TrialRecord], number: int) -> bool:
    """Whether a trial that runs and has reached the rung it may run to goes on at once, without a pause."""
    own = next(trial for trial in trials if trial.number == number)
    if own.state == "out" or len(own.values) <= own.target:
        return False
    return own in promotable(settings, goal, trials, own.target)


def next_step(settings: SweepSettings, goal: Goal, rungs: int, total: int, trials: Sequence[TrialRecord]) -> NextStep:
    """What to do when a place is free. `total` trials were drawn, numbered from 1; `trials` are those started.

    First a paused trial that the rule promotes, from the highest rung down; then the next trial that was not started;
    then, when nothing runs, the best of the highest rung until `keep` trials are complete.
    """
    for rung in reversed(range(rungs)):
        for place, trial in enumerate(promotable(settings, goal, trials, rung), 1):
            if trial.state == "paused" and trial.target == rung:
                reached = len(ranking(trials, rung, goal))
                return Promote(trial.number, rung + 1, f"number {place} of {reached} at rung {rung + 1}")
    started = {trial.number for trial in trials}
    fresh = next((number for number in range(1, total + 1) if number not in started), None)
    if fresh is not None:
        return Start(fresh)
    if any(trial.state == "running" for trial in trials):
        return WaitForTrials()
    complete = [trial for trial in trials if trial.state == "complete"]
    if len(complete) < settings.keep:
        for rung in reversed(range(rungs)):
            for trial in ranking(trials, rung, goal):
                if trial.state == "paused" and trial.target == rung and math.isfinite(trial.values[rung]):
                    return Promote(trial.number, rung + 1, f"the best that is left, at rung {rung + 1}")
    return Decided(_winners(settings, goal, complete))


def _winners(settings: SweepSettings, goal: Goal, complete: Iterable[TrialRecord]) -> tuple[int, ...]:
    """The best complete trials by their final value; those without one only after all others."""
    sign = -1.0 if goal == "max" else 1.0
    order = sorted(
        complete,
        key=lambda trial: (trial.final is None, sign * trial.final if trial.final is not None else 0.0, trial.number),
    )
    return tuple(trial.number for trial in order[: settings.keep])
