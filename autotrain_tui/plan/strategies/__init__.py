"""The available strategies: four of this package, and those of other packages by entry point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from autotrain_tui.errors import PlanError
from autotrain_tui.plan import read
from autotrain_tui.plan.model import Plan, Scalar
from autotrain_tui.plan.names import did_you_mean, shown
from autotrain_tui.plan.read import Location, Reader
from autotrain_tui.plan.strategies.adaptive import Adaptive
from autotrain_tui.plan.strategies.fit_budget import FitBudget
from autotrain_tui.plan.strategies.geometric import Geometric
from autotrain_tui.plan.strategies.ladder import Ladder
from autotrain_tui.plan.strategy import Strategy

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["ENTRY_POINT_GROUP", "check_strategy", "strategy_for", "strategy_names"]

ENTRY_POINT_GROUP = "autotrain_tui.strategies"

Factory: TypeAlias = Callable[[Plan, Mapping[str, Scalar]], Strategy]


_BUILT_IN: dict[str, Factory] = {
    "ladder": Ladder,
    "geometric": Geometric,
    "adaptive": Adaptive,
    "fit-budget": FitBudget,
}

_SETTINGS: dict[str, Mapping[str, Reader[Any]]] = {
    "ladder": Ladder.keys,
    "geometric": Geometric.keys,
    "adaptive": Adaptive.keys,
    "fit-budget": FitBudget.keys,
}
"""The readers of each strategy's settings, so that a table is checked even if another strategy is chosen."""


def strategy_names() -> list[str]:
    """Every name that a plan may write as `strategy`; those of other packages come after ours."""
    return [*_BUILT_IN, *sorted({found.name for found in _offered()} - set(_BUILT_IN))]


def strategy_for(plan: Plan, file: str = "") -> Strategy:
    """The strategy of a plan. Raises PlanError if it is unknown or does not support the plan."""
    at = Location(file or str(plan.path or ""), "strategy")
    factory: Factory = _BUILT_IN.get(plan.strategy) or _factory(plan.strategy, at)
    if plan.strategy != "ladder" and plan.strategy in _BUILT_IN:
        _check_sequence(plan, at)
    _check_copies(plan, at)
    try:
        return factory(plan, plan.strategy_settings)
    except ValueError as error:
        raise at.error(str(error)) from None


def check_strategy(plan: Plan, at: Location) -> None:
    """Raise the PlanError for an unknown strategy, a wrong setting, or a plan that the strategy does not support."""
    for name, table in plan.strategy_tables.items():
        if name in _SETTINGS:
            read.record(dict(table), at.key(name), _SETTINGS[name])
    strategy_for(plan, at.file)


def _check_sequence(plan: Plan, at: Location) -> None:
    """Strategies that use the last stage's result run one stage at a time, in the order of the file."""
    if plan.jobs != 1:
        raise at.error(f'"{plan.strategy}" runs one stage at a time, but jobs is {plan.jobs}')
    if plan.after_last == "repeat":
        raise at.error(f'after_last = "repeat" works only with "ladder"; "{plan.strategy}" decides itself when to end')
    index = {stage.name: stage.index for stage in plan.stages}
    for stage in plan.stages:
        if any(index[needed] > stage.index for needed in stage.needs):
            raise at.error(f'"{plan.strategy}" runs stages as listed, but "{stage.name}" needs a later stage')


def _check_copies(plan: Plan, at: Location) -> None:
    """Refuse what would run a search again: its trials are drawn once."""
    searches = [stage.name for stage in plan.stages if stage.sweep is not None]
    last = plan.stages[-1].name
    if plan.strategy == "adaptive" and searches:
        raise at.error(f'"adaptive" may run a stage again, and "{searches[0]}" is a search', 'use "ladder"')
    if last in searches and plan.strategy == "geometric":
        raise at.error(f'"geometric" runs the last stage again, and "{last}" is a search', "add a stage after it")
    if last in searches and plan.after_last == "repeat":
        raise at.error(
            f'after_last = "repeat" runs the last stage again, and "{last}" is a search', "add a stage after it"
        )


def _factory(name: str, at: Location) -> Factory:
    found = [offered for offered in _offered() if offered.name == name]
    if not found:
        hint = did_you_mean(name, strategy_names())
        raise at.error(f"there is no strategy {shown(name)}", hint)
    try:
        loaded: Factory = found[0].load()
    except Exception as error:  # noqa: BLE001  another package's code: whatever it raises is reported
        raise at.error(f"{found[0].value} can't be loaded: {type(error).__name__}: {error}") from None
    if not callable(loaded):
        raise PlanError(f"{found[0].value} is not callable", file=at.file, place=at.path)
    return loaded


def _offered() -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points  # for start-up: 20 ms that only plans of other strategies need

    return tuple(entry_points(group=ENTRY_POINT_GROUP))
