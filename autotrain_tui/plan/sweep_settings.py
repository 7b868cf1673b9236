"""The reader and writer of `[stage.sweep]`: what is swept, how it is drawn, how trials are judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from autotrain_tui.plan import read
from autotrain_tui.plan.model import Scalar, SweepSettings, SweptParam
from autotrain_tui.plan.names import shown
from autotrain_tui.plan.read import Location, Reader

__all__ = ["METHODS", "MOST_TRIALS", "grid_size", "point_count", "sweep", "swept_param", "write_sweep"]

METHODS: Final = ("grid", "random", "halving", "tpe")
MOST_TRIALS = 10_000
"""More trials than one session can hold as stages; a larger grid is a typing error."""

_RANGE_KEYS = ("min", "max", "step", "log", "integer")
_RANGE: Mapping[str, Reader[Any]] = {
    "min": read.any_number,
    "max": read.any_number,
    "step": read.number(0, 1e300, above=True),
    "log": read.flag,
    "integer": read.flag,
}
_HOW = "give a list of values, or { min = …, max = … }"


def sweep(value: object, at: Location) -> SweepSettings:
    """The settings of a search. Raises PlanError."""
    readers: dict[str, Reader[Any]] = {
        "method": read.one_of(METHODS),
        "trials": read.whole(1, MOST_TRIALS),
        "seed": read.whole(0, 2**63 - 1),
        "eta": read.whole(2, 100),
        "first_rung": read.number(0, 1, above=True),
        "keep": read.whole(1, MOST_TRIALS),
        "judge": read.one_of(("best", "last")),
        "share_gpu": read.flag,
        "params": _params,
    }
    settings = SweepSettings(**read.record(value, at, readers, required=("method", "params")))
    _check_size(settings, at)
    if settings.method == "halving" and settings.first_rung >= 1:
        raise at.key("first_rung").error("the first rung must come before the end: expected a number below 1")
    if settings.trials is not None and settings.keep > settings.trials:
        raise at.key("keep").error(f"keep {settings.keep} is above trials {settings.trials}")
    return settings


def write_sweep(value: SweepSettings) -> object:
    """The settings as a TOML table, without those that have their default."""
    table: dict[str, object] = {"method": value.method}
    for item in fields(SweepSettings):
        if item.name not in {"method", "params"} and getattr(value, item.name) != item.default:
            table[item.name] = getattr(value, item.name)
    # A TOML writer puts lists before tables, and the order of the keys is the order of the draws.
    only_lists = all(param.values for param in value.params)
    return {**table, "params": {param.name: _written(param, only_lists) for param in value.params}}


def _written(param: SweptParam, plain: bool) -> object:
    if param.values:
        return list(param.values) if plain else {"values": list(param.values)}
    parts = {name: getattr(param, name) for name in _RANGE_KEYS}
    if param.integer:
        parts |= {name: int(parts[name]) for name in ("min", "max", "step") if parts[name] is not None}
    return {name: part for name, part in parts.items() if part is not None and part is not False}


def _params(value: object, at: Location) -> tuple[SweptParam, ...]:
    """The swept keys; a nested table (`env.SEED = [1, 2]`) is a dotted name."""
    found: dict[str, SweptParam] = {}
    for name, item in _dotted(read.table(value, at), at):
        plain = name.removeprefix("params.")
        if plain in found:
            raise at.key(name).error(f'"{plain}" is swept twice')
        found[plain] = swept_param(plain, item, at.key(name))
    if not found:
        raise at.error("nothing is swept", "for example: lr = { min = 1e-4, max = 1e-1, log = true }")
    return tuple(found.values())


def _dotted(table: Mapping[str, object], at: Location, before: str = "") -> Iterator[tuple[str, object]]:
    for key, item in table.items():
        name = f"{before}{key}"
        if isinstance(item, dict) and item and not any(key in {*_RANGE_KEYS, "values"} for key in item):
            yield from _dotted(item, at, f"{name}.")
        else:
            yield name, item


def swept_param(name: str, value: object, at: Location) -> SweptParam:
    """What one key is drawn from: a list of values, or a range. Raises PlanError."""
    if isinstance(value, list):
        return _listed(name, read.list_of(read.scalar)(value, at), at)
    if not isinstance(value, dict):
        raise at.expected("a list of values or a range", value, _HOW)
    if "values" in value:
        values = read.record(value, at, {"values": read.list_of(read.scalar)})["values"]
        return _listed(name, values, at)
    found = read.record(value, at, _RANGE)
    for key in ("min", "max"):
        if key not in found:
            raise at.error(f'the range has no "{key}"', _HOW)
    param = SweptParam(name=name, **found)
    _check_range(param, found["min"], found["max"], at)
    return param


def _listed(name: str, values: tuple[Scalar, ...], at: Location) -> SweptParam:
    if not values:
        raise at.error("the list of values is empty", _HOW)
    seen: list[object] = []
    for item in values:
        # 1 and true are equal in Python, and two different values here.
        if (type(item), item) in seen:
            raise at.error(f"the value {shown(item)} occurs twice")
        seen.append((type(item), item))
    return SweptParam(name=name, values=values)


def _check_range(param: SweptParam, low: float, high: float, at: Location) -> None:
    if low > high:
        raise at.error(f"min {low:g} is above max {high:g}")
    if param.log and low <= 0:
        raise at.error(f"a log range starts above 0, but min is {low:g}")
    if param.log and param.step is not None:
        raise at.error("a range has a step or is log, not both", "list the values instead")
    if param.integer and not all(part is None or float(part).is_integer() for part in (low, high, param.step)):
        raise at.error("with integer = true, min, max and step are whole numbers")
    if param.step is not None and (high - low) / param.step > 1e15:
        raise at.error(f"the step {param.step:g} is too small for a range from {low:g} to {high:g}")


def point_count(param: SweptParam) -> int | None:
    """How many values the key can have; None if any number of the range."""
    if param.values:
        return len(param.values)
    low, high = param.min or 0.0, param.max or 0.0
    if low == high:
        return 1
    if param.step is not None:
        return int((high - low) / param.step + 1e-9) + 1
    return int(high) - int(low) + 1 if param.integer else None


def grid_size(settings: SweepSettings) -> int | None:
    """How many different settings there are; None if one of the keys can have any number of a range."""
    size = 1
    for param in settings.params:
        count = point_count(param)
        if count is None:
            return None
        size *= count
    return size


def _check_size(settings: SweepSettings, at: Location) -> None:
    if settings.method != "grid":
        if settings.trials is None:
            raise at.error(
                'the key "trials" is missing', f'only method = "grid" knows the number, not "{settings.method}"'
            )
        return
    for param in settings.params:
        if point_count(param) is None or (param.log and param.integer and point_count(param) != 1):
            place = at.key("params").key(param.name)
            raise place.error("a grid needs a step, or a list of values", 'or use method = "random"')
    size = grid_size(settings) or 0
    if size > MOST_TRIALS:
        raise at.key("params").error(
            f"the grid has {size:,} points; at most {MOST_TRIALS:,} trials can run",
            'use fewer values or a larger step, or method = "random" with trials',
        )
