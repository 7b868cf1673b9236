"""How long a search takes: its trials, the share of each that the rule lets run, and how many run at once."""

from __future__ import annotations

from collections.abc import Callable

from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import PlanStage, SweepSettings
from autotrain_tui.plan.sweep.draw import draw_trials, trial_count
from autotrain_tui.plan.sweep.halving import rung_positions
from autotrain_tui.plan.sweep.trial_stage import trial_stage

__all__ = ["full_trials", "search_estimate"]

_SAMPLE = 8
"""Trials whose estimates are asked for; more would not change their mean by much."""


def full_trials(settings: SweepSettings, epochs: float | None = None) -> float:
    """How many trials run in full would take as long as the search: all of them, or what halving lets run."""
    count = trial_count(settings)
    rungs = rung_positions(settings, epochs)
    total, before = 0.0, 0.0
    for rung in rungs:
        share = rung / epochs if epochs else rung
        total += count * (share - before)
        before = share
        count = max(settings.keep, count // settings.eta)
    return total + count * (1.0 - before)


def search_estimate(stage: PlanStage, jobs: int, estimate: Callable[[PlanStage], Estimate]) -> Estimate:
    """The expected seconds of a search stage, from those of its first trials; `jobs` run at once."""
    settings = stage.sweep
    if settings is None:
        return estimate(stage)
    each = [estimate(trial_stage(stage, setting)) for setting in draw_trials(settings)[:_SAMPLE]]
    known = [found for found in each if found.seconds is not None]
    if len(known) < len(each) or not known:
        return Estimate(None, "none")
    mean = sum(found.seconds or 0.0 for found in known) / len(known)
    wanted = full_trials(settings, stage.epochs)
    at_once = min(jobs, trial_count(settings))
    source = f"{wanted:.3g} full trials, each by {known[0].source}"
    return Estimate(mean * max(1.0, wanted / at_once), source, known[0].spread)
