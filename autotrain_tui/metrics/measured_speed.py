"""How fast a stage is, and how long yet, from when its progress stood where.

Speed is measured twice, over all of the attempt after its warm-up and over its second half; the estimate is their mean,
or that of the second half alone where they differ by more than chance makes. Where each quarter of the work was slower
than the one before (or each faster), the speed ahead is what that comes to.
Its interval holds what the two differ by (the speed drifts) and what single steps vary by (chance): about two thirds of
the times the truth lies within it. Where the work stands still at equal distances (an evaluation after each epoch), the
time of the pauses is counted apart: so many are yet to come, the last of them after the last step.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections import deque
from collections.abc import Sequence

import msgspec

__all__ = ["MeasuredSpeed", "PrintedEta"]

_WARM_UP = 3  # changes of progress that must be seen before a speed is believed
_MIN_SECONDS = 2.0  # of running since the warm-up, for the same reason
_JUMP = 5.0  # an early change this many times the usual is a resume that counts up, not work
_SAMPLES = 256
_PAUSE = 2.5  # times as long as the work done in it takes: a pause
_LEAST_PAUSE = 0.03  # of the time seen; shorter ones change no estimate
_LEAST_STEPS = 8
_LEAST_DISTANCE = 0.02  # of the work; more pauses than fifty are the speed itself
_UNEVEN = 0.2  # of the distance that pauses may stand off
_NEAR_PAUSE = 0.9
_RUN_DOWN = 0.15
_BEGINS_ANEW = 0.5
_CLEARLY = 1.5  # times what chance makes: the second half's speed differs from the whole's
_LEAST_FOR_DRIFT = 12  # samples
_DRIFT = 0.06  # each quarter of the work is slower, or faster, than the one before by more than that
_FASTER_STILL = 0.5  # the share of a growth of speed that is expected to go on
_FLOOR = 0.02  # no interval is narrower than this share of the estimate


class _Sample(msgspec.Struct, frozen=True, gc=False):
    """A change of progress: when (running seconds), to which fraction and step."""

    time: float
    fraction: float
    step: float | None


class PrintedEta:
    """The seconds left as the program prints them. One that ran down and begins anew is of a part: an epoch."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None
        self._highest = 0.0
        self._is_of_a_part = False

    def see(self, seconds: float, now: float) -> None:
        """The program printed this at `now`."""
        if self._last is not None:
            ran_down = self._last[0] < _RUN_DOWN * self._highest
            if ran_down and seconds > _BEGINS_ANEW * self._highest:
                self._is_of_a_part = True
        self._highest = max(self._highest, seconds)
        self._last = seconds, now

    def at(self, now: float) -> float | None:
        """What is left of it at `now`; None without one, and once it is run out."""
        if self._last is None or self._is_of_a_part:
            return None
        seconds, then = self._last
        return seconds - (now - then) if now - then <= seconds else None


class _Pauses(msgspec.Struct, frozen=True):
    """Pauses at equal distances: where the last began, how far apart they are, how long each was."""

    place: float
    distance: float
    seconds: tuple[float, ...]

    def remaining(self, first: _Sample, last: _Sample, now: float) -> tuple[float, float]:
        """Seconds left from `last` on, and how far off that may be."""
        each = statistics.fmean(self.seconds)
        pace = (last.time - first.time - sum(self.seconds)) / (last.fraction - first.fraction)
        ahead = round((1.0 - self.place) / self.distance)
        work = (1.0 - last.fraction) * pace
        since = max(0.0, now - last.time)
        reached = last.fraction >= self.place + _NEAR_PAUSE * self.distance
        stands = since if reached and ahead else min(since, work)
        eta = max(0.0, work + ahead * each - stands)
        off = statistics.pstdev(self.seconds) * math.sqrt(ahead) if len(self.seconds) > 1 else each * ahead / 2
        return eta, off + _FLOOR * eta + work / 10


def _regular_pauses(samples: Sequence[_Sample]) -> _Pauses | None:
    """The pauses of a progress that otherwise runs evenly; None if there are none, or at no equal distances."""
    steps = [(a, b.time - a.time, b.fraction - a.fraction) for a, b in itertools.pairwise(samples)]
    if len(steps) < _LEAST_STEPS:
        return None
    usual = statistics.median(seconds / gained for _, seconds, gained in steps)
    least = _LEAST_PAUSE * (samples[-1].time - samples[0].time)
    found = [
        (a.fraction, seconds - gained * usual)
        for a, seconds, gained in steps
        if seconds > _PAUSE * gained * usual and seconds - gained * usual > least
    ]
    if not found or len(found) > len(steps) / 3:
        return None
    places = [0.0, *(place for place, _ in found)]
    distances = [b - a for a, b in itertools.pairwise(places)]
    distance = statistics.fmean(distances[1:] or distances)
    even = all(abs(one - distance) <= _UNEVEN * distance for one in distances)
    whole = abs(1.0 / distance - round(1.0 / distance)) <= _UNEVEN
    overdue = samples[-1].fraction > places[-1] + (1 + _UNEVEN) * distance
    if not even or not whole or overdue or distance < _LEAST_DISTANCE:
        return None
    return _Pauses(places[-1], distance, tuple(seconds for _, seconds in found))


def _pace_ahead(samples: Sequence[_Sample]) -> float | None:
    """Seconds for all of the work at the middle of what is left, where each quarter of what is done was clearly slower
    (or each faster) than the one before; None where that is not so.
    """
    if len(samples) < _LEAST_FOR_DRIFT:
        return None
    first, last = samples[0].fraction, samples[-1].fraction
    quarter = (last - first) / 4
    edges = [next(one for one in samples if one.fraction >= first + part * quarter) for part in range(4)] + [
        samples[-1]
    ]
    if any(b.fraction <= a.fraction for a, b in itertools.pairwise(edges)):
        return None
    paces = [(b.time - a.time) / (b.fraction - a.fraction) for a, b in itertools.pairwise(edges)]
    slows = all(b > a * (1 + _DRIFT) for a, b in itertools.pairwise(paces))
    if not slows and not all(b < a * (1 - _DRIFT) for a, b in itertools.pairwise(paces)):
        return None
    slope = (paces[3] - paces[0]) / (3 * quarter) * (1.0 if slows else _FASTER_STILL)
    ahead = paces[3] + slope * (quarter / 2 + (1.0 - last) / 2)
    return min(max(ahead, paces[3] / 2), paces[3] * 2)


class MeasuredSpeed:
    """The changes of a progress, thinned out so that their number is bounded."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque(maxlen=_SAMPLES)

    def clear(self) -> None:
        """What was seen before means nothing any more."""
        self._samples.clear()

    def add(self, now: float, fraction: float, step: float | None) -> None:
        """The work stands at `fraction` at `now`."""
        samples = self._samples
        if samples and fraction <= samples[-1].fraction:
            return
        if samples and now <= samples[-1].time:
            samples.pop()  # two changes at one look: the later holds
        if len(samples) == _SAMPLES:
            thinned = list(samples)[::2]
            samples.clear()
            samples.extend(thinned)
        samples.append(_Sample(now, fraction, step))

    def _base(self) -> int | None:
        """The index of the sample that speed is measured from: after the warm-up, and after a jump while resuming."""
        samples = self._samples
        if len(samples) < _WARM_UP + 1:
            return None
        early = [samples[i + 1].fraction - samples[i].fraction for i in range(min(len(samples) - 1, 8))]
        usual = statistics.median(early[1:]) if len(early) > 1 else early[0]
        base = 1
        for i, gained in enumerate(early):
            if gained > _JUMP * usual:
                base = i + 1
        return base if base < len(samples) - 1 else None

    def remaining(self, now: float) -> tuple[float | None, float | None]:
        """Seconds left, and how far off that may be."""
        base = self._base()
        if base is None:
            return None, None
        samples = self._samples
        first, last = samples[base], samples[-1]
        end = self._end(now)
        if end - first.time < _MIN_SECONDS or last.fraction <= first.fraction:
            return None, None
        regular = _regular_pauses(list(itertools.islice(samples, base, None)))
        if regular is not None:
            return regular.remaining(first, last, now)
        left = 1.0 - last.fraction
        pace = (end - first.time) / (last.fraction - first.fraction)
        whole = recent = left * pace
        middle_time = (first.time + end) / 2
        middle = next((sample for sample in samples if sample.time >= middle_time and sample is not last), first)
        if middle is not first and last.fraction > middle.fraction:
            recent = left * (end - middle.time) / (last.fraction - middle.fraction)
        noise = self._noise(base, left, pace)
        drifting = _pace_ahead(list(itertools.islice(samples, base, None)))
        if drifting is not None:
            eta = left * drifting
        else:
            eta = recent if abs(whole - recent) > _CLEARLY * noise else (whole + recent) / 2
        since = max(0.0, now - last.time) if end == last.time else 0.0
        eta = max(0.0, eta - since)
        return eta, math.hypot(whole - recent, noise) + _FLOOR * eta

    def _noise(self, base: int, left: float, pace: float) -> float:
        """How far off the remaining time may be by chance: the steps behind vary, and so will those ahead."""
        samples = list(self._samples)[base:]
        done = samples[-1].fraction - samples[0].fraction
        squares = sum((b.time - a.time - (b.fraction - a.fraction) * pace) ** 2 for a, b in itertools.pairwise(samples))
        return math.sqrt(squares / done * (left + left**2 / done))

    def _end(self, now: float) -> float:
        """The time the last progress counts for: later than its own once more time has passed than is usual."""
        samples = self._samples
        last = samples[-1].time
        if len(samples) < 2:
            return last
        gaps = [samples[i].time - samples[i - 1].time for i in range(max(1, len(samples) - 16), len(samples))]
        return now if now - last > 2 * max(gaps) else last

    def rate(self, now: float) -> float | None:
        """Steps a second over the second half of what was seen; None while it means nothing."""
        base = self._base()
        if base is None:
            return None
        samples = [sample for i, sample in enumerate(self._samples) if i >= base and sample.step is not None]
        if len(samples) < 2:
            return None
        end = self._end(now)
        middle = (samples[0].time + end) / 2
        first = next((sample for sample in samples[:-1] if sample.time >= middle), samples[-2])
        gained = (samples[-1].step or 0.0) - (first.step or 0.0)
        return gained / (end - first.time) if end > first.time and gained > 0 else None
