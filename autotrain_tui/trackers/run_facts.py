"""What a tracker is told of a run beside its points: session, parameters, end and results, secrets hidden.

Never a log and never the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.notes import read_notes
from autotrain_tui.text.redact import redact_all

__all__ = ["Facts", "attempt_facts", "parameter_facts", "result_facts", "session_facts"]

Facts = dict[str, Any]
"""Name → text, number, truth value; nothing that is empty or unknown."""


def session_facts(view: View) -> Facts:
    """The session, with notes and tags."""
    session, notes = view.session, read_notes(view.folder)
    return _known(
        {
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
    )


def attempt_facts(stage: Stage, attempt: Attempt) -> Facts:
    """The attempt and how it ended."""
    end = attempt.end
    return _known(
        {
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
    )


def parameter_facts(attempt: Attempt) -> Facts:
    """The attempt's parameters."""
    return _known(attempt.params)


def result_facts(attempt: Attempt) -> Facts:
    """The numbers of the attempt's result file."""
    return _known(attempt.metrics)


def _known(facts: Mapping[str, Any]) -> Facts:
    return {name: value for name, value in redact_all(dict(facts)).items() if value not in (None, "")}
