"""`tpe`: the next setting from the trials before it, proposed by Optuna's tree-structured Parzen estimator.

Optuna is asked and told (its `ask` and `add_trial`) and stores nothing: its study is made anew from the trials for
each proposal, so that a journal replays to the same proposals. Needs the extra `sweep`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from autotrain_tui.plan.model import Plan, Scalar, SweepSettings, SweptParam
from autotrain_tui.plan.sweep.draw import TrialSetting, draw_trials, values_of
from autotrain_tui.plan.sweep_settings import point_count

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

__all__ = ["STARTERS", "Tried", "missing_proposer", "proposed"]

STARTERS = 10
"""Trials that are drawn before the first proposal; Optuna's own number."""

_ASKS = 8
"""How often another proposal is asked for if a setting was already tried."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial so far: its setting and its value; None while it runs, not finite if it failed."""

    params: Mapping[str, Scalar]
    value: float | None


def missing_proposer(plan: Plan) -> str:
    """What to install if a search of the plan needs Optuna and it is not here; empty if nothing is missing."""
    if not any(stage.sweep is not None and stage.sweep.method == "tpe" for stage in plan.stages):
        return ""
    from importlib.util import find_spec  # for start-up: few plans need it

    if find_spec("optuna") is not None:
        return ""
    return (
        "method = \"tpe\" needs the package optuna; install it with: pip install 'autotrain-tui[sweep]', "
        'or use method = "random"'
    )


def proposed(settings: SweepSettings, goal: Literal["max", "min"], tried: Sequence[Tried]) -> TrialSetting:
    """The setting of the trial that comes after `tried`, which are all trials before it in the order of their numbers.

    The first ones are those of `draw_trials`. Raises ImportError without Optuna.
    """
    number = len(tried) + 1
    drawn = draw_trials(settings)
    if number <= STARTERS or not any(_counts(each) for each in tried):
        return drawn[number - 1]
    before = [_key(each.params) for each in tried]
    for attempt in range(_ASKS):
        params = _requested(replace(settings, seed=settings.seed + attempt * 1_000_003 + number), goal, tried)
        if _key(params) not in before:
            return TrialSetting(number, params)
    fresh = next((each.params for each in drawn if _key(each.params) not in before), drawn[-1].params)
    return TrialSetting(number, fresh)


def _counts(tried: Tried) -> bool:
    return tried.value is not None and abs(tried.value) != float("inf") and tried.value == tried.value


def _key(params: Mapping[str, Scalar]) -> tuple[tuple[str, type, Scalar], ...]:
    return tuple((name, type(value), value) for name, value in params.items())


def _requested(settings: SweepSettings, goal: Literal["max", "min"], tried: Sequence[Tried]) -> dict[str, Scalar]:
    """One proposal of a study that knows the trials; what runs counts as bad, so that others are tried beside it."""
    import optuna  # an extra, and slow to import

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    spaces = {param.name: _distribution(param) for param in settings.params}
    sampler = optuna.samplers.TPESampler(seed=settings.seed % 2**32, n_startup_trials=1, constant_liar=True)
    study = optuna.create_study(sampler=sampler, direction="maximize" if goal == "max" else "minimize")
    for each in tried:
        state = optuna.trial.TrialState.COMPLETE
        if not _counts(each):
            state = optuna.trial.TrialState.RUNNING if each.value is None else optuna.trial.TrialState.FAIL
        known: dict[str, Any] = {"value": each.value} if _counts(each) else {}
        params = {name: _inside(param, each.params) for name, param in _by_name(settings).items()}
        study.add_trial(optuna.trial.create_trial(state=state, params=params, distributions=spaces, **known))
    found = study.ask(spaces).params
    return {param.name: _plain(param, found[param.name]) for param in settings.params}


def _by_name(settings: SweepSettings) -> dict[str, SweptParam]:
    return {param.name: param for param in settings.params}


def _inside(param: SweptParam, params: Mapping[str, Scalar]) -> Any:
    """A tried value as Optuna keeps it: a listed one by its place, because 1 and true are equal there."""
    value = params[param.name]
    if not param.values:
        return value
    return next(place for place, each in enumerate(param.values) if (type(each), each) == (type(value), value))


def _plain(param: SweptParam, value: Any) -> Scalar:
    if param.values:
        return param.values[int(value)]
    if param.integer:
        return int(value)
    if param.step is not None:
        return float(f"{value:.12g}")
    low, high = float(param.min or 0.0), float(param.max or 0.0)
    return min(high, max(low, float(f"{value:.6g}")))


def _distribution(param: SweptParam) -> BaseDistribution:
    """What Optuna draws from; a range ends on its last step, as Optuna demands."""
    from optuna import distributions  # an extra, and slow to import

    if param.values:
        return distributions.CategoricalDistribution(list(range(len(param.values))))
    ends = [value for value in values_of(param) if not isinstance(value, str)]
    low, high = ends[0], ends[-1]
    if param.integer:
        step = 1 if param.log else int(param.step or 1)
        return distributions.IntDistribution(int(low), int(high), log=param.log, step=step)
    if point_count(param) == 1:
        return distributions.FloatDistribution(float(low), float(low))
    return distributions.FloatDistribution(float(low), float(high), log=param.log, step=param.step)
