"""What a tracker shows of an attempt beside its points: session, parameters, end and results, as Markdown tables.

Never a log and never the environment; secrets are hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.notes import read_notes
from autotrain_tui.text.redact import redact_all
from autotrain_tui.text.sanitize import sanitize

__all__ = ["attempt_texts"]


def attempt_texts(view: View, stage: Stage, attempt: Attempt) -> dict[str, str]:
    """Tag → table, those without a row left out."""
    tables = {
        "autotrain/session": _session(view),
        "autotrain/parameters": dict(attempt.params),
        "autotrain/attempt": _attempt(stage, attempt),
        "autotrain/results": dict(attempt.metrics),
    }
    return {tag: _table(rows) for tag, rows in tables.items() if rows}


def _session(view: View) -> dict[str, Any]:
    session, notes = view.session, read_notes(view.folder)
    return {
        "session": view.folder.id,
        "plan": session.plan,
        "plan hash": session.plan_hash,
        "mode": session.mode,
        "host": session.host,
        "git commit": session.git_commit,
        "git dirty": session.git_dirty,
        "state": str(session.outcome or view.state),
        "reason": session.reason,
        "note": notes.note,
        "tags": ", ".join(notes.tags),
    }


def _attempt(stage: Stage, attempt: Attempt) -> dict[str, Any]:
    end = attempt.end
    return {
        "stage": stage.name,
        "attempt": attempt.number,
        "resumed": attempt.resume,
        "state": str(attempt.state),
        "reason": end.reason if end is not None else "",
        "exit code": end.exit_code if end is not None else None,
        "signal": end.signal if end is not None else None,
        "started": attempt.started,
        "ended": end.time if end is not None else None,
    }


def _table(rows: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in redact_all(dict(rows)).items() if value not in (None, "")}
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in shown.items()]
    return "\n".join(["| name | value |", "| --- | --- |", *lines])


def _cell(value: object) -> str:
    """One line of text that Markdown takes as it is."""
    text = sanitize(str(value))
    for sign in "\\`*_{}[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text
