"""A search and its trials as documents of `show --json` and `trials --json`. Keys are only ever added."""

from __future__ import annotations

from typing import Any

from autotrain_tui.session.history.headline import best_place, stage_metrics
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Session, Stage
from autotrain_tui.session.journal.transitions import ACTIVE, ENDED
from autotrain_tui.text import format as fmt

__all__ = ["search_sentence", "searched_seconds", "sweep_document", "trial_documents", "winner_documents"]

Json = dict[str, Any]


def sweep_document(view: View, stage: Stage) -> Json | None:
    """What `show --json` has under `sweep` of a search; None for any other stage.

    `trials` is how many are drawn in all, `ended` how many of them need no more time: ended, or told to rest at a rung.
    """
    search = stage.info.search
    if search is None:
        return None
    trials = view.session.trials_of(stage.name)
    winner = view.session.stage(stage.winners[0]) if stage.winners else None
    best = best_place(view, stage)
    return {
        "method": search.method,
        "trials": max(search.trials, len(trials)),
        "begun": len(trials),
        "ended": sum(trial.state in ENDED or _parked(trial) for trial in trials),
        "running": sum(trial.state in ACTIVE for trial in trials),
        "best": best.value if best is not None else None,
        "rungs": search.rungs,
        "winner": winner.name if winner is not None else None,
        "winners": list(stage.winners),
        "params": dict(winner.info.swept) if winner is not None else None,
    }


def searched_seconds(view: View, stage: Stage) -> float | None:
    """How long at least one trial of a search ran; None if none has, or if it is no search.

    Frozen time counts; what ran before a restart of the machine is on another clock, and counts by itself.
    """
    boots: dict[str, list[tuple[float, float]]] = {}
    for trial in view.session.trials_of(stage.name):
        for attempt in trial.attempts:
            begun = attempt.started_mono
            boots.setdefault(attempt.boot_id, []).append((begun, begun + attempt.elapsed(view.mono)))
    return round(sum(map(_covered, boots.values())), 3) if boots else None


def _covered(spans: list[tuple[float, float]]) -> float:
    """The length of what the spans cover together."""
    total, end = 0.0, float("-inf")
    for begin, until in sorted(spans):
        total += max(0.0, until - max(begin, end))
        end = max(end, until)
    return total


def search_sentence(stage: Json) -> str:
    """How far a search is, of its document: `12 of 16 · 3 running · best 0.943 · ~1:10 ±0:15, from 3 trials`."""
    sweep = stage["sweep"]
    words = [f"{sweep['ended']} of {sweep['trials']}"]
    if sweep["running"]:
        words.append(f"{sweep['running']} running")
    if sweep["best"] is not None:
        words.append(f"best {fmt.value(sweep['best'])}")
    seconds, spread = stage["estimate_seconds"], stage["estimate_spread"]
    if stage["state"] == "running" and seconds is not None:
        within = f" ±{fmt.clock(seconds * spread)}" if spread else ""
        words.append(f"{fmt.estimate(seconds)}{within}, {stage['estimate_source']}")
    return " · ".join(words)


def winner_documents(session: Session) -> list[Json]:
    """The winner of each decided search, in the plan's order: the search, the trial, its values."""
    found = ((stage.name, session.stage(stage.winners[0])) for stage in session.stages if stage.winners)
    return [
        {"search": search, "trial": winner.name, "params": dict(winner.info.swept)}
        for search, winner in found
        if winner is not None
    ]


def trial_documents(view: View, stage: Stage) -> list[Json]:
    """The trials of a search, in the order added, as `trials --json` has them."""
    return [_trial(view, trial, trial.name in stage.winners) for trial in view.session.trials_of(stage.name)]


def _trial(view: View, trial: Stage, winner: bool) -> Json:
    at, best = trial.trial, best_place(view, trial)
    return {
        "name": trial.name,
        "number": trial.info.trial,
        "state": str(trial.state),
        "reason": trial.reason,
        "decision": trial.decision,
        "params": dict(trial.info.swept),
        "rungs": list(at.rungs) if at is not None else [],
        "last": stage_metrics(view, trial).get(view.session.metric_name or ""),
        "best": best.value if best is not None else None,
        "elapsed_seconds": round(trial.elapsed(view.mono), 3) if trial.attempts else None,
        "winner": winner,
    }


def _parked(trial: Stage) -> bool:
    return trial.trial is not None and trial.trial.parked
