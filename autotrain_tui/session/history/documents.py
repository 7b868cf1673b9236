"""A session as the documents of DESIGN section 10: `ls --json` and `show --json`.

Keys are only ever added. Times are UTC ISO 8601, durations seconds, sizes bytes, unknown is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from autotrain_tui.session.history.headline import best_of, best_place, last_of, stage_metrics
from autotrain_tui.session.history.rank_documents import rank_documents
from autotrain_tui.session.history.sweep_documents import (
    searched_seconds,
    sweep_document,
    trial_documents,
    winner_documents,
)
from autotrain_tui.session.history.tracker_documents import tracker_documents
from autotrain_tui.session.history.warning_documents import alert_document, doubt_documents
from autotrain_tui.session.journal.session_view import View, log_of
from autotrain_tui.session.journal.state import Attempt, Searching, Session, Stage
from autotrain_tui.session.journal.transitions import ACTIVE, ENDED, SATISFIED, StageState
from autotrain_tui.session.records.heartbeat import Live, ProgressFigures
from autotrain_tui.session.records.notes import read_notes

__all__ = ["VERSION", "best_of", "last_of", "row", "row_without_notes", "show", "stage_estimate", "stage_metrics"]

VERSION = 1

Json = dict[str, Any]
"""A JSON object for output; DESIGN section 10 defines its keys."""


def row(view: View) -> Json:
    """One element of `ls --json`'s `sessions`."""
    notes = read_notes(view.folder)
    return {**row_without_notes(view), "tags": list(notes.tags), "note": notes.note}


def row_without_notes(view: View) -> Json:
    """The row without note and tags."""
    session = view.session
    best = best_place(view)
    return {
        "id": view.folder.id,
        "plan": session.plan,
        "mode": session.mode,
        "host": session.host,
        "state": str(view.state),
        "outcome": str(session.outcome) if session.outcome is not None else None,
        "started": session.started or session.created or None,
        "ended": session.ended,
        "elapsed_seconds": round(view.elapsed_seconds, 3),
        "stages_done": sum(stage.state in SATISFIED for stage in session.stages),
        "stages_total": len(session.stages),
        "doubts": sum(bool(stage.doubts) for stage in session.stages),
        "metric": {
            "name": session.metric_name,
            "goal": session.metric_goal,
            "last": last_of(view),
            "best": best.value if best is not None else None,
            "best_step": best.step if best is not None else None,
            "best_epoch": best.epoch if best is not None else None,
            "best_stage": best.stage if best is not None else None,
            "chosen": session.metric_chosen,
        }
        if session.metric_name
        else None,
        "title": session.title,
        "params": _shared_parameters(session),
        "winners": winner_documents(session),
        "source": _source(session),
    }


def _source(session: Session) -> Json | None:
    """What an imported session was made of."""
    return None if session.source is None else msgspec.to_builtins(session.source)


def _shared_parameters(session: Session) -> Json:
    """The parameters that every stage has with the same value: all of a single command's, for filters and sorting."""
    each = [{**stage.info.params, **stage.changes} for stage in session.stages]
    return {
        name: value
        for name, value in (each[0] if each else {}).items()
        if all(name in one and one[name] == value for one in each)
    }


def show(view: View, stages: Sequence[Stage] | None = None) -> Json:
    """The document of `show --json`; with these `stages` instead of all, for who has the others already."""
    session = view.session
    owner = view.owner
    return {
        "version": VERSION,
        **row(view),
        "command": list(session.command) or None,
        "path": str(view.folder.path),
        "reason": session.reason,
        "budget_seconds": session.budget_seconds,
        "runner": {"pid": owner.pid if owner else None, "host": owner.host if owner else None, "alive": view.alive},
        "not_answering": view.silence,
        "unrecorded": msgspec.to_builtins(view.unrecorded) if view.unrecorded is not None else None,
        "unread": view.unread,
        "warning": view.warning,
        "stages": [stage_document(view, stage) for stage in (session.stages if stages is None else stages)],
        "alerts": [alert_document(alert) for alert in session.alerts],
        "problems": list(view.problems),
        "trackers": tracker_documents(view.folder),
    }


def stage_estimate(view: View, stage: Stage) -> tuple[float | None, str]:
    """A stage's expected total seconds and their source: "live" once its own progress gives an estimate."""
    live = view.live.get(stage.name)
    if live is None or live.eta_seconds is None or live.eta_source != "progress" or stage.state not in ACTIVE:
        return stage.info.estimate_seconds, stage.info.estimate_source
    return round(stage.elapsed(view.mono) + live.eta_seconds, 3), "live"


def stage_document(view: View, stage: Stage) -> Json:
    """A stage in the document of `show --json`."""
    live = view.live.get(stage.name)
    seconds, source = stage_estimate(view, stage)
    best = best_place(view, stage)
    elapsed = round(stage.elapsed(view.mono), 3) if stage.attempts else searched_seconds(view, stage)
    return {
        "name": stage.name,
        "index": stage.info.index,
        "description": stage.info.description,
        "state": str(stage.state),
        "reason": stage.reason,
        "doubts": doubt_documents(stage.doubts),
        "decision": stage.decision,
        "params": {**stage.info.params, **stage.changes},
        "needs": stage.info.needs,
        "estimate_seconds": seconds,
        "estimate_source": source,
        "estimate_spread": stage.info.estimate_spread,
        "elapsed_seconds": elapsed,
        "eta_seconds": live.eta_seconds if live is not None else _search_left(stage, elapsed),
        "progress": _progress(stage, live),
        "metrics": stage_metrics(view, stage),
        "best": best.value if best is not None else None,
        "best_step": best.step if best is not None else None,
        "best_epoch": best.epoch if best is not None else None,
        "attempts": [_attempt(view, attempt) for attempt in stage.attempts],
        "sweep": sweep_document(view, stage),
        "trials": [
            {**trial, "attempts": [_attempt(view, attempt) for attempt in found.attempts]}
            for trial, found in zip(trial_documents(view, stage), view.session.trials_of(stage.name), strict=True)
        ],
    }


def _search_left(stage: Stage, elapsed: float | None) -> float | None:
    """The seconds that a search which runs will still take, by its estimate."""
    estimate = stage.info.estimate_seconds
    if not isinstance(stage.status, Searching) or estimate is None:
        return None
    return round(max(0.0, estimate - (elapsed or 0.0)), 3)


def _progress(stage: Stage, live: Live | None) -> Json:
    over = stage.attempt.progress if stage.attempt is not None and stage.state in ENDED | {StageState.PAUSED} else None
    figures = live.progress if live is not None else over or ProgressFigures()
    fraction = 1.0 if stage.state is StageState.SUCCEEDED and not stage.doubts else figures.fraction
    return {
        "step": figures.step,
        "total": figures.total,
        "epoch": figures.epoch,
        "epochs": figures.epochs if figures.epochs is not None else stage.info.epochs,
        "fraction": fraction,
        "rate": figures.rate,
    }


def _attempt(view: View, attempt: Attempt) -> Json:
    end = attempt.end
    return {
        "attempt": attempt.number,
        "state": str(attempt.state),
        "pid": attempt.pid,
        "started": attempt.started,
        "ended": end.time if end else None,
        "elapsed_seconds": round(attempt.elapsed(view.mono), 3),
        "exit_code": end.exit_code if end else None,
        "signal": end.signal if end else None,
        "sent_by": end.sent_by if end else None,
        "reason": end.reason if end else "",
        "doubts": doubt_documents(end.doubts) if end else [],
        "usage": msgspec.to_builtins(end.usage) if end is not None and end.usage is not None else None,
        "past_best": msgspec.to_builtins(attempt.past_best) if attempt.past_best is not None else None,
        "swept": [{"pid": one.pid, "command": one.command, "left": one.left} for one in end.swept] if end else [],
        "log": str(log_of(view.folder, attempt)),
        "log_begins": attempt.log_begins,
        "resume": attempt.resume,
        "params": attempt.params,
        **rank_documents(view, attempt),
    }
