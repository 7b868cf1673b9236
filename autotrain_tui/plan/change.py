"""A stage with changed values, from `--set`, a retry or a strategy, read by the same rules as a plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autotrain_tui.plan.keys import STAGE_KEYS, Key, merged
from autotrain_tui.plan.model import PlanStage, Scalar
from autotrain_tui.plan.names import NUMBERS, is_identifier, shown
from autotrain_tui.plan.read import Location

__all__ = ["changed_parameters", "scaled_number", "with_change", "with_dotted", "with_part", "with_values", "written"]

_FACTOR = re.compile(r"x(\d{1,6}(?:\.\d{1,6})?)")


def with_values(stage: PlanStage, values: Mapping[str, object], at: Location) -> PlanStage:
    """The stage with raw values set: those of its keys, any other name as one of its params. Raises PlanError."""
    read: dict[str, Any] = {name: STAGE_KEYS[name].read(raw, at) for name, raw in values.items() if name in STAGE_KEYS}
    others = {name: raw for name, raw in values.items() if name not in STAGE_KEYS}
    if others:
        read["params"] = {**read.get("params", {}), **STAGE_KEYS["params"].read(others, at)}
    return replace(stage, **merged({name: getattr(stage, name) for name in read}, read))


def with_dotted(stage: PlanStage, key: str, value: object, at: Location) -> PlanStage:
    """The stage with the raw value of one key set, or of a part of one (`stop.grace_seconds`). Raises PlanError."""
    head, _, rest = key.partition(".")
    if not rest:
        return with_values(stage, {key: value}, at)
    return with_values(stage, {head: with_part(written(STAGE_KEYS[head], getattr(stage, head)), rest, value, at)}, at)


def written(key: Key, value: object) -> object:
    """A value as a file would hold it; what is not there is an empty table, of which a part can be set."""
    return {} if value is None else key.write(value)


def with_part(table: object, path: str, value: object, at: Location) -> dict[str, object]:
    """A table with the value at a dotted path within it changed. Raises PlanError if there is no table."""
    if not isinstance(table, dict):
        raise at.error("this is not a table, so no part of it can be set")
    head, _, rest = path.partition(".")
    if not is_identifier(head):
        raise at.error(f"invalid key {shown(head)}")
    return {**table, head: with_part(table.get(head, {}), rest, value, at) if rest else value}


def with_change(stage: PlanStage, change: Mapping[str, Scalar]) -> PlanStage:
    """The stage with the change of a retry rule: new values, or factors such as "x0.5" of what it has.

    Whole numbers stay whole and at least 1. Raises PlanError if there is nothing to multiply or a value is
    invalid.
    """
    at = Location(f'the change of stage "{stage.name}"')
    has = stage.parameters
    return with_values(stage, {name: _changed(name, value, has, at.key(name)) for name, value in change.items()}, at)


def _changed(name: str, value: Scalar, has: Mapping[str, Scalar], at: Location) -> Scalar:
    factor = _FACTOR.fullmatch(value) if isinstance(value, str) else None
    if factor is None:
        return value
    old = has.get(name)
    if isinstance(old, str) or (old is None and name not in NUMBERS):
        return value
    if old is None or isinstance(old, bool):
        raise at.error(f"there is no number that {value} can change")
    return scaled_number(old, float(factor[1]))


def scaled_number(old: float, factor: float) -> int | float:
    """`old` times `factor`; a whole number stays whole, rounded down but not below 1."""
    return max(1, int(old * factor)) if isinstance(old, int) else old * factor


def changed_parameters(before: PlanStage, after: PlanStage) -> dict[str, tuple[Scalar | None, Scalar | None]]:
    """The parameters in which two forms of a stage differ: name to (before, after), None where there is no value."""
    old, new = before.parameters, after.parameters
    return {name: (old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)}
