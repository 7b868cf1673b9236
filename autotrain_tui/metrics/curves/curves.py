"""A stage's curves over all its attempts: one continuous line a metric; and lines derived from them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from itertools import chain

from autotrain_tui.metrics.curves.columns import Columns
from autotrain_tui.metrics.curves.joint import Joint
from autotrain_tui.metrics.curves.readings_file import Row
from autotrain_tui.metrics.curves.series import Series, doubles

__all__ = ["Smoothed", "StageCurves", "stage_offsets"]


class StageCurves:
    """The series of one stage. Feed the attempts in order, each with its rows as they come.

    A resumed attempt goes on where its checkpoint was: what the attempt before had done beyond that never counted, so
    points that are repeated give way to the new ones; an attempt that counts from its start again goes on behind
    (`joint`). Both are decided for each series of its own.
    """

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self.joints: dict[str, Joint] = {}
        """The joints of the current attempt, by the series' name."""
        self.restarts: dict[str, list[int]] = {}
        """Indexes of the points at which a resumed attempt began to count again, by the series' name."""
        self._joined_at: dict[str, int] = {}
        self._offset = 0.0
        self._end = 0.0
        self._repeated_from: dict[str, float] = {}
        self._replaced_from: dict[str, float] = {}
        self._joined: frozenset[str] = frozenset()

    @property
    def end(self) -> float:
        """Seconds of the attempts so far: where the next attempt's times begin."""
        return self._end

    def begin_attempt(self, *, resumed: bool = False) -> None:
        """The following rows are another attempt's; their times go on where the last one's ended.

        One that was not resumed from a checkpoint replaces all from its first place on.
        """
        self._offset = self._end
        self._joined = frozenset(self.series)
        self._repeated_from = {} if resumed else {"step": -math.inf, "epoch": -math.inf}
        self._replaced_from = {}
        self.joints = {}

    def repeated_from(self, name: str, axis: str) -> float | None:
        """Where the current attempt begins to replace what stood on a metric's line; None where it goes on behind."""
        joint = self.joints.get(name)
        if name not in self._joined or (joint is not None and joint.offset):
            return None
        return self._replaced_from.get(axis)

    def extend(self, rows: Sequence[Row]) -> None:
        """More rows of the current attempt."""
        if rows:
            self.extend_columns(Columns(list(chain.from_iterable(rows))))

    def extend_columns(self, columns: Columns) -> None:
        """The same, by columns."""
        offset = self._offset
        for name, times, numbers, values, steps, epochs in columns.groups:
            moved = doubles([time + offset for time in times]) if offset else times
            if name in self._joined:
                self._join(self.series[name], (moved, numbers, steps, epochs))
                continue
            series = self.series.get(name)
            if series is None:
                series = self.series[name] = Series(name, drawn=not self.series)  # a log's first name is mostly shown
            series.extend(numbers, moved, steps, epochs, listed=values)
        self._end = max(self._end, columns.end + offset)

    def _join(self, series: Series, points: _Points) -> None:
        """More points of a later attempt on the line that the attempts before it left."""
        joint, axis = self.joints.get(series.name), series.axis
        if joint is None and axis != "index" and len(series):
            joint = self.joints[series.name] = Joint(series.xs())
            self._joined_at[series.name] = len(series)
        begin = 0
        places = points[2] if axis == "step" else points[3]
        while joint is not None and not joint.settled and begin < len(places):
            place = places[begin]
            if place is not None:
                self._settle(joint, series, axis, place)
            if joint.settled and joint.offset:
                self.restarts.setdefault(series.name, []).append(self._joined_at[series.name])
            _put(series, _part(points, begin, begin + 1), joint.offset)
            begin += 1
        if begin < len(places):
            _put(series, _part(points, begin, len(places)), joint.offset if joint is not None else 0.0)

    def _settle(self, joint: Joint, series: Series, axis: str, place: float) -> None:
        joint.look(place, self._repeated_from.get(axis))
        if not joint.settled or joint.offset:
            return
        self._repeated_from[axis] = min(place, self._repeated_from.get(axis, place))
        self._replaced_from[axis] = min(place, self._replaced_from.get(axis, place))
        for name in self._joined:  # what the attempt before went on to beyond the checkpoint never counted
            other = self.series[name]
            if (other is series or name not in self.joints) and other.axis == axis:
                other.cut(place if axis == "step" else None, place if axis == "epoch" else None)


def _part(points: _Points, begin: int, end: int) -> _Points:
    times, values, steps, epochs = points
    return times[begin:end], values[begin:end], steps[begin:end], epochs[begin:end]


def _put(series: Series, points: _Points, offset: float) -> None:
    """Append points, the offset added on the series' own axis."""
    times, values, steps, epochs = points
    if offset:
        moved = [None if place is None else place + offset for place in (steps if series.axis == "step" else epochs)]
        steps, epochs = (moved, epochs) if series.axis == "step" else (steps, moved)
    series.extend(values, times, steps, epochs)


_Points = tuple[Sequence[float], Sequence[float], Sequence[float | None], Sequence[float | None]]
"""Times, values, steps and epochs, of one length."""
_PART = 65_536
"""Points that are smoothed at once."""


class Smoothed:
    """A series smoothed by an exponential mean that is not drawn towards 0 at its start.

    `weight` from 0 (none) to below 1. `update` takes in what is new, so that following a growing series costs only
    its new points. `series` has the places and times of its source.
    """

    def __init__(self, source: Series, weight: float) -> None:
        if not 0 <= weight < 1:
            raise ValueError(f"weight {weight} is not from 0 to below 1")
        self._source = source
        self._weight = weight
        self._reset()

    def _reset(self) -> None:
        self.series = Series(self._source.name)
        self._version = self._source.version
        self._mean = 0.0
        self._trust = 0.0

    def update(self) -> Series:
        """The smoothed line up to the newest point."""
        source, weight = self._source, self._weight
        if source.version != self._version:
            self._reset()
        begin = len(self.series)
        if begin == len(source):
            return self.series
        mean, trust = self._mean, self._trust
        while begin < len(source):  # in parts: a long series must not be in memory as a whole
            values = array("d")
            for value in source.ys[begin : begin + _PART]:
                mean = weight * mean + (1 - weight) * value
                trust = weight * trust + (1 - weight)
                values.append(mean / trust)
            self._mean, self._trust = mean, trust
            self.series.follow(source, values)
            begin += len(values)
        return self.series


def stage_offsets(stages: Sequence[Sequence[Series]], axis: str) -> list[float]:
    """Where each stage's line begins when all stages are drawn as one: after the furthest point of those before."""
    offsets, at = [], 0.0
    for stage in stages:
        offsets.append(at)
        ends = [float(series.xs()[-1]) for series in stage if len(series) and series.axis == axis]
        at += max(ends, default=0.0)
    return offsets
