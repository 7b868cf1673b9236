"""A search that a person extended while it runs: more drawn trials, or trials with values of their own. Pure.

Trials keep their numbers: what is added is numbered on, in the order in which it was added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autotrain_tui.plan.model import Extension, PlanStage, SweepSettings
from autotrain_tui.plan.names import shown
from autotrain_tui.plan.read import Location
from autotrain_tui.plan.sweep.draw import TrialSetting, draw_trials, trial_count
from autotrain_tui.plan.sweep.trial_stage import trial_stage
from autotrain_tui.plan.sweep_settings import MOST_TRIALS, grid_size

__all__ = ["check_extension", "extended_setting", "given_setting", "total_trials"]


def total_trials(settings: SweepSettings, extensions: Sequence[Extension] = ()) -> int:
    """How many trials a search has with what was added to it."""
    return trial_count(settings) + sum(1 if each.params else each.trials for each in extensions)


def given_setting(settings: SweepSettings, extensions: Sequence[Extension], number: int) -> TrialSetting | None:
    """The setting of the trial with that number if a person gave its values; None if it is drawn."""
    return next((one for one in _placed(settings, extensions) if one.number == number and one.params), None)


def extended_setting(settings: SweepSettings, extensions: Sequence[Extension], number: int) -> TrialSetting:
    """The setting of the trial with that number: drawn, or as a person gave it."""
    given = given_setting(settings, extensions, number)
    if given is not None:
        return given
    before = sum(1 for one in _placed(settings, extensions) if one.number < number and one.params)
    drawn = draw_trials(_with_draws(settings, extensions))[number - before - 1]
    return TrialSetting(number, drawn.params)


def _placed(settings: SweepSettings, extensions: Sequence[Extension]) -> list[TrialSetting]:
    """The added trials by their numbers; those that are drawn are without values."""
    found: list[TrialSetting] = []
    number = trial_count(settings)
    for each in extensions:
        for _ in range(1 if each.params else each.trials):
            number += 1
            found.append(TrialSetting(number, each.params))
    return found


def _with_draws(settings: SweepSettings, extensions: Sequence[Extension]) -> SweepSettings:
    """The settings with as many trials as are drawn in all."""
    more = sum(each.trials for each in extensions if not each.params)
    return replace(settings, trials=trial_count(settings) + more)


def check_extension(search: PlanStage, extensions: Sequence[Extension], added: Extension) -> None:
    """Raise PlanError if the search cannot be extended so: too many trials, no settings left, wrong names or values."""
    settings = search.sweep
    assert settings is not None
    at = Location(f'the search "{search.name}"')
    if total_trials(settings, (*extensions, added)) > MOST_TRIALS:
        raise at.error(f"a search has at most {MOST_TRIALS:,} trials")
    if not added.params:
        size, drawn = grid_size(settings), _with_draws(settings, (*extensions, added)).trials or 0
        if added.trials < 1:
            raise at.error("nothing is added", "give a number of trials, or a value for each swept key")
        if size is not None and drawn > size:
            left = size - (drawn - added.trials)
            raise at.error(f"there are only {size:,} different settings, {left:,} of them are left to draw")
        return
    names = [param.name for param in settings.params]
    missing = [name for name in names if name not in added.params]
    unknown = [name for name in added.params if name not in names]
    if missing or unknown:
        wrong = f"{unknown[0]} is not swept" if unknown else f"{missing[0]} has no value"
        raise at.error(wrong, f"a trial needs a value for each of: {', '.join(names)}")
    for param in settings.params:
        value = added.params[param.name]
        if not param.values and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise at.error(f"{param.name} is a number, found {shown(value)}")
    trial_stage(search, TrialSetting(total_trials(settings, extensions) + 1, added.params))
