"""Checks of searches that need the whole plan: names, values that fit their keys, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.change import with_dotted
from autotrain_tui.plan.command import placeholders
from autotrain_tui.plan.keys import STAGE_KEYS
from autotrain_tui.plan.model import Plan, PlanStage, SweptParam
from autotrain_tui.plan.names import did_you_mean, is_identifier
from autotrain_tui.plan.read import Location
from autotrain_tui.plan.sweep.draw import trial_count, values_of
from autotrain_tui.plan.sweep.trial_stage import swept_parameters, trial_name
from autotrain_tui.plan.sweep.winner import best_name, best_names_before

__all__ = ["best_names", "check_searches", "check_uses"]

_LONGEST_NAME = 64
_NOT_SWEPT = {"sweep": "a search", "command": "the command", "needs": "the order of the stages"}


def check_searches(plan: Plan, at: Location) -> None:
    """Raise PlanError for the first mistake in a plan's searches; `at` is the plan."""
    best_names(plan, at)
    for stage in plan.stages:
        if stage.sweep is None:
            continue
        here = at.key("stage").item(stage.index).key("sweep")
        _check_names(plan, stage, at, here)
        for param in stage.sweep.params:
            _check_param(stage, param, here.key("params").key(param.name))


def _check_names(plan: Plan, stage: PlanStage, at: Location, here: Location) -> None:
    """Refuse a stage with the name of a trial or of its folder, and a search whose trials have no valid names."""
    if stage.sweep is not None and len(trial_name(stage.name, trial_count(stage.sweep))) > _LONGEST_NAME:
        raise here.error(f'the name "{stage.name}" is too long for its trials ("{stage.name}.07")')
    taken = re.compile(rf"(\d+-)?{re.escape(stage.name)}\.\d+")
    for other in plan.stages:
        if taken.fullmatch(other.name):
            raise (
                at.key("stage")
                .item(other.index)
                .key("name")
                .error(f'"{other.name}" is the name of a trial of the search "{stage.name}"', "choose another name")
            )


def _check_param(stage: PlanStage, param: SweptParam, at: Location) -> None:
    """Refuse a key that no stage has, and values that the key cannot have."""
    head, _, rest = param.name.partition(".")
    if head in _NOT_SWEPT:
        raise at.error(f"{_NOT_SWEPT[head]} cannot be swept")
    if head not in STAGE_KEYS and (rest or not is_identifier(param.name)):
        raise at.error(f'no stage has the key "{param.name}"', did_you_mean(head, STAGE_KEYS))
    for value in values_of(param):
        try:
            with_dotted(replace(stage, sweep=None), param.name, value, Location(""))
        except PlanError as error:
            if isinstance(value, float) and "whole number" in str(error):
                raise at.error(f"{param.name} takes whole numbers", "add integer = true") from None
            raise at.error(str(error).removeprefix(f"{error.place}: ")) from None


def best_names(plan: Plan, at: Location) -> set[str]:
    """The placeholders for winners' values; PlanError if one of them has two meanings."""
    found: set[str] = set()
    parameters = plan.parameter_names
    for stage in plan.stages:
        own: dict[str, str] = {}
        params = stage.sweep.params if stage.sweep is not None else ()
        for param in params:
            name = best_name(param.name)
            here = at.key("stage").item(stage.index).key("sweep").key("params").key(param.name)
            if name in own:
                raise here.error(f"{{{name}}} would name both {own[name]} and {param.name}", "rename one of them")
            if name in parameters or any(name == other.name for other in params):
                raise here.error(f"{{{name}}}, the winner's value, is also a parameter", f"rename {name}")
            own[name] = param.name
        found |= set(own)
    return found


def check_uses(plan: Plan, at: Location) -> None:
    """Raise PlanError for a search without a metric, for a swept parameter that its command does not use, and for the
    value of a winner that the stage does not have.
    """
    every = best_names(plan, at)
    for stage in plan.stages:
        missing = sorted(placeholders(stage.command).required & every - set(best_names_before(plan, stage)))
        if missing:
            raise (
                at.key("stage")
                .item(stage.index)
                .key("command")
                .error(f"the placeholder {{{missing[0]}}} has no value", "name the search in needs")
            )
        if stage.sweep is None:
            continue
        here = at.key("stage").item(stage.index).key("sweep")
        if plan.metric is None:
            raise here.error(
                "a search needs a metric to judge by", 'add metric = { name = "…", goal = "max" } to the plan'
            )
        used = set(_words(stage))
        for param in stage.sweep.params:
            if param.name in swept_parameters(stage) and param.name not in used:
                raise (
                    here.key("params")
                    .key(param.name)
                    .error(
                        f"no placeholder uses {param.name}, so all its values are alike",
                        f"add {{{param.name}}} to the command",
                    )
                )


def _words(stage: PlanStage) -> Iterator[str]:
    found = placeholders(stage.command)
    yield from found.required
    yield from found.optional
