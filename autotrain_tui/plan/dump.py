"""A plan as TOML: the content of a session's `plan.toml`, which loads to an equal plan."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

import tomli_w

from autotrain_tui.plan.keys import MODE_KEYS, OWN_KEYS, PLAN_KEYS, STAGE_KEYS
from autotrain_tui.plan.model import Plan, PlanMode, PlanStage
from autotrain_tui.plan.names import NUMBERS

__all__ = ["dump_plan", "plan_digest", "plan_table", "stage_table"]


def _defaults(record: type[Plan | PlanStage]) -> dict[str, Any]:
    """The default of each field that has one."""
    found: dict[str, Any] = {}
    for item in fields(record):
        if item.default is not MISSING:
            found[item.name] = item.default
        elif item.default_factory is not MISSING:
            found[item.name] = item.default_factory()
    return found


_STAGE_DEFAULTS = _defaults(PlanStage)
_PLAN_DEFAULTS = _defaults(Plan)


def dump_plan(plan: Plan) -> str:
    """The plan as TOML; `parse_plan` of it gives an equal plan."""
    return tomli_w.dumps(plan_table(plan))


def plan_digest(plan: Plan) -> str:
    """A SHA-256 in hexadecimal over the whole plan, which records what was run."""
    return hashlib.sha256(dump_plan(plan).encode()).hexdigest()


def plan_table(plan: Plan) -> dict[str, object]:
    """The plan as a TOML table. Values that all stages share appear once, at the plan's top level."""
    result: dict[str, object] = {"name": plan.name}
    if plan.description:
        result["description"] = plan.description
    for name, key in PLAN_KEYS.items():
        value = getattr(plan, name)
        if value != _PLAN_DEFAULTS[name]:
            result[name] = key.write(value)
    if plan.scale is not None:
        result["scale"] = plan.scale
    shared = _shared(plan)
    result |= {name: STAGE_KEYS[name].write(value) for name, value in shared.items()}
    result |= {name: dict(table) for name, table in plan.strategy_tables.items()}
    if plan.modes:
        result["modes"] = {name: _mode_table(mode) for name, mode in plan.modes.items()}
    before: str | None = None
    stages = []
    for stage in plan.stages:
        stages.append(_stage_values(stage, _STAGE_DEFAULTS | {"scale": plan.scale} | shared, before))
        before = stage.name
    result["stage"] = stages
    return result


def stage_table(stage: PlanStage) -> dict[str, object]:
    """One stage complete in itself, as JSON or TOML can hold it; `parse_stage` of it gives an equal stage."""
    table = _stage_values(stage, _STAGE_DEFAULTS, None)
    return {**table, "index": stage.index, "needs": list(stage.needs)}


def _shared(plan: Plan) -> dict[str, Any]:
    """The values that every stage has and that are no defaults.

    Not `scale` and `needs`, which have rules of their own, nor the numbers, which a reader looks for in the stage.
    """
    if len(plan.stages) == 1:
        return {}
    first = plan.stages[0]
    shared = {}
    for name in STAGE_KEYS:
        value = getattr(first, name)
        if name in {"needs", *NUMBERS} or value == _STAGE_DEFAULTS[name]:
            continue
        if all(getattr(stage, name) == value for stage in plan.stages):
            shared[name] = value
    return shared


def _stage_values(stage: PlanStage, known: Mapping[str, Any], before: str | None) -> dict[str, object]:
    """The stage's own table: its values except those in `known`, given that it follows the stage `before`."""
    table: dict[str, object] = {"name": stage.name}
    for name, key in {**OWN_KEYS, **STAGE_KEYS}.items():
        value = getattr(stage, name)
        expected = ((before,) if before else ()) if name == "needs" else known.get(name)
        if name != "name" and value != expected:
            table[name] = key.write(value)
    return table


def _mode_table(mode: PlanMode) -> dict[str, object]:
    return {name: MODE_KEYS[name].write(value) for name, value in mode.values.items()}
