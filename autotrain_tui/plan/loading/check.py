"""Checks that need the whole plan: names, needs, placeholders, gates, contradictions."""

from __future__ import annotations

from dataclasses import replace

from autotrain_tui.plan.command import placeholders
from autotrain_tui.plan.distributed import check_distributed
from autotrain_tui.plan.model import Gate, Plan, PlanStage
from autotrain_tui.plan.names import NUMBERS, RESERVED_PLACEHOLDERS, did_you_mean, shown
from autotrain_tui.plan.read import Location
from autotrain_tui.plan.strategies import check_strategy
from autotrain_tui.plan.sweep.check_searches import best_names, check_searches, check_uses
from autotrain_tui.plan.sweep.trial_stage import swept_parameters
from autotrain_tui.plan.sweep.winner import inherited_names

__all__ = ["check_plan", "check_values", "stage_place", "with_gate_metrics"]


def check_plan(plan: Plan, at: Location) -> None:
    """Raise PlanError for the first contradiction in a plan."""
    _check_names(plan, at)
    _check_needs(plan, at)
    check_searches(plan, at)
    _check_placeholders(plan, at)
    check_strategy(plan, at)
    for stage in plan.stages:
        check_distributed(stage, stage_place(at, stage))


def stage_place(at: Location, stage: PlanStage) -> Location:
    """The place of a stage in the plan at `at`."""
    return at.key("stage").item(stage.index)


def _check_names(plan: Plan, at: Location) -> None:
    seen: dict[str, int] = {}
    for stage in plan.stages:
        if stage.name in seen:
            raise (
                stage_place(at, stage)
                .key("name")
                .error(f'stage {seen[stage.name]} already has the name "{stage.name}"', "stage names must be unique")
            )
        seen[stage.name] = stage.index
    if plan.mode not in plan.mode_names:
        raise at.key("mode").error(f"there is no mode {shown(plan.mode)}", did_you_mean(plan.mode, plan.mode_names))


def _check_needs(plan: Plan, at: Location) -> None:
    names = plan.by_name
    for stage in plan.stages:
        for number, needed in enumerate(stage.needs, 1):
            if needed not in names:
                raise (
                    stage_place(at, stage)
                    .key("needs")
                    .item(number)
                    .error(f'there is no stage "{needed}"', did_you_mean(needed, names))
                )
    cycle = _cycle(plan)
    if cycle:
        ring = " needs ".join([*cycle, cycle[0]])
        raise stage_place(at, names[cycle[0]]).key("needs").error(f"the needs form a cycle: {ring}")


def _cycle(plan: Plan) -> list[str]:
    """The stages of a cycle of needs, or none; without recursion, because a plan can be a long chain."""
    needs = {stage.name: set(stage.needs) for stage in plan.stages}
    free = [name for name, needed in needs.items() if not needed]
    needed_by: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for other in needed:
            needed_by[other].append(name)
    while free:
        done = free.pop()
        del needs[done]
        for name in needed_by[done]:
            needs[name].discard(done)
            if not needs[name]:
                free.append(name)
    if not needs:
        return []
    # Every remaining stage needs a remaining one, so that a walk along the needs must reach a stage twice.
    walk, name = [], next(iter(needs))
    while name not in walk:
        walk.append(name)
        name = min(needs[name])
    return walk[walk.index(name) :]


def _check_placeholders(plan: Plan, at: Location) -> None:
    """Refuse an unknown placeholder; whether a known one has a value is checked after modes and flags are applied."""
    known = {*NUMBERS, *RESERVED_PLACEHOLDERS}
    known |= plan.parameter_names
    for mode in plan.modes.values():
        params = mode.values.get("params")
        known |= set(params) if isinstance(params, dict) else set()
    known |= best_names(plan, at) | {name for stage in plan.stages for name in swept_parameters(stage)}
    checked: set[int] = set()
    for stage in plan.stages:
        if id(stage.command) in checked:
            continue
        checked.add(id(stage.command))
        found = placeholders(stage.command)
        for name in sorted((found.required | found.optional) - known):
            raise (
                stage_place(at, stage)
                .key("command")
                .error(f"unknown placeholder {{{name}}}", did_you_mean(name, known))
            )


def check_values(plan: Plan, at: Location) -> None:
    """Raise PlanError for a command without a value for a placeholder, after modes and flags are applied."""
    check_uses(plan, at)
    parameters = {*NUMBERS, *plan.parameter_names}
    for stage in plan.stages:
        parameters |= swept_parameters(stage)
    for stage in plan.stages:
        required = placeholders(stage.command).required
        missing = sorted(
            (required & parameters) - {*stage.parameters, *swept_parameters(stage), *inherited_names(plan, stage)}
        )
        if missing:
            raise (
                stage_place(at, stage)
                .key("command")
                .error(
                    f"the placeholder {{{missing[0]}}} has no value",
                    f'set "{missing[0]}" in the stage, or put the placeholder\'s words in a nested list',
                )
            )
        if "previous_checkpoint_dir" in required and not stage.needs:
            raise (
                stage_place(at, stage)
                .key("command")
                .error(
                    "{previous_checkpoint_dir} has no value in a stage without needs",
                    "put its words in a nested list, which is left out if it has no value",
                )
            )


def with_gate_metrics(plan: Plan, at: Location) -> Plan:
    """The plan with each gate that names no metric given the headline metric's name. Raises PlanError without one."""

    def filled(gate: Gate, here: Location) -> Gate:
        if gate.metric:
            return gate
        if plan.metric is None:
            raise here.key("gate").error(
                "the gate has no metric", 'add metric = "…" here, or metric = { name = "…", … } to the plan'
            )
        return replace(gate, metric=plan.metric.name)

    stages = tuple(
        replace(stage, gate=filled(stage.gate, stage_place(at, stage))) if stage.gate else stage
        for stage in plan.stages
    )
    modes = dict(plan.modes)
    for name, mode in plan.modes.items():
        gate = mode.values.get("gate")
        if isinstance(gate, Gate):
            modes[name] = replace(mode, values={**mode.values, "gate": filled(gate, at.key("modes").key(name))})
    return replace(plan, stages=stages, modes=modes)
