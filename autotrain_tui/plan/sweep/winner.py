"""What stages take from the search before them: the winner's setting, as parameters and as `{best_lr}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autotrain_tui.plan.change import with_dotted, written
from autotrain_tui.plan.command import value_text
from autotrain_tui.plan.dump import stage_table
from autotrain_tui.plan.keys import STAGE_KEYS
from autotrain_tui.plan.model import Plan, PlanStage, Scalar
from autotrain_tui.plan.needs_chain import needs_chain
from autotrain_tui.plan.read import Location
from autotrain_tui.plan.sweep.trial_stage import swept_parameters

__all__ = [
    "best_name",
    "best_names_before",
    "best_values",
    "has_value",
    "inherited_names",
    "inheriting",
    "open_placeholders",
    "search_before",
]


def best_name(name: str) -> str:
    """The placeholder for the winner's value of a swept key: `best_lr`; `best_env_SEED` for `env.SEED`."""
    return "best_" + re.sub(r"[^A-Za-z0-9_]", "_", name)


def best_values(params: Mapping[str, Scalar]) -> dict[str, str]:
    """The values of those placeholders, for the setting of a winner."""
    return {best_name(name): value_text(value) for name, value in params.items()}


def search_before(plan: Plan, stage: PlanStage) -> PlanStage | None:
    """The nearest search in the chain of `needs` before the stage; None if there is none."""
    if not plan.has_search:
        return None
    stages = plan.by_name
    chain = needs_chain(stage.needs, lambda name: stages[name].needs if name in stages else None)
    return next((stages[name] for name in chain if stages[name].sweep is not None), None)


def best_names_before(plan: Plan, stage: PlanStage) -> tuple[str, ...]:
    """The placeholders for the winner of the search before the stage."""
    search = search_before(plan, stage)
    return () if search is None or search.sweep is None else tuple(best_name(each.name) for each in search.sweep.params)


def has_value(stage: PlanStage, name: str) -> bool:
    """Whether the stage has a value of its own for a key with a dotted name."""
    head, _, rest = name.partition(".")
    if head not in STAGE_KEYS:
        return name in stage.params
    if not rest:
        return head in stage_table(stage)
    table = written(STAGE_KEYS[head], getattr(stage, head))
    for part in rest.split("."):
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True


def inherited_names(plan: Plan, stage: PlanStage) -> tuple[str, ...]:
    """The swept keys that the stage takes from the winner of the search before it: those it has no value for."""
    search = search_before(plan, stage)
    if search is None or search.sweep is None:
        return ()
    own = {param.name for param in stage.sweep.params} if stage.sweep is not None else set()
    return tuple(
        param.name for param in search.sweep.params if param.name not in own and not has_value(stage, param.name)
    )


def inheriting(stage: PlanStage, params: Mapping[str, Scalar]) -> PlanStage:
    """The stage with the winner's value for each swept key that it has no value for. Raises PlanError."""
    own = {param.name for param in stage.sweep.params} if stage.sweep is not None else set()
    at = Location(f'stage "{stage.name}" after the search')
    for name, value in params.items():
        if name not in own and not has_value(stage, name):
            stage = with_dotted(stage, name, value, at.key(name))
    return stage


def open_placeholders(plan: Plan, stage: PlanStage) -> frozenset[str]:
    """The placeholders of the stage's command whose values a search will give: its trials', or the winner's."""
    return swept_parameters(stage).union(inherited_names(plan, stage), best_names_before(plan, stage))
