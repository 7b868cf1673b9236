"""Windows of a log: some lines from an offset on, or the last ones; safe to show, errors marked."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from autotrain_tui.errors import RefusedError
from autotrain_tui.logs.log_file import Line, LogFile
from autotrain_tui.logs.query import ErrorQuery
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.web.reading.safe_text import safe

__all__ = ["MOST_LINES", "Json", "attempt_log", "line_documents", "log_of", "log_window"]

Json = dict[str, Any]
MOST_LINES = 1000
_ERRORS = ErrorQuery()
_WARNING = re.compile(rb"\b(?:WARN|WARNING|Warning|warning)\b")


def log_of(view: View, name: str | None = None, number: int | None = None) -> tuple[Stage, Attempt]:
    """The attempt whose log is meant: of the named stage, else of the running one, else of the one that ran last.

    Raises RefusedError where there is none.
    """
    ran = [stage for stage in view.session.every_stage if stage.attempts and name in (None, stage.name)]
    active = [stage for stage in ran if stage in view.session.active]
    stage = active[0] if active else max(ran, key=lambda stage: stage.attempts[-1].started_mono, default=None)
    if stage is None:
        raise RefusedError(f"session {view.folder.id} has no such log: nothing of it has started")
    if number is None:
        return stage, stage.attempts[-1]
    for attempt in stage.attempts:
        if attempt.number == number:
            return stage, attempt
    raise RefusedError(f"stage {stage.name} has no attempt {number}")


def attempt_log(view: View, attempt: Attempt) -> LogFile:
    """The attempt's log, opened. Its descriptor closes with the last reference.

    Raises RefusedError if a link leads to it: the page would show a file from elsewhere.
    """
    path = view.folder.at(attempt.folder).log
    below = path.relative_to(view.folder.path).parts
    for depth in range(len(below)):
        if os.path.islink(view.folder.path.joinpath(*below[: depth + 1])):
            raise RefusedError(f"session {view.folder.id}: {'/'.join(below[: depth + 1])} is a link and is not shown")
    file = LogFile(str(path))
    file.refresh()
    return file


def log_window(view: View, stage: Stage, attempt: Attempt, offset: int | None, limit: int, *, back: bool) -> Json:
    """`limit` lines from the one at `offset` on, or before it with `back`; without an offset the last ones."""
    file = attempt_log(view, attempt)
    limit = min(limit, MOST_LINES)
    if offset is None or offset >= file.size:
        lines = file.last(limit)
    else:
        start = file.start_of(offset)
        lines = file.backward(start, limit) if back else file.forward(start, limit)
    return {
        "version": 1,
        "stage": safe(stage.name),
        "attempt": attempt.number,
        "first": file.first,
        "size": file.size,
        "offset": lines[0].start if lines else file.first,
        "next": lines[-1].next if lines else file.first,
        "problem": safe(file.problem),
        "lines": line_documents(lines),
    }


def line_documents(lines: Sequence[Line]) -> list[Json]:
    """Each line's offset, text, and kind: "error", "warning" or ""."""
    return [{"at": line.start, "text": safe(line.data), "kind": _kind(line.data)} for line in lines]


def _kind(data: bytes) -> str:
    if _ERRORS.lines(data):
        return "error"
    return "warning" if _WARNING.search(data) else ""
