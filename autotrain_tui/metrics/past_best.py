"""Whether a metric on held-out data has passed its best while training went on: one sentence, or none. Pure.

Precision comes before recall: it is said only if
- the held-out series has six points at least, and three behind its best one;
- each of the last three is worse than the values around the best by four times the series' own noise (what its third
  differences vary by), or of a long series the mean of its last by six times the noise of that mean, and in both cases
  by more than 3 % of the best value;
- the series of the same measure on the training data has become better since by more than its own noise;
- no other metric on held-out data, and not the headline, is better now than it was then.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec

from autotrain_tui.text import format as fmt

__all__ = ["LEAST_POINTS", "HeldOut", "PastBest", "find_past_best"]

LEAST_POINTS = 6
_LEAST_BEHIND = 3
_LEAST_CHANGE = 0.03
"""Of the best value."""
_TIMES_NOISE = 4.0
_TIMES_MEAN_NOISE = 6.0

Goal = Literal["min", "max"]


class HeldOut(msgspec.Struct, frozen=True):
    """A series on held-out data, and beside each value the mean that training had since the value before (or None)."""

    name: str
    goal: Goal
    values: Sequence[float]
    places: Sequence[tuple[int | None, float | None]]
    """Step and epoch of each value."""
    train_name: str
    train: Sequence[float | None]


class PastBest(msgspec.Struct, frozen=True):
    """What was found. `index` is the best value's among `count`; steps and epochs are the program's own."""

    name: str
    goal: Goal
    train_name: str
    best: float
    last: float
    index: int
    count: int
    best_at: tuple[int | None, float | None]
    last_at: tuple[int | None, float | None]

    @property
    def text(self) -> str:
        """What has happened, without what follows from it."""
        moved = "risen" if self.goal == "min" else "fallen"
        train = "fell" if self.goal == "min" else "rose"
        change = abs(self.last - self.best)
        much = f"{100 * change / self.best:.0f} %" if self.best > 0 else fmt.value(change)
        return (
            f"{self.name} was best {_place(self.best_at, self.last_at)} ({fmt.value(self.best)}) "
            f"and has {moved} by {much} since, while {self.train_name} {train}"
        )


def _place(best: tuple[int | None, float | None], last: tuple[int | None, float | None]) -> str:
    """`at epoch 8 of 12`; the epoch where both have one."""
    if best[1] is not None and last[1] is not None:
        return f"{fmt.place(None, best[1])} of {last[1]:g}" if last[1] > best[1] else fmt.place(None, best[1])
    of = f" of {last[0]:,}" if last[0] is not None and best[0] is not None else ""
    return fmt.place(best[0], None) + of


def find_past_best(series: HeldOut, others: Sequence[tuple[Goal, Sequence[float]]]) -> PastBest | None:
    """What can be said of this series; None if nothing.

    `others`: goal and values of the other metrics that must agree, each at the places of the series' own values (the
    nearest reading of each).
    """
    count = len(series.values)
    if count < LEAST_POINTS:
        return None
    sign = 1.0 if series.goal == "min" else -1.0
    values = [sign * value for value in series.values]
    at = min(range(count), key=values.__getitem__)
    if count - 1 - at < _LEAST_BEHIND or not _goes_on(series.places):
        return None
    if not _is_worse_now(values, at) or not _is_better_now(series, sign, at):
        return None
    if any(_disagrees(goal, other, at, count) for goal, other in others):
        return None
    return PastBest(
        series.name,
        series.goal,
        series.train_name,
        series.values[at],
        series.values[-1],
        at,
        count,
        series.places[at],
        series.places[-1],
    )


def _is_worse_now(values: Sequence[float], at: int) -> bool:
    """Whether the last values are above those around the least by more than noise does; long tails are averaged."""
    noise, least = _noise(values, at), _LEAST_CHANGE * abs(values[at])
    around = statistics.fmean(values[max(0, at - 1) : at + 2])
    lowest = min(values[-_LEAST_BEHIND:])
    if lowest - around >= max(_TIMES_NOISE * noise, least):
        return True
    width = (len(values) - at) // 4
    if width <= _LEAST_BEHIND or lowest <= values[at]:
        return False
    around = statistics.fmean(values[max(0, at - width // 2) : at + width // 2 + 1])
    rise = statistics.fmean(values[-width:]) - around
    return rise >= max(_TIMES_MEAN_NOISE * noise * math.sqrt(2 / width), least)


def _goes_on(places: Sequence[tuple[int | None, float | None]]) -> bool:
    """Whether every value has a place, and none goes back: else it may be several runs in one log."""
    steps = [float(step) for step, _ in places if step is not None]
    epochs = [epoch for _, epoch in places if epoch is not None]
    for known in (steps, epochs):
        if len(known) == len(places):
            return known[0] < known[-1] and all(before <= after for before, after in itertools.pairwise(known))
    return False


def _noise(values: Sequence[float], at: int = 0) -> float:
    """The standard deviation that third differences tell of: of the whole, and of what is behind the best.

    A smooth turn of the curve has hardly any; of noise alone they vary by the root of 20 times as much.
    """
    whole, later = _third_differences(values), _third_differences(values[max(0, at - 1) :])
    typical = statistics.median(whole) * 1.4826 if whole else 0.0  # median and mean of the absolute values of normal
    tail = statistics.fmean(later) * 1.2533 if later else 0.0  # noise tell its deviation
    return max(typical, tail) / math.sqrt(20)


def _third_differences(values: Sequence[float]) -> list[float]:
    places = zip(values, values[1:], values[2:], values[3:], strict=False)
    return [abs(a - 3 * b + 3 * c - d) for a, b, c, d in places]


def _is_better_now(series: HeldOut, sign: float, at: int) -> bool:
    """Whether training became better behind the best place, by more than its own noise."""
    then = [sign * value for value in series.train[max(0, at - 1) : at + 2] if value is not None]
    now = [sign * value for value in series.train[-_LEAST_BEHIND:] if value is not None]
    known = [sign * value for value in series.train if value is not None]
    if not then or len(now) < 2 or len(known) < LEAST_POINTS:
        return False
    return statistics.fmean(then) - statistics.fmean(now) > 2 * _noise(known) + 1e-9 * abs(known[-1])


def _disagrees(goal: Goal, values: Sequence[float], at: int, count: int) -> bool:
    """Whether another metric is better now than it was around the best place."""
    if len(values) != count:
        return True
    sign = 1.0 if goal == "min" else -1.0
    then = statistics.median(sign * value for value in values[max(0, at - 1) : at + 2])
    now = statistics.median(sign * value for value in values[-_LEAST_BEHIND:])
    return now < then
