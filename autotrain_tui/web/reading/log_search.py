"""Search in a log of any size: the next line from a place on that matches, or how far the search has come in time."""

from __future__ import annotations

import time
from typing import Any

from autotrain_tui.errors import UsageError
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import ErrorQuery, Pattern, Query, TextQuery
from autotrain_tui.logs.regex_process import IsolatedQuery
from autotrain_tui.logs.scanner import LineScan, Unknown

__all__ = ["Json", "find_line", "search_query"]

Json = dict[str, Any]
_SECONDS = 5.0
_LONGEST = 500


def search_query(text: str, *, regex: bool = False, errors: bool = False, case: bool = False) -> Query:
    """What is searched for: errors, a text, or an expression (in a process of its own). Raises UsageError.

    Without `case`, capitals count only if the text has some.
    """
    if errors:
        return ErrorQuery()
    if not text or len(text) > _LONGEST:
        raise UsageError(f"search: expected 1 to {_LONGEST} characters, got {len(text)}")
    try:
        query = TextQuery((Pattern(text, regex=regex, case=case or None),))
    except ValueError as error:
        raise UsageError(str(error)) from None
    return IsolatedQuery(query) if regex else query


def find_line(file: LogFile, query: Query, offset: int, *, back: bool) -> Json:
    """The offset of the nearest matching line at or after a place (with `back` before it), null if there is none.

    `complete` is false when the time was up first: ask again from `at`, where the search has come to.
    """
    scan = LineScan(file, query, offset)
    deadline = time.monotonic() + _SECONDS
    at = offset
    while True:
        found = next(scan.before(at) if back else scan.after(at), None)
        if not isinstance(found, Unknown):
            return {"hit": found, "complete": True, "at": at, "problem": query.problem}
        total, more = scan.total, True
        while more and scan.total == total and time.monotonic() < deadline:
            more = scan.step()
        if query.problem:
            return {"hit": None, "complete": True, "at": at, "problem": query.problem}
        if time.monotonic() > deadline:
            return {"hit": None, "complete": False, "at": scan.begun, "problem": query.problem}
