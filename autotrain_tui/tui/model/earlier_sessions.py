"""Reads the earlier sessions of the open session's plan, from the index of sessions. It blocks: called in a thread."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.history.listing import list_rows
from autotrain_tui.session.journal.state import Session
from autotrain_tui.tui.model.earlier import Earlier, EarlierSession, better_by

__all__ = ["read_earlier"]

_LOOKED_AT = 500
"""The newest sessions that are looked at; the index has them without opening a journal."""


def read_earlier(sessions: Path, session: Session) -> Earlier:
    """The sessions of the same plan that started before this one."""
    last: EarlierSession | None = None
    best: EarlierSession | None = None
    for name, row in islice(list_rows(str(sessions)), _LOOKED_AT):
        if not isinstance(row, ListRow) or name >= session.id:  # an id begins with the time of its start
            continue
        found = _of_row(row, session)
        if found is None:
            continue
        last = last or found
        if found.best is not None and (best is None or _is_better(found.best, best.best, session.metric_goal)):
            best = found
    return Earlier(session.metric_name, last, best)


def _of_row(row: ListRow, session: Session) -> EarlierSession | None:
    fields = row.row
    if fields.get("plan") != session.plan or fields.get("source") is not None:
        return None
    metric = fields.get("metric") or {}
    value = metric.get("best") if metric.get("name") == session.metric_name else None
    return EarlierSession(
        str(fields.get("id") or ""),
        str(fields.get("started") or ""),
        float(fields.get("elapsed_seconds") or 0.0),
        float(value) if isinstance(value, int | float) else None,
        str(fields.get("outcome") or ""),
        int(fields.get("stages_done") or 0),
        int(fields.get("stages_total") or 0),
    )


def _is_better(value: float, than: float | None, goal: str) -> bool:
    return than is None or better_by(value, than, goal) > 0
