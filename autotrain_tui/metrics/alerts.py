"""What in a stage's figures a person would want to be told: a loss that is nan, a spike, a plateau, a stall.

Times are running seconds (pauses left out). Each detector tells an episode once and is armed again when it is over.
"""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache
from typing import Literal

import msgspec

from autotrain_tui.metrics.parsing.metric_names import words_of
from autotrain_tui.metrics.parsing.reading_events import Event, NotFinite, Progress, Reading
from autotrain_tui.metrics.parsing.series_kinds import is_gradient_norm, series_kind

__all__ = ["Alerts", "MetricAlert", "is_loss"]

_LOSSES = frozenset(
    {"loss", "losses", "nll", "ppl", "perplexity", "cost", "objective", "logloss", "error", "mse", "rmse"}
)

_WINDOW = 64  # readings a spike is measured against
_ENOUGH = 20  # readings before a spike can be told
_KEPT = 16  # readings for which the limit is kept
_SPIKE = 10.0  # times the usual deviation
_SPIKE_SHARE = 0.5  # and at least this share of the usual value
_MAX_WATCHED = 64  # loss-like metrics that are watched

_LOST = 20  # gradient norms in a row that are no finite numbers
_LOST_WITH_ZERO_LOSS = 5

_GONE_AFTER = 3  # finite values of another metric, after which as many non-finite ones in a row cause an alert
_SAME_READINGS = 50  # of a loss, equal to the last digit
_SAME_DIGITS = 3  # that its value must have: 0.01 stays the same in print while it falls

_PLATEAU_READINGS = 10  # without a better value, at least
_PLATEAU_SHARE = 0.5  # of all readings so far
_BETTER = 0.001  # of the range seen so far: less is no improvement

_STALL_BEATS = 10  # signs of progress before its rhythm is known
_STALL_TIMES = 5.0  # times the longest silence so far
_STALL_SECONDS = 60.0  # and at least that


class MetricAlert(msgspec.Struct, frozen=True):
    """One thing to tell. `metric` is empty and `value` None where it is not about a metric."""

    kind: Literal["nan", "spike", "plateau", "stall"]
    text: str
    metric: str = ""
    value: float | None = None


@lru_cache(maxsize=4096)
def is_loss(name: str) -> bool:
    """Whether a metric is one that should fall, and that training stands or falls with."""
    return any(word in _LOSSES for word in words_of(name)) and series_kind(name) == "quality"


class Alerts:
    """Watches one attempt. `headline` is the plan's metric with its goal: what a plateau is looked for in."""

    def __init__(self, headline: tuple[str, Literal["min", "max"]] | None = None) -> None:
        self._bad: set[str] = set()
        self._finite: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._constant: dict[str, _Constant] = {}
        self._gradient = _LostGradient()
        self._spikes: dict[str, _Spike] = {}
        self._plateau = _Plateau(*headline) if headline is not None else None
        self._stall = _Stall()

    def feed(self, event: Event, now: float) -> list[MetricAlert]:
        """What an event gives rise to at `now` running seconds."""
        self._stall.beat(event, now)
        if isinstance(event, Progress):
            return []
        if isinstance(event, NotFinite):
            return self._not_finite(event)
        self._bad.discard(event.name)
        self._gone.pop(event.name, None)
        if event.name in self._finite or len(self._finite) < _MAX_WATCHED:
            self._finite[event.name] = self._finite.get(event.name, 0) + 1
        alerts = self._gradient.see(event)
        if is_loss(event.name):
            if event.name in self._constant or len(self._constant) < _MAX_WATCHED:
                alerts += self._constant.setdefault(event.name, _Constant()).see(event)
            spike = self._spikes.get(event.name)
            if spike is None and len(self._spikes) < _MAX_WATCHED:
                spike = self._spikes[event.name] = _Spike()
            if spike is not None:
                alerts += spike.see(event)
        if self._plateau is not None:
            alerts += self._plateau.see(event)
        return alerts

    def tick(self, now: float) -> list[MetricAlert]:
        """What silence gives rise to at `now` running seconds."""
        return self._stall.look(now)

    def _not_finite(self, event: NotFinite) -> list[MetricAlert]:
        if is_gradient_norm(event.name):
            return self._gradient.see(event)
        if event.name in self._bad:
            return []
        if not is_loss(event.name):
            if self._finite.get(event.name, 0) < _GONE_AFTER:
                return []
            self._gone[event.name] = self._gone.get(event.name, 0) + 1
            if self._gone[event.name] < _GONE_AFTER:
                return []
        self._bad.add(event.name)
        place = f" at step {event.step}" if event.step is not None else ""
        return [MetricAlert("nan", f"{event.name} is not a finite number{place}", event.name)]


class _LostGradient:
    """A gradient norm that stays nan or inf. One is normal (a loss scaler looks for its scale); many in a row, or a few
    while the loss reads exactly 0, mean that the run is lost.
    """

    def __init__(self) -> None:
        self._count = 0
        self._loss_is_zero = False
        self._told = False

    def see(self, event: Reading | NotFinite) -> list[MetricAlert]:
        if isinstance(event, Reading):
            if is_gradient_norm(event.name):
                self._count, self._told = 0, False
            elif is_loss(event.name):
                self._loss_is_zero = event.value == 0.0
            return []
        self._count += 1
        if self._told or self._count < (_LOST_WITH_ZERO_LOSS if self._loss_is_zero else _LOST):
            return []
        self._told = True
        loss = ", and the loss reads 0" if self._loss_is_zero else ""
        place = f" at step {event.step}" if event.step is not None else ""
        return [
            MetricAlert(
                "nan", f"{event.name} was no finite number {self._count} times in a row{place}{loss}", event.name
            )
        ]


class _Constant:
    """A loss that stays the same to its last digit: nothing is learned any more."""

    def __init__(self) -> None:
        self._value: float | None = None
        self._step: int | None = None
        self._count = 0

    def see(self, reading: Reading) -> list[MetricAlert]:
        if reading.value != self._value:
            self._value, self._step, self._count = reading.value, reading.step, 1
            return []
        if reading.step is not None and reading.step == self._step:
            return []  # the same step, printed again
        self._step = reading.step
        self._count += 1
        digits = f"{reading.value:.12g}".partition("e")[0].replace(".", "").lstrip("-0")
        if self._count != _SAME_READINGS or len(digits) < _SAME_DIGITS:
            return []
        text = f"{reading.name} has been {reading.value:.12g}, to the last digit, {self._count} times in a row"
        return [MetricAlert("plateau", text, reading.name, reading.value)]


class _Spike:
    """A loss far above where it was."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=_WINDOW)
        self._usual = 0.0
        self._limit = -math.inf  # a value up to this is no spike; kept for a while, since finding it costs a sort
        self._age = 0
        self._high = False

    def see(self, reading: Reading) -> list[MetricAlert]:
        value, values = reading.value, self._values
        if len(values) < _ENOUGH:
            values.append(value)
            return []
        self._age += 1
        if value > self._limit or self._age >= _KEPT:
            self._find_limit()
        was_high, self._high = self._high, value > self._limit
        # a lasting new level becomes the usual one; a single spike does not move the median
        values.append(value)
        if not self._high or was_high:
            return []
        place = f" at step {reading.step}" if reading.step is not None else ""
        text = f"{reading.name} jumped from {self._usual:.4g} to {value:.4g}{place}"
        return [MetricAlert("spike", text, reading.name, value)]

    def _find_limit(self) -> None:
        usual = self._usual = _median(list(self._values))
        deviation = _median([abs(other - usual) for other in self._values])
        self._limit = self._usual + max(_SPIKE * deviation, _SPIKE_SHARE * abs(self._usual))
        self._age = 0


def _median(values: list[float]) -> float:
    """As `statistics.median`, in a third of its time: this is the dearest part of a reading."""
    values.sort()
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


class _Plateau:
    """A headline metric that gets no better."""

    def __init__(self, name: str, goal: Literal["min", "max"]) -> None:
        self._name = name
        self._sign = 1.0 if goal == "max" else -1.0
        self._best = self._worst = 0.0
        self._count = self._since_best = 0
        self._told = False

    def see(self, reading: Reading) -> list[MetricAlert]:
        if reading.name != self._name:
            return []
        value = self._sign * reading.value
        self._count += 1
        if self._count == 1:
            self._best = self._worst = value
            return []
        self._worst = min(self._worst, value)
        if value > self._best + _BETTER * (self._best - self._worst):
            self._best, self._since_best, self._told = value, 0, False
            return []
        self._since_best += 1
        if self._told or self._since_best < max(_PLATEAU_READINGS, _PLATEAU_SHARE * self._count):
            return []
        self._told = True
        best = self._sign * self._best
        text = f"{self._name} has not improved on {best:.4g} in its last {self._since_best} readings"
        return [MetricAlert("plateau", text, self._name, reading.value)]


class _Stall:
    """Progress that stays away much longer than it ever did. A stage that shows none has no rhythm and no stall."""

    def __init__(self) -> None:
        self._place: tuple[float | None, float | None] | None = None
        self._last: float | None = None
        self._longest = 0.0
        self._beats = 0
        self._told = False

    def beat(self, event: Event, now: float) -> None:
        if not isinstance(event, Progress) and event.step is None and event.epoch is None:
            return
        place = (event.step, event.epoch)
        if place == self._place:
            return
        self._place = place
        if self._last is not None and not self._told:
            self._longest = max(self._longest, now - self._last)
        self._last, self._told = now, False
        self._beats += 1

    def look(self, now: float) -> list[MetricAlert]:
        if self._last is None or self._told or self._beats < _STALL_BEATS:
            return []
        silence = now - self._last
        if silence < max(_STALL_SECONDS, _STALL_TIMES * self._longest):
            return []
        self._told = True
        text = f"no progress for {silence:.0f} s; the longest wait before was {self._longest:.0f} s"
        return [MetricAlert("stall", text)]
