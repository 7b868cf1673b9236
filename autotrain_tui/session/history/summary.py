"""A session's row of `ls` from its records: for a finished session as its runner wrote it into `session.json`.

That row is used only while the journal has the same length and is not newer than the summary; else the journal is
folded, also for older sessions, whose summaries have no row.
"""

import os
from pathlib import Path
from typing import NotRequired, TypedDict

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.history import documents as report
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.notes import Notes, read_notes

__all__ = ["ended_row", "read_row"]


class _Metric(TypedDict):
    name: str
    goal: str
    last: float | None
    best: float | None
    best_step: NotRequired[int | None]
    best_epoch: NotRequired[float | None]
    best_stage: NotRequired[str | None]
    chosen: bool


class _SummaryRow(TypedDict):
    """`report.row` of a finished session, but for what people wrote."""

    id: str
    plan: str
    title: str
    mode: str
    host: str
    state: str
    outcome: str | None
    started: str | None
    ended: str | None
    elapsed_seconds: float
    stages_done: int
    stages_total: int
    doubts: NotRequired[int]
    metric: _Metric | None
    params: dict[str, str | int | float | bool | None]
    winners: NotRequired[list[dict[str, str | dict[str, str | int | float | bool | None]]]]
    source: NotRequired[dict[str, str | bool] | None]


class _SummaryFile(msgspec.Struct, frozen=True, gc=False):
    """What of `session.json` is read here: see `classic_document.classic_pieces`."""

    row: _SummaryRow
    journal_bytes: int


_DECODE = msgspec.json.Decoder(_SummaryFile).decode
_ENCODE = msgspec.json.Encoder().encode
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_LARGEST = 1 << 20
_NO_NOTES = Notes()
_METRIC_KEYS = ("name", "goal", "last", "best", "best_step", "best_epoch", "best_stage", "chosen")
"""In the order of `report.row`; a summary that was written before places were recorded has none of them."""


def read_row(sessions: str, name: str, journal: os.stat_result, notes: os.stat_result | None) -> ListRow | str:
    """The row of a session, or the reason why it cannot be read.

    `journal`, `notes`: their status, from `index.records`.
    """
    row = ended_row(sessions, name, journal, notes)
    if row is not None:
        return row
    try:
        view = load_view(SessionFolder(Path(sessions) / name))
    except RecordsError as error:
        return str(error)
    full_row = report.row(view)
    return ListRow.of(full_row, _ENCODE(full_row).decode(), ended=view.finished and view.alive is False)


def ended_row(sessions: str, name: str, journal: os.stat_result, notes: os.stat_result | None) -> ListRow | None:
    """The row of a session whose runner recorded its end, with the present notes; None if the journal must be read."""
    try:
        descriptor = os.open(f"{sessions}/{name}/session.json", _FLAGS)
    except OSError:
        return None
    try:
        written = os.fstat(descriptor)
        size = written.st_size
        if size > _LARGEST or written.st_uid != os.getuid() or journal.st_mtime_ns > written.st_mtime_ns:
            return None
        summary = _DECODE(os.read(descriptor, size))
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    finally:
        os.close(descriptor)
    row = summary.row
    if summary.journal_bytes != journal.st_size or row["id"] != name or row["state"] != "finished":
        return None
    people = read_notes(SessionFolder(Path(sessions) / name)) if notes is not None else _NO_NOTES
    metric = row["metric"]
    full_row = {
        **row,
        "metric": {name: metric.get(name) for name in _METRIC_KEYS} if metric is not None else None,
        "doubts": row.get("doubts", 0),
        "winners": row.get("winners", []),
        "source": row.get("source"),
        "tags": people.tags,
        "note": people.note,
    }
    return ListRow.of(full_row, _ENCODE(full_row).decode())
