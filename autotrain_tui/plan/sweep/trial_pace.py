"""How long trials take, learned from those that have run: their seconds for each share of a whole training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.sweep.draw import trial_count
from autotrain_tui.plan.sweep.search_estimate import full_trials

__all__ = ["TrialPace", "learned_estimate", "trial_pace"]

_LEAST_SPREAD = 0.1
"""Which trials go on is not known beforehand: no search is known better than that."""

_ONE_TRIAL = 0.5
"""The spread of an estimate from a single trial."""


@dataclass(frozen=True, slots=True)
class TrialPace:
    """The expected seconds of a whole trial, from how many trials that is, and its relative spread."""

    seconds: float
    trials: int
    spread: float

    @property
    def source(self) -> str:
        """`from 3 trials`."""
        return f"from {self.trials} trial" + ("s" if self.trials != 1 else "")


def trial_pace(runs: Sequence[tuple[float, float]]) -> TrialPace | None:
    """The pace of runs (seconds, share of the whole training); None without one.

    Longer runs say more, so that seconds and shares are summed; the spread is that of the mean of the single paces.
    """
    known = [(seconds, share) for seconds, share in runs if seconds > 0 and 0 < share <= 1]
    if not known:
        return None
    whole = sum(seconds for seconds, _ in known) / sum(share for _, share in known)
    if len(known) == 1:
        return TrialPace(whole, 1, _ONE_TRIAL)
    paces = [seconds / share for seconds, share in known]
    mean = sum(paces) / len(paces)
    deviation = math.sqrt(sum((pace - mean) ** 2 for pace in paces) / (len(paces) - 1))
    return TrialPace(whole, len(known), max(_LEAST_SPREAD, deviation / mean / math.sqrt(len(paces))))


def learned_estimate(search: PlanStage, jobs: int, pace: TrialPace) -> Estimate:
    """The expected seconds of the whole search at that pace, `jobs` trials at once."""
    assert search.sweep is not None
    wanted, at_once = full_trials(search.sweep, search.epochs), min(jobs, trial_count(search.sweep))
    return Estimate(pace.seconds * max(1.0, wanted / at_once), pace.source, pace.spread)
