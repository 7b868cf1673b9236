"""Sentences about searches: what a trial has, what a stage takes, who won, and why nobody did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autotrain_tui.plan.model import PlanStage, Scalar
from autotrain_tui.plan.strategy import TrialSeen

__all__ = ["no_winner_text", "taken_text", "values_text", "winner_text"]


def values_text(values: Mapping[str, Scalar]) -> str:
    """`lr 0.01, batch_size 64`."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def taken_text(before: PlanStage, after: PlanStage) -> str:
    """What a stage takes from a winner, as the end of a reason."""
    old, new = before.parameters, after.parameters
    taken = {name: value for name, value in new.items() if old.get(name) != value}
    return f"; of the winner: {values_text(taken)}" if taken else ""


def no_winner_text(trials: Sequence[TrialSeen], metric: str) -> str:
    """Why a search has no winner, in one sentence."""
    silent = [trial for trial in trials if trial.state == "done" and trial.final is None]
    if silent and len(silent) == len(trials):
        return f"none of its {len(trials)} trials gave a value of {metric}, by which the plan judges them"
    out = next((trial for trial in trials if trial.state == "out"), None)
    first = f"; {out.name}: {out.reason}" if out is not None and out.reason else ""
    also = f", {len(silent)} of them without a value of {metric}" if silent else ""
    return f"all {len(trials)} trials are out{also}{first}"


def winner_text(best: TrialSeen, trials: Sequence[TrialSeen], metric: str) -> str:
    """Who won, with which values, and what it came to."""
    done = [trial for trial in trials if trial.state == "done" and trial.final is not None]
    same = len(done) > 1 and len({trial.final for trial in done}) == 1
    reason = f"{best.name} is the best of {len(trials)} trials: {values_text(best.swept)}"
    reason += f", {metric} {best.final:.6g}" if best.final is not None else ""
    return reason + (f"; all {len(done)} that ran to their end came to the same, the first is taken" if same else "")
