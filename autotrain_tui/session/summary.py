"""A session's row of `ls` from its records: of a finished one as its runner left it in `session.json`.

That is believed only while the journal is as long as it was then, and no younger than the summary; else the journal is
folded, as it is for older sessions, whose summaries have no row.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.session import report
from autotrain_tui.session.folder import SessionFolder
from autotrain_tui.session.notes import Notes, read_notes
from autotrain_tui.session.view import load_view

__all__ = ["ended_row", "read_row"]


class _Summary(msgspec.Struct, frozen=True):
    """What of `session.json` is read here: see `report.classic_summary`."""

    row: dict[str, Any]
    journal_bytes: int


_DECODER = msgspec.json.Decoder(_Summary)


def read_row(sessions: str, name: str) -> tuple[dict[str, Any] | str, bool]:
    """A session's row, or why it can't be read; and whether it stays so until its records change."""
    row = ended_row(f"{sessions}/{name}")
    if row is not None:
        return row, True
    try:
        view = load_view(SessionFolder(Path(sessions) / name))
    except RecordsError as error:
        return str(error), False
    return report.row(view), view.finished and view.alive is False


def ended_row(path: str) -> dict[str, Any] | None:
    """The row of the session in the folder `path`, with the notes of now; None where the journal must be read."""
    try:
        descriptor = os.open(f"{path}/session.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        written = os.fstat(descriptor)
        if written.st_size > 1 << 20 or written.st_uid != os.getuid():
            return None
        journal = os.lstat(f"{path}/journal.jsonl")
        summary = _DECODER.decode(os.read(descriptor, written.st_size))
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    finally:
        os.close(descriptor)
    row = summary.row
    if journal.st_size != summary.journal_bytes or journal.st_mtime_ns > written.st_mtime_ns:
        return None
    if row.get("id") != os.path.basename(path) or row.get("state") != "finished":
        return None
    notes = read_notes(SessionFolder(Path(path))) if os.path.lexists(f"{path}/notes.json") else Notes()
    return {**row, "tags": list(notes.tags), "note": notes.note}
