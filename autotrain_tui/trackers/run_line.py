"""The line of one run as it grows: readings of its attempts in, points that a tracker has not got yet out.

Where a resumed attempt's points belong is what the charts decide (`metrics.curves`). All readings that are there are
taken in before any are given out, so that points that were repeated meanwhile are never sent; those that were sent
before are reported as replaced. The same holds when the whole readings of a flood take the place of the sampled ones.
Points are counted by their place on the line, which is the same for every process
that reads the same bytes: a record of counts is enough to go on after a restart.
"""

from __future__ import annotations

import operator
import sys
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.metrics.curves.sampled_readings import WHOLE, has_whole, readings_of
from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.session.journal.state import Attempt
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.tracker_state import RunRecord
from autotrain_tui.trackers.target import MetricPoints
from autotrain_tui.trackers.whole_line import Sent, same_until, sent_of, without

__all__ = ["Portion", "RunLine"]


@dataclass(slots=True)
class _Part:
    """One attempt of the run on its line."""

    attempt: Attempt
    tail: ReadingsTail
    file: str
    begin: float
    """Where its times begin on the line."""
    firsts: dict[str, int] = field(default_factory=dict)
    """The index of its first point, for series that were there before it."""
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def shift(self) -> float:
        """What is added to a point's time on the line for its wall-clock time."""
        return (from_iso(self.attempt.started) or 0.0) - self.begin


@dataclass(frozen=True, slots=True)
class Portion:
    """Points of one attempt that were not sent, and the counts that stand when they were."""

    points: list[MetricPoints]
    """None if the tracker has them all from the sampled readings."""
    sent: dict[str, tuple[int, int]]
    """Metric → points of its line, and the step of the last."""
    replaces: int | None
    """The lowest step of points that were sent and do not count any more; None if there is none."""


class RunLine:
    """One run."""

    def __init__(self, folder: SessionFolder, record: RunRecord, *, drops: bool = False) -> None:
        """`record` says what the former follower has read and sent; it is kept up to date here.

        `drops`: whether the tracker drops what is replaced, so that it needs all of it again.
        """
        self._folder, self._record, self._drops = folder, record, drops
        self._sent_sampled: Sent = {}
        self._curves = StageCurves()
        self._parts: list[_Part] = []

    def read(self, attempts: Sequence[Attempt]) -> None:
        """Take in everything that is there now. Raises OSError if readings cannot be read just now."""
        for part, attempt in zip(self._parts, attempts, strict=False):
            part.attempt = attempt
        while True:
            if self._parts:
                self._take_in(self._parts[-1])
                self._take_whole(attempts[: len(self._parts)])
            if len(self._parts) == len(attempts):
                return
            self._begin(attempts[len(self._parts)])

    def _take_whole(self, attempts: Sequence[Attempt]) -> None:
        """Once the newest attempt's whole readings are there, they take the place of the sampled ones."""
        part, record = self._parts[-1], self._record
        place = self._folder.at(part.attempt.folder).path
        if part.file == WHOLE or not has_whole(place):
            return
        sampled, counts = self._curves, {name: count for name, (count, _) in record.sent.items()}
        record.read[part.attempt.folder] = (WHOLE, sys.maxsize)
        self._curves, self._parts = StageCurves(), []
        for attempt in attempts:
            self._begin(attempt)
        record.read[part.attempt.folder] = (WHOLE, self._parts[-1].tail.offset)
        ranges = record.sampled[part.attempt.folder] = {}
        for name, series in self._curves.series.items():
            count = counts.get(name, 0)
            old = sampled.series.get(name)
            if old is not None and (first := same_until(old, series, count)) < count:
                ranges[name] = first, count
                self._sent_anew(series, first)
        self._sent_sampled = {} if self._drops else sent_of(sampled, ranges)

    def _sent_anew(self, series: Series, first: int) -> None:
        """Points from index `first` on are others than those that were sent."""
        if self._drops:
            self._taken_back(series, first)
        else:
            self._record.sent[series.name] = (first, _place_at(series, first - 1) if first else _BEFORE)

    def _sampled_before(self, attempt: Attempt) -> None:
        """What the former follower had sent of the sampled readings of an attempt, before it took the whole."""
        ranges = self._record.sampled.get(attempt.folder)
        if ranges and not self._drops:
            sampled = RunLine(self._folder, RunRecord(read=dict(self._record.read)))
            sampled._record.read[attempt.folder] = ("readings.jsonl", sys.maxsize)
            for each in [*(part.attempt for part in self._parts), attempt]:
                sampled._begin(each)
            self._sent_sampled = sent_of(sampled._curves, ranges)

    def _begin(self, attempt: Attempt) -> None:
        """The next attempt. What the former follower had read of it is read first: the counts are of that line."""
        place = self._folder.at(attempt.folder).path
        known = self._record.read.get(attempt.folder)
        self._sent_sampled = {}
        if known is not None and known[0] == WHOLE:
            self._sampled_before(attempt)
        path = place / known[0] if known is not None else readings_of(place)
        part = _Part(attempt, ReadingsTail(path, insists=True), path.name, self._curves.end)
        for name, series in self._curves.series.items():
            part.firsts[name], part.versions[name] = len(series), series.version
        self._curves.begin_attempt(resumed=attempt.resume)
        self._parts.append(part)
        if known is not None:
            self._take_in(part, until=known[1])

    def _take_in(self, part: _Part, until: int | None = None) -> None:
        """More readings of the newest attempt; `until`: those that the former follower had read, up to that byte."""
        for columns in part.tail.columns(until):
            self._curves.extend_columns(columns)
        for name, version in part.versions.items():
            series = self._curves.series[name]
            if series.version != version:
                part.versions[name] = series.version
                first = bisect_left(series.ts, part.begin)
                for earlier in self._parts:
                    if name in earlier.firsts:
                        earlier.firsts[name] = min(earlier.firsts[name], first)
                if until is None:
                    self._taken_back(series, first)
        if until is None:
            self._record.read[part.attempt.folder] = (part.file, part.tail.offset)

    def _taken_back(self, series: Series, first: int) -> None:
        """A resumed attempt has repeated a series' points from index `first` on: those do not count any more."""
        count, last = self._record.sent.get(series.name, (0, _BEFORE))
        if count <= first:
            return
        step = min(last, _place_at(series, first - 1)) if first else _BEFORE
        self._record.sent[series.name] = (first, step)
        self._record.superseded += count - first
        replaces = self._record.replaces
        self._record.replaces = step + 1 if replaces is None else min(replaces, step + 1)

    @property
    def waiting(self) -> int:
        """Points that were read and not sent."""
        sent = self._record.sent
        return sum(max(0, len(series) - sent.get(name, _NONE)[0]) for name, series in self._curves.series.items())

    def portion(self, attempt: int, most: int, *, ended: bool) -> Portion | None:
        """Up to `most` points of an attempt that were not sent; None if there are none.

        While an attempt goes on, points of a series whose place is not certain yet are held back.
        """
        number = next(at for at, part in enumerate(self._parts) if part.attempt.number == attempt)
        points: list[MetricPoints] = []
        sent: dict[str, tuple[int, int]] = {}
        replaced = [] if self._record.replaces is None else [self._record.replaces]
        for name, series in self._curves.series.items():
            begin, end = self._range(number, name)
            count, last = self._record.sent.get(name, _NONE)
            begin = max(begin, count)
            end = min(end, begin + most)
            if begin >= end or (not ended and self._uncertain(number, name)):
                continue
            steps = _steps(series, begin, end, last)
            sent[name] = (end, steps[-1])
            if steps[0] == last and begin == self._parts[number].firsts.get(name):
                replaced.append(last)  # a resumed attempt begins at the step where the one before it ended
            found = without(_points(series, begin, steps, self._parts[number].shift), self._sent_sampled)
            if found.steps:
                points.append(found)
            most -= end - begin
            if not most:
                break
        return Portion(points, sent, min(replaced, default=None)) if sent else None

    def took(self, portion: Portion) -> None:
        """The tracker has these points."""
        self._record.sent |= portion.sent
        self._record.replaces = None

    def counted_from(self, step: int) -> list[MetricPoints]:
        """Points from a step on that were sent and still count."""
        found = []
        for name, (count, last) in self._record.sent.items():
            series = self._curves.series.get(name)
            if series is None or last < step:
                continue
            for number, part in enumerate(self._parts):
                begin, end = self._range(number, name)
                end = min(end, count)
                while begin < end and _place_at(series, begin) < step:
                    begin += 1
                if begin < end:
                    found.append(_points(series, begin, _steps(series, begin, end, _BEFORE), part.shift))
        return found

    def _range(self, number: int, name: str) -> tuple[int, int]:
        """The indexes of a series' points that an attempt contributes. One born later has none of an earlier one."""
        begin = self._parts[number].firsts.get(name, 0)
        if number + 1 < len(self._parts):
            return begin, self._parts[number + 1].firsts.get(name, 0)
        return begin, len(self._curves.series[name])

    def _uncertain(self, number: int, name: str) -> bool:
        joint = self._curves.joints.get(name)
        return number + 1 == len(self._parts) and joint is not None and not joint.settled


_BEFORE = -(1 << 62)
"""Below every step."""
_NONE = (0, _BEFORE)


def _place_at(series: Series, index: int) -> int:
    """The step of one point: its own, a whole epoch, else its index."""
    if series.axis == "index":
        return index
    place = series.xs()[index]
    return int(place) if series.axis == "step" or place == int(place) else index


def _steps(series: Series, begin: int, end: int, last: int) -> list[int]:
    """The steps of points [begin:end]: never below `last`, the step before. Only steps may repeat, and only themselves.

    Epochs count as steps while each is whole and has one point; from the first other on, points are counted.
    """
    axis = series.axis
    places: Sequence[float] = range(begin, end) if axis == "index" else series.xs()[begin:end]
    steps = list(map(int, places))
    if axis == "step":
        if steps[0] >= last:
            return steps
    elif steps[0] > last and (
        axis == "index" or (all(map(operator.eq, steps, places)) and all(map(operator.lt, steps, steps[1:])))
    ):
        return steps
    for at, place in enumerate(places):
        steps[at] = last = max(steps[at] if place == steps[at] else begin + at, last + 1)
    return steps


def _points(series: Series, begin: int, steps: list[int], shift: float) -> MetricPoints:
    """Points from an index on, with these steps; of several at one step only the last."""
    end = begin + len(steps)
    times, values = [time + shift for time in series.ts[begin:end]], series.ys[begin:end]
    if any(map(operator.eq, steps, steps[1:])):
        kept = [at for at in range(len(steps)) if at + 1 == len(steps) or steps[at] != steps[at + 1]]
        return MetricPoints(
            series.name, [steps[at] for at in kept], [times[at] for at in kept], [values[at] for at in kept]
        )
    return MetricPoints(series.name, steps, times, values)
