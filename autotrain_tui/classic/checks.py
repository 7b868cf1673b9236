"""Checks of what callers hand in, by the same readers and bounds as a plan's keys; what is wrong is a ValueError."""

from __future__ import annotations

import operator
from dataclasses import fields
from typing import SupportsIndex, TypeVar

from autotrain_tui.classic.plan import default_plan
from autotrain_tui.classic.records import StageConfig
from autotrain_tui.errors import AutotrainError, PlanError
from autotrain_tui.plan.keys import STAGE_KEYS
from autotrain_tui.plan.names import STANDARD_MODES, did_you_mean, shown
from autotrain_tui.plan.read import Location as At
from autotrain_tui.plan.read import Reader, flag, name, number, text_or_empty, whole
from autotrain_tui.plan.values import MOST_HOURS
from autotrain_tui.session.launch.project_paths import find_paths

__all__ = [
    "MOST_MINUTES",
    "checked_config",
    "checked_flag",
    "checked_hours",
    "checked_minutes",
    "checked_mode",
    "checked_multiplier",
    "checked_name",
    "checked_scale",
    "checked_size",
    "checked_stage",
]

T = TypeVar("T")

MOST_MINUTES = MOST_HOURS * 60
"""The longest estimate that a plan can hold; no budget is longer."""


def _checked(parameter: str, value: object, read: Reader[T]) -> T:
    try:
        return read(value, At(parameter))
    except PlanError as error:
        raise ValueError(str(error)) from None


def checked_size(parameter: str, value: object) -> int:
    """A number of examples, epochs or examples per step, by the bounds of the plan's key of that name's beginning."""
    key = next(key for key in ("dataset_limit", "epochs", "batch_size") if parameter.startswith(key))
    size: int = _checked(parameter, _whole(value), STAGE_KEYS[key].read)
    return size


def checked_stage(value: object) -> int:
    """A stage's number, from 1."""
    return _checked("stage", _whole(value), whole(1, 10**9))


def _whole(value: object) -> object:
    """Whole numbers of other packages (numpy's) as Python's own; anything else as it is."""
    if isinstance(value, bool | int) or not isinstance(value, SupportsIndex):
        return value
    return operator.index(value)


def checked_hours(value: object) -> float:
    """A session's time limit."""
    return _checked("max_total_time_hours", value, number(0, MOST_HOURS, above=True))


def checked_minutes(value: object) -> float:
    """An estimate."""
    return _checked("estimated_time", value, number(0, MOST_MINUTES, above=True))


def checked_scale(value: object) -> float | None:
    """A scale, or None for the plan's own."""
    scale: float | None = None if value is None else _checked("scale", value, STAGE_KEYS["scale"].read)
    return scale


def checked_multiplier(value: object) -> float:
    """What an estimate is multiplied with to give the limit of a stage."""
    multiplier: float = _checked("timeout_multiplier", value, STAGE_KEYS["timeout_multiplier"].read)
    return multiplier


def checked_flag(parameter: str, value: object) -> bool:
    """True or False."""
    return _checked(parameter, value, flag)


def checked_name(value: object) -> str:
    """A text that can name a mode."""
    return _checked("mode", value, name)


def checked_mode(value: object) -> str:
    """One of the four modes, or one that the project's plan defines."""
    mode = checked_name(value)
    if mode in STANDARD_MODES:
        return mode
    try:
        known = default_plan(find_paths()).mode_names
    except AutotrainError:
        known = STANDARD_MODES
    if mode not in known:
        hint = did_you_mean(mode, known)
        raise ValueError(f"mode: there is no mode {shown(mode)}" + (f" ({hint})" if hint else ""))
    return mode


def checked_config(value: object) -> StageConfig:
    """A copy of a stage's configuration; any object with the five attributes is one."""
    given: dict[str, object] = {}
    for each in fields(StageConfig):
        if not hasattr(value, each.name):
            raise ValueError(f"stage_config: expected a StageConfig, found {type(value).__name__} without {each.name}")
        given[each.name] = getattr(value, each.name)
    return StageConfig(
        dataset_limit=checked_size("dataset_limit", given["dataset_limit"]),
        epochs=checked_size("epochs", given["epochs"]),
        batch_size=checked_size("batch_size", given["batch_size"]),
        description=_checked("description", given["description"], text_or_empty),
        stage=checked_stage(given["stage"]),
    )
