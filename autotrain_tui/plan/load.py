"""From a TOML file to a `Plan`: every key read and checked, and one clear error for the first thing that is wrong."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from autotrain_tui.plan import read
from autotrain_tui.plan.check import check_plan, stage_place
from autotrain_tui.plan.keys import MODE_KEYS, OWN_KEYS, PLAN_KEYS, STAGE_KEYS, merged, read_keys
from autotrain_tui.plan.model import Gate, Mode, Plan, Stage
from autotrain_tui.plan.names import STRATEGIES, as_name, did_you_mean, shown
from autotrain_tui.plan.read import Place

__all__ = ["LARGEST_PLAN", "load_plan", "parse_plan", "parse_stage"]

LARGEST_PLAN = 1024 * 1024
"""Bytes; more is no plan that a person wrote."""

_DEEPEST = 16
_MOST_DOTS = 32
_CHUNK = re.compile(r"[^={}\[\],#\n]+")


def load_plan(path: str | os.PathLike[str]) -> Plan:
    """The plan in a file. Raises PlanError, also for what is no readable regular file of UTF-8 text."""
    text = _file_text(Path(path))
    return parse_plan(text, os.fspath(path), path=Path(path))


def parse_plan(text: str, file: str, *, path: Path | None = None) -> Plan:
    """The plan in a text; `file` is what errors name. Raises PlanError."""
    at = Place(file)
    raw = _toml(text, at)
    plan = _plan(raw, at, path)
    check_plan(plan, at)
    return plan


def parse_stage(raw: Mapping[str, object], file: str) -> Stage:
    """A stage from the table that `stage_table` made of it, as a journal keeps it. Raises PlanError."""
    at = Place(file)
    table = dict(raw)
    index = read.whole(1, 10**9)(table.pop("index", None), at.key("index"))
    return _stage(table, {}, index, at)


def _file_text(path: Path) -> str:
    """The file's text, never blocking on a FIFO and never reading more than a plan may hold."""
    at = Place(os.fspath(path))
    try:
        # The kind is looked at before opening, because opening a device or a FIFO is already an act.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise at.error("expected a regular file", "a directory, a FIFO or a device holds no plan")
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(LARGEST_PLAN + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise at.error(f"can't be read: {reason.lower()}") from None
    if len(data) > LARGEST_PLAN:
        raise at.error("a plan can have at most 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise at.error(f"line {line} is no UTF-8 text (byte {error.start})") from None


def _toml(text: str, at: Place) -> dict[str, object]:
    """The parsed text, with guards against what makes the parser slow or deep."""
    if len(text) > LARGEST_PLAN:
        raise at.error("a plan can have at most 1 MiB")
    too_deep = at.error(f"nested too deep: at most {_DEEPEST} tables and lists within each other")
    # tomllib walks a dotted key once for each of its parts: 16 000 characters of `a.a.a` took 0.9 s [measured].
    for chunk in _CHUNK.finditer(text):
        if chunk[0].count(".") > _MOST_DOTS and text[chunk.end() : chunk.end() + 1] in {"=", "]"}:
            raise too_deep
    try:
        raw: dict[str, object] = tomllib.loads(text)
    except RecursionError:
        raise too_deep from None
    except ValueError as error:  # TOMLDecodeError, and int() on a number of thousands of digits
        raise at.error(f"no valid TOML: {_toml_reason(error)}") from None
    if _deeper_than(raw, _DEEPEST):
        raise too_deep
    return raw


def _toml_reason(error: ValueError) -> str:
    reason = str(error)
    return (reason[:1].lower() + reason[1:]) if reason.isprintable() else shown(reason)


def _deeper_than(value: object, limit: int) -> bool:
    """Whether tables and lists are nested deeper; level by level, so that depth costs no recursion."""
    level: list[object] = [value]
    for _ in range(limit + 1):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return any(isinstance(item, dict | list) for item in level)


def _plan(raw: dict[str, object], at: Place, path: Path | None) -> Plan:
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
    return _with_gates(plan, at)


def _with_gates(plan: Plan, at: Place) -> Plan:
    """The plan with each gate that names no metric told the headline metric."""

    def filled(gate: Gate, here: Place) -> Gate:
        if gate.metric:
            return gate
        if plan.metric is None:
            raise here.key("gate").error("which metric?", 'name it here, or give the plan metric = { name = "…", … }')
        return replace(gate, metric=plan.metric.name)

    stages = tuple(
        replace(stage, gate=filled(stage.gate, stage_place(at, stage))) if stage.gate else stage for stage in plan.stages
    )
    modes = dict(plan.modes)
    for name, mode in plan.modes.items():
        gate = mode.values.get("gate")
        if isinstance(gate, Gate):
            modes[name] = replace(mode, values={**mode.values, "gate": filled(gate, at.key("modes").key(name))})
    return replace(plan, stages=stages, modes=modes)


def _strategy_names(raw: Mapping[str, object]) -> tuple[str, ...]:
    """Names that may head a table of settings: the strategies of this package and the one the plan chose."""
    chosen = raw.get("strategy")
    return (*STRATEGIES, chosen) if isinstance(chosen, str) and chosen not in STRATEGIES else STRATEGIES


def _stages(raw: object, shared: Mapping[str, Any], at: Place) -> tuple[Stage, ...]:
    if raw is None:
        raise at.error("a plan needs at least one stage", "a stage begins with a line [[stage]]")
    if isinstance(raw, dict):
        raise at.expected("a list of tables", raw, "write [[stage]], with two brackets")
    if not isinstance(raw, list):
        raise at.expected("a list of tables", raw, "a stage begins with a line [[stage]]")
    if not raw:
        raise at.error("a plan needs at least one stage", "a stage begins with a line [[stage]]")
    stages: list[Stage] = []
    for number, item in enumerate(raw, 1):
        here = at.item(number)
        stage = _stage(read.table(item, here), shared, number, here, before=stages[-1].name if stages else None)
        stages.append(stage)
    return tuple(stages)


def _stage(
    raw: Mapping[str, object], shared: Mapping[str, Any], index: int, at: Place, before: str | None = None
) -> Stage:
    known = {**STAGE_KEYS, **OWN_KEYS}
    for key in raw:
        if key in PLAN_KEYS:
            raise at.key(key).error("this key stands plan-wide only", "move it above the first [[stage]]")
        if key not in known:
            raise read.unknown_key(key, at, known)
    if "name" not in raw:
        raise at.error('the key "name" is missing')
    own = read_keys(raw, known, at)
    values = merged(shared, own)
    if "command" not in values:
        raise at.error('the key "command" is missing here and in the plan itself')
    values.setdefault("needs", () if before is None else (before,))
    return Stage(**values, index=index)


def _modes(raw: object, at: Place) -> dict[str, Mode]:
    modes = {}
    for name, item in read.table(raw, at).items():
        here = at.key(name)
        read.name(name, here)
        table = read.table(item, here)
        for key in table:
            if key not in MODE_KEYS:
                hint = "this key can't change with the mode" if key in PLAN_KEYS or key in OWN_KEYS else ""
                raise read.unknown_key(key, here, MODE_KEYS, hint or did_you_mean(key, MODE_KEYS))
        modes[name] = Mode(name, read_keys(table, MODE_KEYS, here))
    return modes
