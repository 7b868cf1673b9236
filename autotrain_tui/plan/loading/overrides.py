"""Overrides for one session: the mode, the classic flags, `--set`, and the resulting plan.

Order of precedence, the later wins: the plan, the stage, the mode, the flags, `--set`. Only `--python` is weaker than
the plan's key, because a stage that names its own interpreter needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.keys import PLAN_KEYS, STAGE_KEYS, merged
from autotrain_tui.plan.loading.check import check_plan, check_values, with_gate_metrics
from autotrain_tui.plan.loading.sets import apply_sets
from autotrain_tui.plan.model import Plan, PlanMode, PlanStage
from autotrain_tui.plan.names import did_you_mean, shown
from autotrain_tui.plan.read import Location
from autotrain_tui.text.metric_goal import metric_choice

__all__ = ["Overrides", "resolve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """The flags of `run` and `plan`; None or empty where a flag was not given.

    `max_hours` may be the text "none": no budget.
    `metric` is NAME:max or NAME:min. `sets` holds the texts "key=value" as given. `start_from`, `only`
    and `skip` hold names of stages (or their numbers) and don't change the plan: see `plan.loading.choice.skipped_by`.
    """

    mode: str | None = None
    scale: float | None = None
    max_hours: float | Literal["none"] | None = None
    dataset_limit: int | None = None
    batch_size: int | None = None
    timeout_multiplier: float | None = None
    python: str | None = None
    metric: str | None = None
    sets: tuple[str, ...] = ()
    start_from: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


_STAGE_FLAGS = ("dataset_limit", "batch_size", "scale", "timeout_multiplier")


def resolve(plan: Plan, overrides: Overrides = Overrides()) -> Plan:
    """The plan as a session runs it. Raises UsageError, or PlanError if the plan is invalid with these values.

    The modes' values are used up: the result says what is run, and resolving it again without overrides changes
    nothing.
    """
    resolved = _with_mode(plan, plan.mode if overrides.mode is None else overrides.mode)
    resolved = _with_flags(resolved, overrides)
    resolved = apply_sets(resolved, overrides.sets)
    resolved = replace(resolved, modes={name: PlanMode(name) for name in plan.modes})
    at = Location(str(plan.path) if plan.path else f'plan "{plan.name}"')
    resolved = with_gate_metrics(resolved, at)
    check_plan(resolved, at)
    check_values(resolved, at)
    return resolved


def _with_mode(plan: Plan, name: str) -> Plan:
    if name not in plan.mode_names:
        hint = did_you_mean(name, plan.mode_names)
        raise UsageError(f"--mode: there is no mode {shown(name)}" + (f" ({hint})" if hint else ""))
    mode = plan.modes.get(name, PlanMode(name))
    return _with_plan_values(replace(plan, mode=name), mode.values)


def _with_flags(plan: Plan, overrides: Overrides) -> Plan:
    values: dict[str, Any] = {}
    for name in _STAGE_FLAGS:
        given = getattr(overrides, name)
        if given is not None:
            values[name] = STAGE_KEYS[name].read(given, Location("--" + name.replace("_", "-")))
    if overrides.max_hours is not None:
        values["max_hours"] = PLAN_KEYS["max_hours"].read(overrides.max_hours, Location("--max-hours"))
    if overrides.metric is not None:
        name, goal = metric_choice(overrides.metric)
        values["metric"] = PLAN_KEYS["metric"].read({"name": name, "goal": goal}, Location("--metric"))
    return _with_python(_with_plan_values(plan, values), overrides.python)


def _with_python(plan: Plan, given: str | None) -> Plan:
    """The interpreter of `--python` for every stage without its own."""
    if given is None:
        return plan
    python = STAGE_KEYS["python"].read(given, Location("--python"))
    stages = tuple(stage if stage.python else replace(stage, python=python) for stage in plan.stages)
    return replace(plan, stages=stages)


def _with_plan_values(plan: Plan, values: Mapping[str, Any]) -> Plan:
    """The plan with typed values over its own and over those of every stage."""
    of_plan = {name: value for name, value in values.items() if name in PLAN_KEYS}
    if "scale" in values:
        of_plan["scale"] = values["scale"]
    of_stages = {name: value for name, value in values.items() if name in STAGE_KEYS}
    if of_stages:
        of_plan["stages"] = tuple(_with_stage_values(stage, of_stages) for stage in plan.stages)
    return replace(plan, **of_plan)


def _with_stage_values(stage: PlanStage, values: Mapping[str, Any]) -> PlanStage:
    return replace(stage, **merged({name: getattr(stage, name) for name in values}, values))
