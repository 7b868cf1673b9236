"""After the screen: the exit status that the session calls for, and the line that stays in the terminal.

The screen is left while a session may still run (a detach), and its terminal may hang on a disk that does not answer:
the shell waits a second for the records, not longer.
"""

from __future__ import annotations

import os
import sys
import threading

from autotrain_tui.cli.follow import exit_status
from autotrain_tui.errors import RecordsError
from autotrain_tui.session.history.documents import best_of
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.transitions import SATISFIED, Outcome, SessionState
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["after_screen", "left_line", "status_of"]

_SECONDS = 1.0

_UNKNOWN = 1
"""The exit status when the records do not answer: nothing that needs success may follow."""

_OUTCOMES = {
    Outcome.SUCCEEDED: "succeeded",
    Outcome.FAILED: "failed",
    Outcome.STOPPED: "stopped",
    Outcome.BUDGET: "ended by its budget",
}


def after_screen(folder: SessionFolder, seen: View | None, *, temporary: bool = False) -> int:
    """Print how the session stands; the exit status.

    `seen`: as the screen showed it last, for records that do not answer. `temporary`: the session is removed now, so
    that no command finds it.
    """
    found: list[View] = []

    def read() -> None:
        try:
            found.append(load_view(folder))
        except (RecordsError, OSError):
            return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(_SECONDS)
    if not found:
        seen = seen if seen is not None and seen.folder.id == folder.id else None
        stands = "unknown" if seen is None else f"unknown; when it was last read it {_stood(seen)}"
        _print(f"{folder.path}: can't be read now: how the session stands is {stands}")
        return _UNKNOWN if seen is None else status_of(seen)
    view = found[0]
    _print(left_line(view, temporary=temporary))
    if status_of(view) == 0 and not view.finished and not temporary:
        _print(
            "it continues; open it again with: autotrain-tui attach; "
            f"wait for its end with: autotrain-tui wait {folder.id}"
        )
    return status_of(view)


def status_of(view: View) -> int:
    """0 while it runs; else as its run would exit, 1 without an end and without a runner."""
    if view.session.source is not None or (not view.finished and view.alive is not False):
        return 0
    return exit_status(view)


def left_line(view: View, *, temporary: bool = False) -> str:
    """`digits failed · 2 of 5 stages · 31:12 · accuracy 0.951 · sessions/20261122-150403-digits`."""
    session = view.session
    done = sum(stage.state in SATISFIED for stage in session.stages)
    facts = [f"{sanitize(session.plan)} {_state(view)}", f"{done} of {len(session.stages)} stages"]
    facts.append(fmt.clock(view.elapsed_seconds))
    best = best_of(view)
    if session.metric_name is not None and best is not None:
        facts.append(f"best {sanitize(session.metric_name)} {fmt.value(best)}")
    if not temporary:
        facts.append(sanitize(_short_path(str(view.folder.path))))
    return " · ".join(facts)


def _state(view: View) -> str:
    if view.session.source is not None:
        return "watched" if view.session.source.watched else "imported"
    if view.finished and view.session.outcome is not None:
        return _OUTCOMES[view.session.outcome]
    return "has no active runner" if view.state is SessionState.INTERRUPTED else str(view.state)


def _stood(view: View) -> str:
    """Its state in the past tense: had succeeded, had no active runner, was paused."""
    state = _state(view)
    if view.session.source is None and view.finished and view.session.outcome is not None:
        return f"had {state}"
    return state.replace("has", "had", 1) if state.startswith("has ") else f"was {state}"


def _short_path(path: str) -> str:
    """From the working directory if it lies below that."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return path if relative.startswith("..") else relative


def _print(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        pass  # the terminal is gone
