"""An event of a person in a session without a runner: it is written here, under the runner's lock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from autotrain_tui import __version__
from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.history.classic_document import classic_pieces
from autotrain_tui.session.journal.events import Event
from autotrain_tui.session.journal.fold import apply
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.records.folder import SessionFolder, replace_file
from autotrain_tui.session.records.lock import RunnerLock

__all__ = ["journal_under_lock"]


def journal_under_lock(folder: SessionFolder, event_of: Callable[[Session], Event]) -> None:
    """Journal the event that `event_of` makes of the session, and write the summary again.

    Raises RefusedError if the session has a runner, RecordsError, MachineError, and what `event_of` raises.
    """
    view = load_view(folder)
    if view.alive is None and not view.finished:
        raise RefusedError(f"session {folder.id} may have a runner on {view.session.host}; run the command there")
    lock = RunnerLock(folder)
    lock.take(__version__)
    try:
        view = load_view(folder)  # under the lock: nobody else writes
        writer = JournalWriter(folder.journal, last_seq=view.session.seq)
        try:
            event = writer.stamp(event_of(view.session))
            session = apply(view.session, event)
            writer.append(event)
            if view.finished:
                replace_file(folder.summary, classic_pieces(session, time.monotonic(), writer.length))
        finally:
            writer.close()
    except OSError as error:
        raise MachineError(f"{folder.journal}: can't be written: {os.strerror(error.errno or 0)}") from error
    finally:
        lock.release()
