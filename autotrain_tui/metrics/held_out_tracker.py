"""Follows the pairs train_X / val_X of one attempt, in memory that depends only on the number of evaluations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from autotrain_tui.metrics.parsing.metric_split import split_of
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.metrics.parsing.series_kinds import series_kind
from autotrain_tui.metrics.past_best import LEAST_POINTS, Goal, HeldOut, PastBest, find_past_best
from autotrain_tui.text.metric_goal import usual_goal

__all__ = ["HeldOutTracker"]

_MOST_POINTS = 4096
"""Evaluations of one metric; a log with more of them is not judged."""
_MOST_NAMES = 256
_EVERY = 16
"""While it runs, a series is judged at each evaluation, and from so many points on at each sixteenth part more."""


class _Trained:
    """All that was read of a metric on the training data: its mean between two moments comes of two sums."""

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0


class _Role(NamedTuple):
    """What readings of a name are: of training (`trained`; `bare`: its name does not say so), or of an evaluation."""

    goal: Goal
    measure: str
    trained: _Trained | None = None
    bare: bool = False


class _Evaluated:
    """A metric on held-out data, with what training had at each of its values."""

    __slots__ = ("before", "goal", "judged", "order", "places", "times", "train", "values")

    def __init__(self, goal: Goal) -> None:
        self.goal: Goal = goal
        self.values: list[float] = []
        self.places: list[tuple[int | None, float | None]] = []
        self.order: list[int] = []
        """How many readings there were before each value, in the whole log."""
        self.times: list[float] = []
        self.train: dict[str, list[float | None]] = {}
        self.before: dict[str, tuple[float, int]] = {}
        self.judged = 0

    def nearest(self, order: int) -> float:
        """The value that was read nearest to a place of the log."""
        at = bisect_left(self.order, order)
        if at and (at == len(self.order) or order - self.order[at - 1] <= self.order[at] - order):
            at -= 1
        return self.values[at]


class HeldOutTracker:
    """Takes readings in order; `find` says which metric has passed its best."""

    def __init__(self) -> None:
        self._trained: dict[str, dict[str, _Trained]] = {}
        """By measure, then by the printed name."""
        self._evaluated: dict[str, _Evaluated] = {}
        self._scores: dict[str, _Evaluated] = {}
        """Bare names with a goal that no other part of the data has: they may be of an evaluation."""
        self._count = 0
        self._roles: dict[str, _Role | None] = {}

    def feed(self, reading: Reading, now: float) -> bool:
        """Take a reading at `now`, in any unit; whether it is one of an evaluation that is worth judging."""
        name = reading.name
        try:
            role = self._roles[name]
        except KeyError:
            role = self._roles[name] = self._role_of(name)
        if role is None:
            return False
        self._count += 1
        if role.trained is not None:  # the way of nearly every reading
            role.trained.total += reading.value
            role.trained.count += 1
            if role.bare:
                self._evaluate(self._scores, role.goal, reading, now, role.measure)
            return False
        self._evaluate(self._evaluated, role.goal, reading, now, role.measure)
        found = self._evaluated.get(name)
        if found is None or len(found.values) < max(LEAST_POINTS, found.judged + found.judged // _EVERY):
            return False
        found.judged = len(found.values)
        return True

    def _role_of(self, name: str) -> _Role | None:
        """What readings of this name are; None if they are no part of any pair."""
        goal = usual_goal(name)
        if goal is None or series_kind(name) != "quality" or len(self._roles) >= _MOST_NAMES:
            return None
        split = split_of(name)
        if split.held_out:
            return _Role(goal, split.measure)
        trained = self._trained.setdefault(split.measure, {})[name] = _Trained()
        return _Role(goal, split.measure, trained, bare=not split.part)

    def _evaluate(self, all_of: dict[str, _Evaluated], goal: Goal, reading: Reading, now: float, measure: str) -> None:
        known = all_of.get(reading.name)
        if known is None:
            if len(all_of) >= _MOST_NAMES:
                return
            known = all_of[reading.name] = _Evaluated(goal)
        if len(known.values) > _MOST_POINTS:
            return
        place = (reading.step, reading.epoch)
        if known.values and _is_same_evaluation(known.places[-1], place):
            known.values[-1] = reading.value
            return
        known.values.append(reading.value)
        known.places.append(place)
        known.order.append(self._count)
        known.times.append(now)
        if all_of is self._evaluated:
            self._note_training(known, measure)

    def _note_training(self, known: _Evaluated, measure: str) -> None:
        for name, sums in self._trained.get(measure, {}).items():
            total, count = known.before.get(name, (0.0, 0))
            means = known.train.setdefault(name, [None] * (len(known.values) - 1))
            means += [None] * (len(known.values) - 1 - len(means))
            means.append((sums.total - total) / (sums.count - count) if sums.count > count else None)
            known.before[name] = (sums.total, sums.count)

    def find(self) -> PastBest | None:
        """What can be said, of a loss or an error first; None if nothing can."""
        for name, known in sorted(self._evaluated.items(), key=lambda each: each[1].goal != "min"):
            if (
                LEAST_POINTS <= len(known.values) <= _MOST_POINTS
                and (found := self._sentence_of(name, known)) is not None
            ):
                return found
        return None

    def times(self, found: PastBest) -> Sequence[float]:
        """When the values of what was found were read."""
        return self._evaluated[found.name].times

    def _sentence_of(self, name: str, known: _Evaluated) -> PastBest | None:
        count = len(known.values)
        others: list[tuple[Goal, list[float]]] = []
        for other, each in (*self._evaluated.items(), *self._scores.items()):
            if other != name and len(each.values) > 1 and self._may_differ(other, name, known):
                others.append((each.goal, [each.nearest(order) for order in known.order]))
        for train_name, means in sorted(known.train.items(), key=lambda each: each[0]):
            series = HeldOut(
                name, known.goal, known.values, known.places, train_name, [*means, *[None] * count][:count]
            )
            found = find_past_best(series, others)
            if found is not None:
                return found
        return None

    def _may_differ(self, other: str, name: str, known: _Evaluated) -> bool:
        """Whether another metric must agree: all on held-out data, and bare ones that are not what was trained on."""
        if other in known.train:
            return False
        split = split_of(other)
        if split.held_out:
            return True
        measured = {split_of(each).measure for each in self._evaluated}
        return split.measure not in measured and split.measure != split_of(name).measure and usual_goal(other) == "max"


def _is_same_evaluation(last: tuple[int | None, float | None], place: tuple[int | None, float | None]) -> bool:
    """Whether a value is of the evaluation that the last one was of: a bar drawn again, a further batch of it, or what
    all its batches came to, which is told of the epoch alone.
    """
    if place == last:
        return place != (None, None)
    return place[0] is None and place[1] is not None and place[1] == last[1] and last[0] is not None
