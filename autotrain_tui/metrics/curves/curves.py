"""A stage's curves over all its attempts: one continuous line a metric; and lines derived from them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from autotrain_tui.metrics.curves.readings_file import Columns, Row
from autotrain_tui.metrics.curves.series import Series

__all__ = ["Smoothed", "StageCurves", "stage_offsets"]


class StageCurves:
    """The series of one stage. Feed the attempts in order, each with its rows as they come.

    A resumed attempt goes on where its checkpoint was: what the attempt before had done beyond that never counted, so
    the points from the new attempt's first step on (first epoch, where there are no steps) give way to the new ones.
    """

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self._offset = 0.0
        self._end = 0.0
        self._step: float | None = None
        self._epoch: float | None = None
        self._first_attempt = True

    def begin_attempt(self) -> None:
        """The following rows are another attempt's; their times go on where the last one's ended."""
        self._offset = self._end
        self._step = self._epoch = None
        self._first_attempt = not self.series

    def extend(self, rows: Sequence[Row]) -> None:
        """More rows of the current attempt."""
        if rows:
            self.extend_columns(Columns(*map(list, zip(*rows, strict=True))))

    def extend_columns(self, columns: Columns) -> None:
        """The same, by columns."""
        if not self._first_attempt and (self._step is None or self._epoch is None):
            self._cut_repeated(columns)
        offset = self._offset
        for name, times, values, steps, epochs in _by_name(columns):
            series = self.series.get(name)
            if series is None:
                series = self.series[name] = Series(name)
            series.extend(values, [time + offset for time in times] if offset else times, steps, epochs)
        self._end = max(self._end, columns.times[-1] + offset)

    def _cut_repeated(self, columns: Columns) -> None:
        step = next((step for step in columns.steps if step is not None), None) if self._step is None else None
        epoch = next((epoch for epoch in columns.epochs if epoch is not None), None) if self._epoch is None else None
        if step is not None or epoch is not None:
            for series in self.series.values():
                series.cut(step, epoch)
        self._step = step if self._step is None else self._step
        self._epoch = epoch if self._epoch is None else self._epoch


_Group = tuple[str, Sequence[float], Sequence[float], Sequence[int | None], Sequence[float | None]]


def _by_name(columns: Columns) -> Iterator[_Group]:
    """Each name's times, values, steps and epochs.

    Most logs repeat the same names in the same order, which is quick to see and to split.
    """
    times, names, values, steps, epochs = columns
    if names.count(names[0]) == len(names):
        yield names[0], times, values, steps, epochs
        return
    try:
        period = names.index(names[0], 1)
    except ValueError:
        period = len(names)
    if names[period:] == names[:-period] and len(set(names[:period])) == period:
        for i in range(period):
            yield names[i], times[i::period], values[i::period], steps[i::period], epochs[i::period]
        return
    places: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if name in places:
            places[name].append(i)
        else:
            places[name] = [i]
    for name, indices in places.items():
        yield (
            name,
            [times[i] for i in indices],
            [values[i] for i in indices],
            [steps[i] for i in indices],
            [epochs[i] for i in indices],
        )


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
        values = array("d")
        for value in source.ys[begin:]:
            mean = weight * mean + (1 - weight) * value
            trust = weight * trust + (1 - weight)
            values.append(mean / trust)
        self._mean, self._trust = mean, trust
        self.series.follow(source, values)
        return self.series


def stage_offsets(stages: Sequence[Sequence[Series]], axis: str) -> list[float]:
    """Where each stage's line begins when all stages are drawn as one: after the furthest point of those before."""
    offsets, at = [], 0.0
    for stage in stages:
        offsets.append(at)
        ends = [float(series.xs()[-1]) for series in stage if len(series) and series.axis == axis]
        at += max(ends, default=0.0)
    return offsets
