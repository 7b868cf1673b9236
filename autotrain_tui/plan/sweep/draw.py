"""The settings of a search's trials: a whole grid, or seeded draws.

Pure: the same settings give the same trials on every machine, and more trials keep the first ones as they were.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from autotrain_tui.plan.model import Scalar, SweepSettings, SweptParam
from autotrain_tui.plan.sweep_settings import grid_size, point_count

__all__ = ["TrialSetting", "draw_trials", "trial_count", "values_of"]

_DIGITS = 6
"""Significant digits of a number that is drawn from a range: enough for any setting, and short enough to be read."""


@dataclass(frozen=True, slots=True)
class TrialSetting:
    """One trial: its number, from 1, and the value of each swept key by its dotted name."""

    number: int
    params: Mapping[str, Scalar]


def trial_count(settings: SweepSettings) -> int:
    """How many trials a search has: `trials`, but never more than there are different settings."""
    size = grid_size(settings)
    if settings.trials is None or size is None:
        return settings.trials or size or 0
    return min(settings.trials, size)


def draw_trials(settings: SweepSettings) -> tuple[TrialSetting, ...]:
    """Every trial of a search, in order, no setting twice. Of `tpe` these are draws without its model."""
    drawn = _grid(settings) if settings.method == "grid" else _draws(settings)
    found = itertools.islice(drawn, trial_count(settings))
    return tuple(TrialSetting(number, params) for number, params in enumerate(found, 1))


def _grid(settings: SweepSettings) -> Iterator[dict[str, Scalar]]:
    """All points; the last key changes first. With fewer trials than points, points that are drawn by the seed."""
    size, count = grid_size(settings) or 0, trial_count(settings)
    chosen = range(size) if count >= size else _source(settings).sample(range(size), size)
    for place in chosen:
        yield _point(settings, place)


def _point(settings: SweepSettings, place: int) -> dict[str, Scalar]:
    """The point of the grid with that number, from 0."""
    found: dict[str, Scalar] = {}
    for param in reversed(settings.params):
        place, number = divmod(place, point_count(param) or 1)
        found[param.name] = _value_at(param, number)
    return {param.name: found[param.name] for param in settings.params}


def _draws(settings: SweepSettings) -> Iterator[dict[str, Scalar]]:
    """Different draws without end; the caller asks for no more than there are."""
    source = _source(settings)
    seen: set[tuple[tuple[type, Scalar], ...]] = set()
    while True:
        drawn = {param.name: _drawn(param, source) for param in settings.params}
        key = tuple((type(value), value) for value in drawn.values())
        if key not in seen:
            seen.add(key)
            yield drawn


def _source(settings: SweepSettings) -> random.Random:
    return random.Random(settings.seed)  # noqa: S311  draws that a seed repeats, nothing secret


def _drawn(param: SweptParam, source: random.Random) -> Scalar:
    count = point_count(param)
    if count is not None and not param.log:
        return _value_at(param, source.randrange(count))
    low, high = _bounds(param)
    if not param.log:
        return _rounded(param, source.uniform(low, high))
    # The ends of whole numbers are widened by one half, so that each end is drawn as often as its neighbours.
    half = 0.5 if param.integer else 0.0
    return _rounded(param, math.exp(source.uniform(math.log(low - half), math.log(high + half))))


def _bounds(param: SweptParam) -> tuple[float, float]:
    return float(param.min or 0.0), float(param.max or 0.0)


def _rounded(param: SweptParam, drawn: float) -> int | float:
    low, high = _bounds(param)
    if param.integer:
        return int(min(high, max(low, round(drawn))))
    return min(high, max(low, float(f"{drawn:.{_DIGITS}g}")))


def _value_at(param: SweptParam, number: int) -> Scalar:
    """The value with that number, from 0, of a key that has finitely many."""
    if param.values:
        return param.values[number]
    low, _ = _bounds(param)
    if param.integer:
        return int(low) + number * int(param.step or 1)
    # In decimals, because 0.1 + 2 * 0.1 is 0.30000000000000004 in binary.
    return float(Decimal(str(low)) + number * Decimal(str(param.step or 0.0)))


def values_of(param: SweptParam) -> tuple[Scalar, ...]:
    """Values that stand for all that can be drawn: those listed, else both ends and one between."""
    if param.values:
        return param.values
    low, high = _bounds(param)
    if param.integer or param.step is not None:
        last = (point_count(param) or 1) - 1
        return tuple(dict.fromkeys(_value_at(param, place) for place in (0, min(1, last), last)))
    return tuple(dict.fromkeys((low, _rounded(param, low + (high - low) * 0.41421356), high)))
