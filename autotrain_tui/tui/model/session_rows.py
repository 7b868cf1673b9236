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

__all__ = ["SORTS", "Past", "Turns", "headline_values", "past_head", "past_line", "sorted_past"]

_TURN_SECONDS = 0.05
_SCREENFUL = 100
"""Sessions in sight on a large screen: the first turn takes no more, so that they are shown at once."""
_SPARK = 8
_LEVELS = "▁▂▃▄▅▆▇█"
_LARGEST_READINGS = 1 << 20


class Past(msgspec.Struct, frozen=True):
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
    def row(self) -> Json:
        """Its row of `ls --json`, parsed when it is first asked for: most of ten thousand are never seen."""
        return self.listed.row if self.listed is not None else {}

    @property
    def style(self) -> StateStyle:
        """Its state."""
        if self.trouble:
            return StateStyle("!", "error", "unreadable")
        outcome = self.row.get("outcome")
        if self.row.get("state") == SessionState.FINISHED and outcome:
            return OUTCOMES[Outcome(outcome)]
        return SESSIONS[SessionState(self.row["state"])]

    @property
    def finished(self) -> bool:
        """Whether its row can't change any more (unless somebody goes on with it)."""
        return not self.trouble and self.row.get("state") == SessionState.FINISHED

    @property
    def live(self) -> bool:
        """Whether its row may change at any moment."""
        if self.listed is None or self.listed.ended:
            return False
        return self.row["state"] in (SessionState.CREATED, SessionState.RUNNING, SessionState.STOPPING)


class Turns:
    """Reads all sessions, newest first, a turn of some milliseconds at a time, so that the screen can show them."""

    def __init__(self, sessions: Path) -> None:
        self._rows: Iterator[tuple[str, ListRow | str]] = list_rows(str(sessions))
        self._most = _SCREENFUL

    def take(self) -> list[Past] | None:
        """The next ones; None when there are no more."""
        found: list[Past] = []
        until = 0.0
        for name, row in self._rows:
            found.append(Past(name, None, sanitize(row)) if isinstance(row, str) else Past(name, row))
            until = until or time.monotonic() + _TURN_SECONDS  # from the first on: before it the folder is listed
            if len(found) == self._most or time.monotonic() >= until:
                break
        self._most = sys.maxsize
        return found or None


def _started(past: Past) -> float:
    return from_iso(past.row.get("started")) or 0.0


def _best(past: Past) -> float:
    """Better is larger, whatever the goal; those without a value last."""
    metric = past.row.get("metric") or {}
    best = metric.get("best")
    if not isinstance(best, int | float):
        return float("-inf")
    return -best if metric.get("goal") == "min" else best


_LEAST_WORD = 5
"""Cells that a cut word must have to be shown."""

SORTS: dict[str, Callable[[Past], object]] = {
    "newest": lambda past: past.id,
    "best": _best,
    "longest": lambda past: past.row.get("elapsed_seconds") or 0.0,
    "plan": lambda past: str(past.row.get("plan") or ""),
    "state": lambda past: past.style.word,
}
"""What the sessions can be sorted by; those named so in the order that shows what the name says."""


def sorted_past(entries: list[Past], by: str) -> list[Past]:
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


def past_head(width: int) -> Line:
    """The heading."""
    columns = [(name or "trend", cells) for name, cells in _columns(width)]
    tail = "".join(
        f" {fit(name, cells - 1)}" if name in ("metric", "mode", "host") else right(name, cells)
        for name, cells in columns
    )
    return line((fit("    plan", width - len(tail)), "muted"), (tail, "muted"))


def past_line(past: Past, width: int) -> tuple[Line]:
    """A session in one line: mark, sign, plan, how it stands, tags, and its figures at the right."""
    style = past.style
    mark = ("■", f"curve-{(past.mark - 1) % 7 + 1}") if past.mark else (" ", "")
    if past.trouble:
        return (line(mark, " ", (style.sign, style.colour), " ", sanitize(past.id), "  ", (past.trouble, "muted")),)
    tail = line(*(_cell(past, name, cells) for name, cells in _columns(width)))
    room = max(6, width - width_of(tail) - 5)
    word = "" if style.word == "succeeded" else f" {style.word}"
    tags = " ".join(f"#{sanitize(str(tag))}" for tag in past.row.get("tags") or ())
    note = sanitize(str(past.row.get("note") or ""))
    plan = sanitize(str(past.row["plan"]))
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
            (name, "accent bold" if past.live else ""),
            (word, style.colour),
            (rest, "muted"),
            " ",
            *tail,
        ),
    )


def _cell(past: Past, name: str, cells: int) -> tuple[str, str]:
    row = past.row
    metric = row.get("metric") or {}
    if name == "started":
        began = _started(past)
        return right(fmt.ago(time.time() - began) if began else fmt.UNKNOWN, cells), "muted"
    if name == "took":
        return right(fmt.clock(row.get("elapsed_seconds")), cells), ""
    if name == "stages":
        return right(f"{row.get('stages_done')}/{row.get('stages_total')}", cells), ""
    if name == "best":
        return right(fmt.value(metric.get("best")), cells), "bold" if metric.get("best") is not None else "muted"
    if name == "":
        return " " + little_curve(past.values, cells - 1), "gauge"
    text = str(metric.get("name") or "") if name == "metric" else str(row.get(name) or "")
    return " " + fit(sanitize(text), cells - 1), "muted"
