"""All sessions as rows of `ls --json`: read in batches, sorted.

Reading blocks: called in threads.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from autotrain_tui.session.history.comparison import Json
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.history.listing import list_rows
from autotrain_tui.session.journal.transitions import Outcome, SessionState
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import IN_DOUBT, OUTCOMES, SESSIONS, StateStyle

__all__ = ["SORTS", "RowReader", "SessionRow", "parameter_sorts", "sorted_rows"]

_BATCH_SECONDS = 0.05
_SCREENFUL = 100
"""Sessions in sight on a large screen: the first batch takes no more, so that they are shown at once."""


class SessionRow(msgspec.Struct, frozen=True):
    """A session in one line. `trouble` is why its records can't be read."""

    id: str
    listed: ListRow | None
    """None where its records can't be read."""
    trouble: str = ""
    mark: int = 0
    """Its place among the marked sessions, from 1; 0 = not marked."""
    values: tuple[float, ...] = ()
    """Its headline metric's values for a little curve."""
    metrics: Mapping[str, float] = {}
    """The value of each metric, as far as it is read (`model.session_values`)."""

    def column(self, name: str) -> float | str | None:
        """What a column of a person's choice has: a metric's value, else a parameter's; None without either."""
        value = self.metrics.get(name, (self.fields.get("params") or {}).get(name))
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        return str(value)

    @property
    def fields(self) -> Json:
        """Its row of `ls --json`, parsed when it is first asked for: most of ten thousand are never seen."""
        return self.listed.row if self.listed is not None else {}

    @property
    def style(self) -> StateStyle:
        """Its state."""
        if self.trouble:
            return StateStyle("!", "error", "unreadable")
        outcome = self.fields.get("outcome")
        if self.fields.get("state") == SessionState.FINISHED and outcome:
            doubted = outcome == Outcome.SUCCEEDED and self.fields.get("doubts")
            return IN_DOUBT if doubted else OUTCOMES[Outcome(outcome)]
        return SESSIONS[SessionState(self.fields["state"])]

    @property
    def finished(self) -> bool:
        """Whether its row can't change any more (unless it is resumed)."""
        return not self.trouble and self.fields.get("state") == SessionState.FINISHED

    @property
    def live(self) -> bool:
        """Whether its row may change at any moment."""
        if self.listed is None or self.listed.ended:
            return False
        return self.fields["state"] in (SessionState.CREATED, SessionState.RUNNING, SessionState.STOPPING)


class RowReader:
    """Reads all sessions, newest first, in batches of some milliseconds, so that the screen can show each at once."""

    def __init__(self, sessions: Path) -> None:
        self._rows: Iterator[tuple[str, ListRow | str]] = list_rows(str(sessions))
        self._most = _SCREENFUL

    def take(self) -> list[SessionRow] | None:
        """The next ones; None when there are no more."""
        found: list[SessionRow] = []
        until = 0.0
        for name, row in self._rows:
            found.append(SessionRow(name, None, sanitize(row)) if isinstance(row, str) else SessionRow(name, row))
            until = until or time.monotonic() + _BATCH_SECONDS  # from the first on: before it the folder is listed
            if len(found) == self._most or time.monotonic() >= until:
                break
        self._most = sys.maxsize
        return found or None


def _best(row: SessionRow) -> float:
    """Better is larger, whatever the goal; those without a value last."""
    metric = row.fields.get("metric") or {}
    best = metric.get("best")
    if not isinstance(best, int | float):
        return float("-inf")
    return -best if metric.get("goal") == "min" else best


SORTS: dict[str, Callable[[SessionRow], object]] = {
    "newest": lambda row: row.id,
    "best": _best,
    "longest": lambda row: row.fields.get("elapsed_seconds") or 0.0,
    "plan": lambda row: str(row.fields.get("plan") or ""),
    "state": lambda row: row.style.word,
}
"""What the sessions can be sorted by; those named so in the order that shows what the name says."""


_MOST_PARAMETER_SORTS = 8
_LOOKED_AT = 500
"""The newest sessions whose parameters are looked at for what to sort by."""


def parameter_sorts(entries: list[SessionRow]) -> list[str]:
    """Parameters that differ between the newest sessions; each is an order too."""
    values: dict[str, set[str]] = {}
    for row in entries[:_LOOKED_AT]:
        for name, value in (row.fields.get("params") or {}).items():
            values.setdefault(name, set()).add(repr(value))
    return [name for name, found in values.items() if len(found) > 1 and name not in SORTS][:_MOST_PARAMETER_SORTS]


def _parameter_order(row: SessionRow, name: str) -> tuple[int, float, str]:
    """Numbers by size, then texts, then sessions without the parameter."""
    value = (row.fields.get("params") or {}).get(name)
    if isinstance(value, int | float):
        return 0, float(value), ""
    return (1, 0.0, str(value)) if value is not None else (2, 0.0, "")


def sorted_rows(entries: list[SessionRow], by: str) -> list[SessionRow]:
    """The sessions in an order of `SORTS` or by a parameter; equal ones newest first."""
    if by == "newest":
        return entries
    if by not in SORTS:
        return sorted(entries, key=lambda row: _parameter_order(row, by))
    return sorted(entries, key=SORTS[by], reverse=by in ("best", "longest"))  # type: ignore[arg-type]  # one kind each
