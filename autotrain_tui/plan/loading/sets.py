"""`--set key=value`: find the value of a plan for a key, and change it.

A key is a parameter or any key of a stage (then it means every stage), a key of the plan, a part of one
(`stop.grace_seconds`), a setting of a strategy (`adaptive.patience`), or any key of a stage after the stage's name
(`mastery.epochs`). A value is read as TOML, and as plain text where that is what the key wants.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from autotrain_tui.errors import PlanError, UsageError
from autotrain_tui.plan.change import with_dotted, with_part, written
from autotrain_tui.plan.keys import PLAN_KEYS, STAGE_KEYS
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.names import NUMBERS, STRATEGIES, did_you_mean, shown
from autotrain_tui.plan.read import Location, scalar

__all__ = ["apply_sets", "parse_set"]

_NOT_SETTABLE = {"mode": "use --mode", "default": "it only says which plan `run` takes"}


def parse_set(text: str) -> tuple[str, object, str]:
    """`key=value` as (key, the value read as TOML, the value's text). Raises UsageError without a key or a `=`."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise UsageError(f"--set {shown(text)}: expected key=value")
    return key.strip(), _toml_value(value.strip()), value


def _toml_value(text: str) -> object:
    """The value of a TOML text, or the text itself if it is not valid TOML."""
    if len(text) > 65_536:
        return text
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    # A line break in the text could add a second key: then it was not one value.
    return parsed["value"] if len(parsed) == 1 else text


def apply_sets(plan: Plan, sets: Iterable[str]) -> Plan:
    """The plan with every `key=value` applied, in order. Raises UsageError for an unknown key."""
    for text in sets:
        key, value, plain = parse_set(text)
        at = Location(f"--set {key if key.isprintable() else shown(key)}")
        try:
            plan = _apply(plan, key, value, at)
        except PlanError:
            if isinstance(value, str):
                raise
            try:
                # 3.10 for `python`, true for a text: what TOML reads otherwise may be meant as a text.
                plan = _apply(plan, key, plain, at)
            except PlanError:
                plan = _apply(plan, key, value, at)  # the first error is the one to show
    return plan


def _apply(plan: Plan, key: str, value: object, at: Location) -> Plan:
    if key in _NOT_SETTABLE:
        raise at.error("this key can't be set", _NOT_SETTABLE[key])
    head, _, rest = key.partition(".")
    if head in PLAN_KEYS:
        return _set_in_plan(plan, head, rest, value, at)
    if head in STAGE_KEYS or key in _parameters(plan):
        changed = tuple(with_dotted(stage, key, value, at) for stage in plan.stages)
        plan = replace(plan, stages=changed)
        return replace(plan, scale=changed[0].scale) if key == "scale" else plan
    if rest and (head in STRATEGIES or head == plan.strategy):
        table = {**plan.strategy_tables.get(head, {}), rest: scalar(value, at)}
        return replace(plan, strategy_tables={**plan.strategy_tables, head: table})
    stage = _stage_of(plan, key)
    if stage is not None:
        field = key[len(stage.name) + 1 :]
        if field.partition(".")[0] in STAGE_KEYS or field in _parameters(plan):
            changed_stage = with_dotted(stage, field, value, at)
            return replace(plan, stages=tuple(changed_stage if s is stage else s for s in plan.stages))
        raise at.error(f'stage "{stage.name}" has no such key', did_you_mean(field, _known(plan)))
    raise at.error("the plan has no such key", did_you_mean(key, [*_known(plan), *PLAN_KEYS]))


def _parameters(plan: Plan) -> set[str]:
    """Every parameter that some stage has, and the four that any stage can have."""
    return {*NUMBERS, *plan.parameter_names}


def _known(plan: Plan) -> Iterator[str]:
    yield from STAGE_KEYS
    yield from _parameters(plan)


def _stage_of(plan: Plan, key: str) -> PlanStage | None:
    """The stage whose name and a dot begin the key; of several (names may hold dots) the longest."""
    found = [stage for stage in plan.stages if key.startswith(stage.name + ".")]
    return max(found, key=lambda stage: len(stage.name), default=None)


def _set_in_plan(plan: Plan, head: str, rest: str, value: object, at: Location) -> Plan:
    key = PLAN_KEYS[head]
    if rest:
        value = with_part(written(key, getattr(plan, head)), rest, value, at)
    return replace(plan, **{head: key.read(value, at)})
