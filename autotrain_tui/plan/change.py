"""A stage with changed values, from `--set`, a retry or a strategy, read by the same rules as a plan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autotrain_tui.plan.keys import STAGE_KEYS, merged
from autotrain_tui.plan.model import PlanStage, Scalar
from autotrain_tui.plan.names import NUMBERS
from autotrain_tui.plan.read import Location

__all__ = ["changed_parameters", "scaled_number", "with_change", "with_values"]

_FACTOR = re.compile(r"x(\d{1,6}(?:\.\d{1,6})?)")


def with_values(stage: PlanStage, values: Mapping[str, object], at: Location) -> PlanStage:
    """The stage with raw values set: those of its keys, any other name as one of its params. Raises PlanError."""
    read: dict[str, Any] = {name: STAGE_KEYS[name].read(raw, at) for name, raw in values.items() if name in STAGE_KEYS}
    others = {name: raw for name, raw in values.items() if name not in STAGE_KEYS}
    if others:
        read["params"] = {**read.get("params", {}), **STAGE_KEYS["params"].read(others, at)}
    return replace(stage, **merged({name: getattr(stage, name) for name in read}, read))


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
