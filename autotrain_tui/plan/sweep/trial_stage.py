"""A trial as a stage: its name, and the search's stage with the trial's setting."""

from __future__ import annotations

import re
from dataclasses import replace

from autotrain_tui.plan.change import with_dotted
from autotrain_tui.plan.keys import STAGE_KEYS
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.names import NUMBERS, is_identifier
from autotrain_tui.plan.read import Location
from autotrain_tui.plan.sweep.draw import TrialSetting

__all__ = ["swept_parameters", "trial_name", "trial_number", "trial_stage"]


def trial_name(search: str, number: int) -> str:
    """`search.07`: the name of a trial's stage, and with the search's index the name of its folder."""
    return f"{search}.{number:02d}"


def trial_number(search: str, name: str) -> int | None:
    """The number of the trial of that name; None if it is no trial of the search."""
    found = re.fullmatch(r"\d{2,}", name.removeprefix(f"{search}.")) if name.startswith(f"{search}.") else None
    return int(found[0]) if found and trial_name(search, int(found[0])) == name else None


def trial_stage(stage: PlanStage, setting: TrialSetting) -> PlanStage:
    """The stage that one trial of the search `stage` is. Raises PlanError for a value that its key cannot have."""
    at = Location(f'trial {setting.number} of "{stage.name}"')
    trial = replace(stage, name=trial_name(stage.name, setting.number), sweep=None)
    for name, value in setting.params.items():
        trial = with_dotted(trial, name, value, at.key(name))
    return trial


def swept_parameters(stage: PlanStage) -> frozenset[str]:
    """The swept keys that are placeholders: numbers and parameters, without keys such as `env.SEED`."""
    names = [] if stage.sweep is None else [param.name for param in stage.sweep.params]
    return frozenset(name for name in names if name in NUMBERS or (is_identifier(name) and name not in STAGE_KEYS))
