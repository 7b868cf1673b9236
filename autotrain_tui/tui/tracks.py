"""A session's metrics as curves: every attempt's readings, read on as they grow, on one axis of running time.

Long series are thinned by keeping the least and the greatest value of neighbouring points, so that memory is bounded
and no peak is lost. x is seconds of running time: attempts stand one after the other, pauses are left out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autotrain_tui import figures
from autotrain_tui.errors import RecordsError
from autotrain_tui.session.report import best_of
from autotrain_tui.session.state import Attempt, Stage
from autotrain_tui.session.view import View
from autotrain_tui.tui.widgets.curve import Picture, Track
from autotrain_tui.tui.words import clean

__all__ = ["Series", "SessionTracks"]

_MOST = 8192
"""Points of a series that are kept; twice that many are thinned to half."""
_BLOCK = 1 << 20
_MOST_NAMES = 200

_DECODER = msgspec.json.Decoder(tuple[float, str, float, int | None, float | None])


class Series:
    """One metric of one attempt: points in the order of time, thinned when there are too many."""

    __slots__ = ("last", "points")

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self.last: float | None = None

    def add(self, at: float, number: float) -> None:
        """One more point."""
        self.points.append((at, number))
        self.last = number
        if len(self.points) >= 2 * _MOST:
            self.points = _thinned(self.points)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Of every four points the least and the greatest, in the order of time."""
    kept: list[tuple[float, float]] = []
    for place in range(0, len(points), 4):
        group = points[place : place + 4]
        low, high = min(group, key=_value), max(group, key=_value)
        kept += [low] if low is high else [low, high] if low[0] <= high[0] else [high, low]
    return kept


def _value(point: tuple[float, float]) -> float:
    return point[1]


@dataclass(slots=True)
class _Tail:
    """One attempt's readings.jsonl, read as far as it goes."""

    path: Path
    offset: int = 0
    rest: bytes = b""
    series: dict[str, Series] = field(default_factory=dict)
    count: int = 0

    def read(self) -> bool:
        """Read what is new; whether there was anything."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            before = self.offset
            while block := os.pread(descriptor, _BLOCK, self.offset):
                self.offset += len(block)
                self._take(block)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return self.offset != before

    def _take(self, block: bytes) -> None:
        *lines, self.rest = (self.rest + block).split(b"\n")
        for each in lines:
            try:
                at, name, number, _, _ = _DECODER.decode(each)
            except msgspec.DecodeError:
                continue
            series = self.series.get(name)
            if series is None:
                if name == "@" or len(self.series) >= _MOST_NAMES:
                    continue
                series = self.series[name] = Series()
            series.add(at, number)
            self.count += 1


class SessionTracks:
    """All attempts' readings of one session. `update` reads files: call it in a thread when they may be large."""

    def __init__(self) -> None:
        self._tails: dict[str, _Tail] = {}
        self._done: set[str] = set()

    def update(self, view: View) -> bool:
        """Read on; whether anything is new. An attempt that has ended is read once more and then left alone."""
        changed = False
        for attempt in _attempts(view):
            if attempt.folder in self._done:
                continue
            tail = self._tails.get(attempt.folder)
            if tail is None:
                try:
                    tail = self._tails[attempt.folder] = _Tail(view.folder.at(attempt.folder).readings)
                except RecordsError:
                    continue
            changed = tail.read() or changed
            if attempt.end is not None:
                self._done.add(attempt.folder)
        return changed

    def names(self, view: View) -> tuple[str, ...]:
        """Every metric there is: the headline first, losses next, the others by name."""
        found = {name for tail in self._tails.values() for name in tail.series}
        headline = view.session.metric_name
        return tuple(sorted(found, key=lambda name: (name != headline, "loss" not in name.lower(), name)))

    def picture(self, view: View, name: str, ink: str = "curve-1") -> Picture:
        """One metric over the whole session."""
        tracks: list[Track] = []
        borders: list[tuple[float, str]] = []
        start = 0.0
        last: float | None = None
        values: list[float] = []
        before = ""
        for stage, attempt in _in_order(view):
            tail = self._tails.get(attempt.folder)
            series = tail.series.get(name) if tail is not None else None
            if stage.name != before:
                borders.append((start, str(stage.info.index)))
                before = stage.name
            length = attempt.elapsed(view.mono)
            if series is not None and series.points:
                tracks.append(Track([(start + at, number) for at, number in series.points], ink, stage.name))
                last = series.last
                length = max(length, series.points[-1][0])
                values += (number for _, number in series.points)
            start += length
        return Picture(clean(name), tuple(tracks), tuple(borders), self._facts(view, name, last, values),
                       f"no {clean(name)} yet", start or None)

    @staticmethod
    def _facts(view: View, name: str, last: float | None, values: list[float]) -> str:
        if last is None:
            return ""
        if name == view.session.metric_name:
            best = best_of(view)
            return f"{figures.value(last)} · best {figures.value(best)}" if best is not None else figures.value(last)
        return f"{figures.value(last)} · {figures.value(min(values))} … {figures.value(max(values))}"


def _attempts(view: View) -> list[Attempt]:
    return [attempt for stage in view.session.stages for attempt in stage.attempts]


def _in_order(view: View) -> list[tuple[Stage, Attempt]]:
    """Every attempt with its stage, in the order they were started."""
    pairs = [(stage, attempt) for stage in view.session.stages for attempt in stage.attempts]
    return sorted(pairs, key=lambda pair: pair[1].started)
