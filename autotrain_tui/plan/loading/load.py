"""From a TOML file to a `Plan`: every key is read and checked; the first mistake raises one PlanError."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autotrain_tui.plan import read
from autotrain_tui.plan.file import file_text, toml_table
from autotrain_tui.plan.keys import MODE_KEYS, OWN_KEYS, PLAN_KEYS, STAGE_KEYS, merged, read_keys
from autotrain_tui.plan.loading.check import check_plan, with_gate_metrics
from autotrain_tui.plan.model import Plan, PlanMode, PlanStage
from autotrain_tui.plan.names import STRATEGIES, as_name, did_you_mean
from autotrain_tui.plan.read import Location

__all__ = ["load_plan", "parse_plan", "parse_stage"]


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """The plan in a file. Raises PlanError, also for a file that is not readable, regular or UTF-8."""
    text = file_text(Path(path))
    return parse_plan(text, os.fspath(path), path=Path(path))


def parse_plan(text: str, file: str, *, path: Path | None = None) -> Plan:
    """The plan in a text; `file` is the name used in errors. Raises PlanError."""
    at = Location(file)
    raw = toml_table(text, at)
    plan = _plan(raw, at, path)
    check_plan(plan, at)
    return plan


def parse_stage(raw: Mapping[str, object], file: str) -> PlanStage:
    """A stage from the table that `stage_table` made of it, as a journal keeps it. Raises PlanError."""
    at = Location(file)
    table = dict(raw)
    index = read.whole(1, 10**9)(table.pop("index", None), at.key("index"))
    return _stage(table, {}, index, at)


def _plan(raw: dict[str, object], at: Location, path: Path | None) -> Plan:
    plan_wide = {**STAGE_KEYS, **OWN_KEYS, **PLAN_KEYS}
    tables = _strategy_names(raw)
    for key in raw:
        if key not in plan_wide and key not in {"stage", "modes", *tables}:
            raise read.unknown_key(key, at, [*plan_wide, "stage", "modes", *tables])
    shared = read_keys(raw, STAGE_KEYS, at)
    own = read_keys(raw, {**OWN_KEYS, **PLAN_KEYS}, at)
    own.setdefault("name", as_name(Path(at.file).stem, "plan"))
    plan = Plan(
        **own,
        path=path,
        scale=shared.get("scale"),
        stages=_stages(raw.get("stage"), shared, at.key("stage")),
        modes=_modes(raw.get("modes", {}), at.key("modes")),
        strategy_tables={name: read.table_of(read.scalar)(raw[name], at.key(name)) for name in tables if name in raw},
    )
    return with_gate_metrics(plan, at)


def _strategy_names(raw: Mapping[str, object]) -> tuple[str, ...]:
    """Names that may head a table of settings: the strategies of this package and the one the plan chose."""
    chosen = raw.get("strategy")
    return (*STRATEGIES, chosen) if isinstance(chosen, str) and chosen not in STRATEGIES else STRATEGIES


def _stages(raw: object, shared: Mapping[str, Any], at: Location) -> tuple[PlanStage, ...]:
    if raw is None:
        raise at.error("a plan needs at least one stage", "a stage begins with a line [[stage]]")
    if isinstance(raw, dict):
        raise at.expected("a list of tables", raw, "write [[stage]], with two brackets")
    if not isinstance(raw, list):
        raise at.expected("a list of tables", raw, "a stage begins with a line [[stage]]")
    if not raw:
        raise at.error("a plan needs at least one stage", "a stage begins with a line [[stage]]")
    stages: list[PlanStage] = []
    for number, item in enumerate(raw, 1):
        here = at.item(number)
        stage = _stage(read.table(item, here), shared, number, here, before=stages[-1].name if stages else None)
        stages.append(stage)
    return tuple(stages)


def _stage(
    raw: Mapping[str, object], shared: Mapping[str, Any], index: int, at: Location, before: str | None = None
) -> PlanStage:
    known = {**STAGE_KEYS, **OWN_KEYS}
    for key in raw:
        if key in PLAN_KEYS:
            raise at.key(key).error("this key is allowed only plan-wide", "move it above the first [[stage]]")
        if key not in known:
            raise read.unknown_key(key, at, known)
    if "name" not in raw:
        raise at.error('the key "name" is missing')
    own = read_keys(raw, known, at)
    values = merged(shared, own)
    if "command" not in values:
        raise at.error('the key "command" is missing here and in the plan itself')
    values.setdefault("needs", () if before is None else (before,))
    return PlanStage(**values, index=index)


def _modes(raw: object, at: Location) -> dict[str, PlanMode]:
    modes = {}
    for name, item in read.table(raw, at).items():
        here = at.key(name)
        read.name(name, here)
        table = read.table(item, here)
        for key in table:
            if key not in MODE_KEYS:
                hint = "a mode cannot change this key" if key in PLAN_KEYS or key in OWN_KEYS else ""
                raise read.unknown_key(key, here, MODE_KEYS, hint or did_you_mean(key, MODE_KEYS))
        modes[name] = PlanMode(name, read_keys(table, MODE_KEYS, here))
    return modes
