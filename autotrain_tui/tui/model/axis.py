"""Axes: the positions of round values, their texts, and scales. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import msgspec

from autotrain_tui.text import format as fmt

__all__ = ["Scale", "place_labels", "tick_texts", "ticks", "time_ticks", "x_text", "x_ticks"]

_TINY = 1e-300
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)


class Scale(msgspec.Struct, frozen=True):
    """Values from `low` to `high`, both finite and low < high; `log`: a logarithmic scale (low > 0)."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """0 at `low`, 1 at `high`; values beyond are clamped."""
        if self.log:
            if value <= self.low:
                return 0.0
            whole = math.log(self.high / self.low)
            return min(1.0, math.log(value / self.low) / whole) if whole > 0 else 0.0
        return max(0.0, min(1.0, (value - self.low) / (self.high - self.low)))

    def linear(self) -> Callable[[float], float]:
        """`share` of a linear scale, not clamped: drawing calls it thousands of times."""
        low, across = self.low, 1.0 / (self.high - self.low)
        return lambda value: (value - low) * across

    def ticks(self, most: int) -> list[float]:
        """Round values, about `most` of them."""
        if not self.log:
            return ticks(self.low, self.high, most)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        for factors in ((1, 2, 5), (1, 3), (1,)):
            found = [
                factor * 10.0**power
                for power in range(first, last + 1)
                for factor in factors
                if self.low <= factor * 10.0**power <= self.high
            ]
            if 2 <= len(found) <= most:
                return found
        if len(found) <= 1:
            return ticks(self.low, self.high, most)
        return found[:: -(-len(found) // max(1, most))]


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values in [low, high], `most` or fewer (1, 2 or 5 times a power of ten apart)."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return [low] if math.isfinite(low) else []
    raw = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw)) if raw > _TINY else _TINY
    step = next((factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999), raw)
    # far from zero a multiple may miss the range by a rounding error, and two of them may be equal
    return list(dict.fromkeys(min(max(tick, low), high) for tick in _multiples(step, low, high)))


def time_ticks(low: float, high: float, most: int) -> list[float]:
    """Round times in seconds: whole seconds, minutes, hours, days."""
    if high <= low or most < 1:
        return [low]
    step = next((step for step in _SECONDS if (high - low) / step <= most), None)
    return _multiples(float(step), low, high) if step is not None else ticks(low, high, most)


def _multiples(step: float, low: float, high: float) -> list[float]:
    first = math.ceil(low / step - 1e-9)
    found: list[float] = []
    while first * step <= high + step * 1e-9 and len(found) < 50:
        found.append(first * step)
        first += 1
    return found


def tick_texts(values: Sequence[float]) -> list[str]:
    """Texts of an axis' values, with equally many decimals if that is short, so that they are easy to compare."""
    steps = [after - before for before, after in itertools.pairwise(values) if after > before]
    top = max(map(abs, values), default=0.0)
    if steps and min(steps) >= 1e-5 and top < 1e6:
        decimals = max(0, -math.floor(math.log10(min(steps)) + 1e-9))
        even = max(steps) < min(steps) * 1.01
        texts = [f"{value:.{decimals}f}" for value in values]
        alike = len({fmt.value(value, 6) for value in values}) < len(values)  # 0.00095 to 0.00105
        if even and (alike or max(map(len, texts)) <= 6):
            return [text.replace("-0", "0") if not text.strip("-0.") else text for text in texts]
    return [fmt.value(value, 6) for value in values]


def x_ticks(low: float, high: float, most: int, axis: str) -> list[float]:
    """Round places on the x axis."""
    if axis == "time":
        return time_ticks(low, high, most)
    found = ticks(low, high, most)
    return found if axis == "epoch" else [place for place in found if float(place).is_integer()]


def x_text(place: float, axis: str) -> str:
    """The text of a place on the x axis: a duration, a number of steps, an epoch."""
    if axis == "time":
        return fmt.clock(place)
    if axis == "epoch":
        return f"{place:.2f}".rstrip("0").rstrip(".")
    return fmt.count(place)


def place_labels(labels: Sequence[tuple[int, str]], width: int, write: Callable[[int, str], None]) -> None:
    """Write each label centred under its column, inside `width`; one that would touch the previous one is left out."""
    free = 0
    for column, text in labels:
        start = max(0, min(column - len(text) // 2, width - len(text)))
        if start < free or len(text) > width:
            continue
        write(start, text)
        free = start + len(text) + 2
