"""A finished session's row of `ls`, as its runner left it in `session.json`: for a list that has no index yet.

It is believed only while the journal is as long as it was then, and no younger than the summary; else the journal is
folded, as it is for older sessions, whose summaries have no row.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from autotrain_tui.session.folder import SessionFolder
from autotrain_tui.session.notes import read_notes

__all__ = ["ended_row"]


class _Summary(msgspec.Struct, frozen=True):
    """What of `session.json` is read here: see `report.classic_summary`."""

    row: dict[str, Any]
    journal_bytes: int


_DECODER = msgspec.json.Decoder(_Summary)


def ended_row(folder: SessionFolder) -> dict[str, Any] | None:
    """The row, with the notes of now; None where the journal must be read."""
    path = str(folder.path)
    try:
        descriptor = os.open(f"{path}/session.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        written = os.fstat(descriptor)
        if written.st_size > 1 << 20 or written.st_uid != os.getuid():
            return None
        journal = os.lstat(f"{path}/journal.jsonl")
        summary = _DECODER.decode(os.read(descriptor, 1 << 20))
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    finally:
        os.close(descriptor)
    row = summary.row
    if journal.st_size != summary.journal_bytes or journal.st_mtime_ns > written.st_mtime_ns:
        return None
    if row.get("id") != folder.id or row.get("state") != "finished":
        return None
    notes = read_notes(folder)
    return {**row, "tags": list(notes.tags), "note": notes.note}
