"""The classic `session.json`, in pieces: a session of thousands of short stages is written again at every few ends.

Built whole, its entries took 1.4 KiB of the runner's memory for each stage, more than all that the session keeps of it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from autotrain_tui.session.history.documents import row_without_notes
from autotrain_tui.session.history.sweep_documents import winner_documents
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Session, Stage
from autotrain_tui.session.journal.transitions import SessionState, StageState
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["classic_pieces"]

Json = dict[str, Any]

AT_ONCE: Final = 128
"""Entries that are in memory at a time: some 50 KB of text."""


def classic_pieces(session: Session, mono: float, journal_bytes: int | None = None) -> Iterator[bytes]:
    """`session.json` in the old system's form: minutes and hours, successful stages in the summary only.

    For a finished session it also holds the row of `ls` and the journal's length, which `summary.py` reads.
    The pieces together are the file: a JSON object, indented by two spaces, and a line's end.
    """
    head = {
        "mode": session.mode,
        "scale": session.scale,
        "max_total_time_hours": session.budget_seconds / 3600 if session.budget_seconds is not None else None,
        "start_time": session.started or session.created,
        "current_time": now_iso(),
        "elapsed_hours": session.elapsed(mono) / 3600,
    }
    yield _formatted(head).removesuffix(b"\n}") + b',\n  "training_history": ['
    minutes, values = array("d"), list[float]()
    written = False
    for entries in _batches(session):
        good = [entry for entry in entries if entry["success"]]
        minutes.extend(entry["actual_time_minutes"] for entry in good)
        values.extend(entry["final_similarity"] for entry in good if entry["final_similarity"] is not None)
        # a list in a list: its elements are indented as they are in the object's list
        text = _formatted([entries]).removeprefix(b"[\n  [").removesuffix(b"\n  ]\n]")
        yield b"," + text if written else text
        written = True
    tail = {
        "summary": {
            "total_stages": len(minutes),
            "total_time_minutes": sum(minutes),
            "best_similarity": max(values) if values else None,
            "avg_similarity": sum(values) / len(values) if values else None,
            "similarity_trend": values[-3:],
        },
        "session": session.id,
        "plan": session.plan,
        "winners": winner_documents(session),
        "running_seconds": session.elapsed(mono),
        **(_ended(session, journal_bytes) if session.state is SessionState.FINISHED and journal_bytes else {}),
    }
    yield (b"\n  ]," if written else b"],") + _formatted(tail).removeprefix(b"{") + b"\n"


def _formatted(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def _batches(session: Session) -> Iterator[list[Json]]:
    """The entries of the attempts that have ended, some at a time."""
    entries: list[Json] = []
    for stage in session.stages:
        attempts = _winner(session, stage).attempts
        entries += (_entry(session, stage, attempt) for attempt in attempts if attempt.end is not None)
        if len(entries) >= AT_ONCE:
            yield entries
            entries = []
    if entries:
        yield entries


def _winner(session: Session, stage: Stage) -> Stage:
    """Of a search its winner, so that it counts once; any other stage itself."""
    found = session.stage(stage.winners[0]) if stage.winners else None
    return found if found is not None else stage


def _ended(session: Session, journal_bytes: int) -> Json:
    return {
        "row": row_without_notes(View(SessionFolder(Path(session.id)), session, None, alive=False)),
        "journal_bytes": journal_bytes,
    }


def _entry(session: Session, stage: Stage, attempt: Attempt) -> Json:
    end = attempt.end
    success = attempt.state is StageState.SUCCEEDED
    elapsed = attempt.run_seconds
    estimate = stage.info.estimate_seconds
    return {
        "stage": stage.info.index,
        "config": {
            "dataset_limit": attempt.params.get("dataset_limit"),
            "epochs": attempt.params.get("epochs"),
            "batch_size": attempt.params.get("batch_size"),
            "description": stage.info.description,
            "stage": stage.info.index,
        },
        "success": success,
        "actual_time_minutes": elapsed / 60,
        "estimated_time_minutes": estimate / 60 if estimate is not None else None,
        "final_similarity": attempt.metrics.get(session.metric_name) if session.metric_name else None,
        "error": None if success or end is None else (end.reason or str(attempt.state)),
        "timestamp": end.time if end is not None else attempt.started,
    }
