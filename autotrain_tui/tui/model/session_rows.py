"""The sessions there have been, as rows of `ls --json`: read in turns, sorted, drawn one a line.

Reading blocks: called in threads.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.metrics.curves.readings_file import load_values
from autotrain_tui.session.history.comparison import Json
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.history.listing import list_rows
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.transitions import Outcome, SessionState
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import OUTCOMES, SESSIONS, StateStyle
from autotrain_tui.tui.widgets.line import Line, fit, line, right, width_of

__all__ = ["SORTS", "RowReader", "SessionRow", "headline_values", "session_row_head", "session_row_line", "sorted_rows"]

_TURN_SECONDS = 0.05
_SCREENFUL = 100
"""Sessions in sight on a large screen: the first turn takes no more, so that they are shown at once."""
_SPARK = 8
_LEVELS = "▁▂▃▄▅▆▇█"
_LARGEST_READINGS = 1 << 20


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
            return OUTCOMES[Outcome(outcome)]
        return SESSIONS[SessionState(self.fields["state"])]

    @property
    def finished(self) -> bool:
        """Whether its row can't change any more (unless somebody goes on with it)."""
        return not self.trouble and self.fields.get("state") == SessionState.FINISHED

    @property
    def live(self) -> bool:
        """Whether its row may change at any moment."""
        if self.listed is None or self.listed.ended:
            return False
        return self.fields["state"] in (SessionState.CREATED, SessionState.RUNNING, SessionState.STOPPING)


class RowReader:
    """Reads all sessions, newest first, a turn of some milliseconds at a time, so that the screen can show them."""

    def __init__(self, sessions: Path) -> None:
        self._rows: Iterator[tuple[str, ListRow | str]] = list_rows(str(sessions))
        self._most = _SCREENFUL

    def take(self) -> list[SessionRow] | None:
        """The next ones; None when there are no more."""
        found: list[SessionRow] = []
        until = 0.0
        for name, row in self._rows:
            found.append(SessionRow(name, None, sanitize(row)) if isinstance(row, str) else SessionRow(name, row))
            until = until or time.monotonic() + _TURN_SECONDS  # from the first on: before it the folder is listed
            if len(found) == self._most or time.monotonic() >= until:
                break
        self._most = sys.maxsize
        return found or None


def _started(row: SessionRow) -> float:
    return from_iso(row.fields.get("started")) or 0.0


def _best(row: SessionRow) -> float:
    """Better is larger, whatever the goal; those without a value last."""
    metric = row.fields.get("metric") or {}
    best = metric.get("best")
    if not isinstance(best, int | float):
        return float("-inf")
    return -best if metric.get("goal") == "min" else best


_LEAST_WORD = 5
"""Cells that a cut word must have to be shown."""

SORTS: dict[str, Callable[[SessionRow], object]] = {
    "newest": lambda row: row.id,
    "best": _best,
    "longest": lambda row: row.fields.get("elapsed_seconds") or 0.0,
    "plan": lambda row: str(row.fields.get("plan") or ""),
    "state": lambda row: row.style.word,
}
"""What the sessions can be sorted by; those named so in the order that shows what the name says."""


def sorted_rows(entries: list[SessionRow], by: str) -> list[SessionRow]:
    """The sessions in an order; equal ones newest first."""
    if by == "newest":
        return entries
    return sorted(entries, key=SORTS[by], reverse=by in ("best", "longest"))  # type: ignore[arg-type]  # one kind each


def headline_values(folder: SessionFolder) -> tuple[float, ...]:
    """The headline metric over the session: what was read where that is little, else one value a stage."""
    try:
        view = load_view(folder)
        name = view.session.metric_name
        if name is None:
            return ()
        attempts = [stage.attempts[-1] for stage in view.session.stages if stage.attempts]
        ends = tuple(attempt.metrics[name] for attempt in attempts if name in attempt.metrics)
        if len(ends) > 2:
            return ends
        paths = [folder.at(attempt.folder).readings for attempt in attempts]
        values = [
            value
            for path in paths
            if path.exists() and path.stat().st_size < _LARGEST_READINGS
            for value in load_values(path, name)
        ]
    except (RecordsError, OSError):
        return ()
    step = max(1, len(values) // _SPARK)
    return tuple(islice(values, step - 1, None, step)) or ends


def little_curve(values: tuple[float, ...], width: int = _SPARK) -> str:
    """Bars from the least to the greatest value, the newest at the right."""
    shown = values[-width:]
    if len(shown) < 2:
        return " " * width
    low, high = min(shown), max(shown)
    span = high - low
    bars = "".join(_LEVELS[min(7, int((value - low) / span * 8)) if span > 0 else 3] for value in shown)
    return right(bars, width)


def _columns(width: int) -> list[tuple[str, int]]:
    """Names and widths of the columns at the right that there is room for."""
    found = [("started", 10), ("took", 9), ("stages", 7), ("best", 8)]
    for name, cells, least in (("", _SPARK + 1, 64), ("metric", 12, 84), ("mode", 13, 97), ("host", 12, 112)):
        if width >= least:
            found.append((name, cells))
    return found


def session_row_head(width: int) -> Line:
    """The heading."""
    columns = [(name or "trend", cells) for name, cells in _columns(width)]
    tail = "".join(
        f" {fit(name, cells - 1)}" if name in ("metric", "mode", "host") else right(name, cells)
        for name, cells in columns
    )
    return line((fit("    plan", width - len(tail)), "muted"), (tail, "muted"))


def session_row_line(row: SessionRow, width: int) -> tuple[Line]:
    """A session in one line: mark, sign, plan, how it stands, tags, and its figures at the right."""
    style = row.style
    mark = ("■", f"curve-{(row.mark - 1) % 7 + 1}") if row.mark else (" ", "")
    if row.trouble:
        return (line(mark, " ", (style.sign, style.colour), " ", sanitize(row.id), "  ", (row.trouble, "muted")),)
    tail = line(*(_cell(row, name, cells) for name, cells in _columns(width)))
    room = max(6, width - width_of(tail) - 5)
    word = "" if style.word == "succeeded" else f" {style.word}"
    tags = " ".join(f"#{sanitize(str(tag))}" for tag in row.fields.get("tags") or ())
    note = sanitize(str(row.fields.get("note") or ""))
    plan = sanitize(str(row.fields["plan"]))
    name = fit(plan, min(width_of(((plan, ""),)), room))
    left = room - width_of(((name, ""),))
    if len(word) > left:  # the sign tells it too
        word = fit(word, left) if left >= _LEAST_WORD else ""
    rest = fit(f" {tags} {note}".rstrip(), max(0, room - width_of(((name, ""),)) - len(word)))
    return (
        line(
            mark,
            " ",
            (style.sign, style.colour),
            " ",
            (name, "accent bold" if row.live else ""),
            (word, style.colour),
            (rest, "muted"),
            " ",
            *tail,
        ),
    )


def _cell(row: SessionRow, name: str, cells: int) -> tuple[str, str]:
    fields = row.fields
    metric = fields.get("metric") or {}
    if name == "started":
        began = _started(row)
        return right(fmt.ago(time.time() - began) if began else fmt.UNKNOWN, cells), "muted"
    if name == "took":
        return right(fmt.clock(fields.get("elapsed_seconds")), cells), ""
    if name == "stages":
        return right(f"{fields.get('stages_done')}/{fields.get('stages_total')}", cells), ""
    if name == "best":
        return right(fmt.value(metric.get("best")), cells), "bold" if metric.get("best") is not None else "muted"
    if name == "":
        return " " + little_curve(row.values, cells - 1), "gauge"
    text = str(metric.get("name") or "") if name == "metric" else str(fields.get(name) or "")
    return " " + fit(sanitize(text), cells - 1), "muted"
