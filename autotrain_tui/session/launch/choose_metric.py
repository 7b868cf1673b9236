"""A headline metric for a session without a runner: the journal's event is written here, under the runner's lock."""

from __future__ import annotations

import os
import time

from autotrain_tui import __version__
from autotrain_tui.errors import MachineError, RefusedError, UsageError
from autotrain_tui.session.history.documents import classic_bytes
from autotrain_tui.session.journal.events import MetricChosen
from autotrain_tui.session.journal.fold import apply
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.command_file import new_command
from autotrain_tui.session.records.folder import SessionFolder, replace_file
from autotrain_tui.session.records.lock import RunnerLock
from autotrain_tui.text.metric_goal import metric_choice

__all__ = ["choose_metric"]


def choose_metric(folder: SessionFolder, name: str, goal: str, reason: str = "") -> None:
    """Journal a person's choice and write the summary again.

    Raises RefusedError if the session has a runner, UsageError for a goal that is none, RecordsError, MachineError.
    """
    if goal not in ("max", "min"):
        raise UsageError(f"metric: expected the goal max or min, got {goal[:20]!r}")
    name, checked = metric_choice(f"{name}:{goal}")
    view = load_view(folder)
    if view.alive is None and not view.finished:
        raise RefusedError(f"session {folder.id} may have a runner on {view.session.host}; run the command there")
    by = new_command("metric", folder).by
    lock = RunnerLock(folder)
    lock.take(__version__)
    try:
        view = load_view(folder)  # under the lock: nobody else writes
        writer = JournalWriter(folder.journal, last_seq=view.session.seq)
        try:
            event = writer.stamp(MetricChosen(name=name, goal=checked, reason=reason, by=by))
            session = apply(view.session, event)
            writer.append(event)
            if view.finished:
                replace_file(folder.summary, classic_bytes(session, time.monotonic(), writer.length))
        finally:
            writer.close()
    except OSError as error:
        raise MachineError(f"{folder.journal}: can't be written: {os.strerror(error.errno or 0)}") from error
    finally:
        lock.release()
