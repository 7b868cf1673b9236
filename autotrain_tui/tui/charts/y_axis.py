"""The y axis of a chart: a range that a single spike does not decide, and round values at whole rows of cells. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from autotrain_tui.tui.model.axis import Scale, tick_texts

__all__ = ["YAxis", "robust_range", "y_axis"]

_TINY, _HUGE = 1e-300, 1e300
_FAR_OUT = 1e6
_FEWEST = 12
"""Columns from which a spike can be told from the rest."""
_OUTSIDE = 0.03
"""The share of columns that may lie outside of the range, at either end."""
_FAR = 3.0
"""A value is a spike if it lies beyond the others' range by this many times that range."""
_ROOM = 0.5
"""What is kept beyond the others' range, as a share of it, if a spike is cut."""


class YAxis(msgspec.Struct, frozen=True):
    """Rows of cells of equal height: the lowest one begins at `bottom`, each is `unit` high (of the logarithm to base
    10 if `log`). `labels`: the text of a row, counted from the top.
    """

    bottom: float
    unit: float
    rows: int
    log: bool = False
    labels: tuple[tuple[int, str], ...] = ()

    @property
    def top(self) -> float:
        """The upper edge, in the values' own unit."""
        return self._value(self.bottom + self.unit * self.rows)

    @property
    def low(self) -> float:
        """The lower edge, in the values' own unit."""
        return self._value(self.bottom)

    def share(self, value: float) -> float:
        """0 at the lower edge, 1 at the upper one; values beyond are clamped."""
        if self.log:
            if value <= 0:
                return 0.0
            value = math.log10(value)
        return max(0.0, min(1.0, (value - self.bottom) / (self.unit * self.rows)))

    def shares(self) -> Callable[[float], float]:
        """`share`, of which a linear axis clamps only what no arithmetic could follow."""
        if self.log:
            return self.share
        bottom, across = self.bottom, 1.0 / (self.unit * self.rows)

        def share(value: float) -> float:
            found = (value - bottom) * across
            return found if -_FAR_OUT < found < _FAR_OUT else max(-_FAR_OUT, min(_FAR_OUT, found))

        return share

    def row(self, value: float) -> int:
        """The row of cells of a value, from the top; the nearest one for values outside."""
        return min(self.rows - 1, int((1 - self.share(value)) * self.rows))

    def _value(self, place: float) -> float:
        return 10.0 ** min(place, 300.0) if self.log else place


def robust_range(lows: Sequence[float], highs: Sequence[float], kept: Sequence[float] = ()) -> tuple[float, float]:
    """From the least to the greatest of the values that matter, given each column's lowest and highest one.

    A few columns far from all others are left outside; `kept` (the last value, the best one) never are.
    """
    low, high = min(lows), max(highs)
    if len(lows) < _FEWEST:
        return low, high
    bottoms, tops = sorted(lows), sorted(highs)
    outside = math.ceil(_OUTSIDE * len(lows))
    near_low, near_high = bottoms[outside], tops[-1 - outside]
    across = near_high - near_low
    if across <= 0:  # nothing but the spike is news
        return low, high
    if high > near_high + _FAR * across:
        high = max(value for value in (*tops, *kept) if value <= near_high + _ROOM * across or value in kept)
    if low < near_low - _FAR * across:
        low = min(value for value in (*bottoms, *kept) if value >= near_low - _ROOM * across or value in kept)
    return low, high


def y_axis(low: float, high: float, rows: int, *, log: bool = False) -> YAxis:
    """The axis for values from `low` to `high` in some rows: round values stand in the middle of a row, equally many
    rows apart.
    """
    low, high = (max(-_HUGE, min(_HUGE, value)) for value in (low, high))
    if log and high > 0:
        return _log_axis(max(low, high * 1e-12, _TINY), high, rows)
    if high - low <= max(abs(low), abs(high)) * 1e-9 + _TINY:  # one value, or values too close for an axis
        spare = abs(high) * 0.05 if abs(high) > _TINY else 0.5
        low, high = low - spare, high + spare
    unit, step, apart = _fit(low, high, rows, _linear_steps(high - low))
    first = _first_row(low, high, rows, unit)
    labels = [(rows - 1 - row, (first + row) // apart * step) for row in range(rows) if (first + row) % apart == 0]
    texts = tick_texts([value for _, value in labels])
    return YAxis(
        (first - 0.5) * unit,
        unit,
        rows,
        False,
        tuple((row, text) for (row, _), text in zip(labels, texts, strict=True)),
    )


def _linear_steps(across: float) -> list[float]:
    """Round steps (1, 2 or 5 times a power of ten) that may be between two labels."""
    power = math.floor(math.log10(across)) if across > _TINY else -300
    return [factor * 10.0**exponent for exponent in range(power - 2, power + 2) for factor in (1, 2, 5)]


def _fit(low: float, high: float, rows: int, steps: Sequence[float]) -> tuple[float, float, int]:
    """The height of a row, the step between labels and the rows between them, that use the rows best."""
    wanted = 2 if rows < 8 else 3 if rows < 18 else 4 if rows < 36 else 6
    best: tuple[float, float, float, int] | None = None
    for apart in range(min(2, max(1, rows - 1)), max(3, 2 * wanted + 1)):
        for step in steps:
            unit = step / apart
            if math.floor(high / unit + 0.5) - math.floor(low / unit + 0.5) >= rows:
                continue
            cost = unit * (1 + 0.1 * abs(math.log2(apart / wanted)))
            if best is None or cost < best[0]:
                best = (cost, unit, step, apart)
            break
    if best is None:
        return (high - low) / max(1, rows - 1), high - low, max(1, rows - 1)
    return best[1:]


def _first_row(low: float, high: float, rows: int, unit: float) -> int:
    """The number (of heights from 0) of the lowest row, so that what is left over is above and below."""
    begin, end = math.floor(low / unit + 0.5), math.floor(high / unit + 0.5)
    return begin - (rows - 1 - (end - begin)) // 2


def _log_axis(low: float, high: float, rows: int) -> YAxis:
    """Powers of ten at whole rows; if fewer than two are in sight, the nearest rows of other round values."""
    if high <= low * 1.000001:
        low, high = low / 2, high * 2
    begin, end = math.log10(low), math.log10(high)
    unit, step, apart = _fit(begin, end, rows, (1.0, 2.0, 5.0, 10.0))
    if end - begin < 1:
        unit, step, apart = (end - begin) / max(1, rows - 1), 1.0, 0
    first = _first_row(begin, end, rows, unit)
    if apart == 0:
        axis = YAxis(begin - unit / 2, unit, rows, log=True)
        values = Scale(axis.low, axis.top, log=True).ticks(max(1, rows // 2))
    else:
        axis = YAxis((first - 0.5) * unit, unit, rows, log=True)
        values = [10.0 ** ((first + row) // apart * step) for row in range(rows) if (first + row) % apart == 0]
        if len(values) < 2:
            values = Scale(axis.low, axis.top, log=True).ticks(max(1, rows // 2))
    labels = {axis.row(value): f"{value:.6g}" for value in values}  # equal decimals would make 0 of 1e-10
    return msgspec.structs.replace(axis, labels=tuple(sorted(labels.items())))
