"""A session of History as one line: state, plan or command, tags, and its figures in columns at the right. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.cells import cell_len

from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.labels import IN_DOUBT, OUTCOMES, SESSIONS
from autotrain_tui.tui.model.session_rows import SessionRow
from autotrain_tui.tui.model.session_values import TREND_CELLS
from autotrain_tui.tui.widgets.line import Line, fit, line, right, width_of

__all__ = ["name_and_state", "session_row_head", "session_row_line"]

_LEVELS = "▁▂▃▄▅▆▇"
"""Without the full cell: curves of rows below each other would touch."""
CHOSEN = "\n"
"""Before the name of a column of a person's choice: a metric may be called `best`."""
_LEAST_CHOSEN, _MOST_CHOSEN = 9, 16
_LEAST_NAME = 7
"""Cells of a longer name that are shown at least, beside the word of its state."""
_PLAN = 5 + _LEAST_NAME + 1 + max(cell_len(style.word) for style in (*SESSIONS.values(), *OUTCOMES.values(), IN_DOUBT))
"""Cells that mark, sign, plan and the longest state keep."""


def little_curve(values: tuple[float, ...], width: int = TREND_CELLS) -> str:
    """Bars from the least to the greatest value, the newest at the right."""
    shown = values[-width:]
    if len(shown) < 2:
        return " " * width
    low, high = min(shown), max(shown)
    span = high - low
    bars = "".join(_LEVELS[min(6, int((value - low) / span * 7)) if span > 0 else 3] for value in shown)
    return right(bars, width)


def name_and_state(name: str, word: str, room: int) -> tuple[str, str]:
    """A session's name and its state's word in `room` cells: the name is cut, the word never.

    In a list too narrow for both there is no word: the sign shows the state too.
    """
    if room - cell_len(word) < min(cell_len(name), _LEAST_NAME):
        word = ""
    return fit(name, min(cell_len(name), room - cell_len(word))), word


def _columns(width: int, chosen: Sequence[str] = ()) -> list[tuple[str, int]]:
    """Names and widths of the columns at the right that there is room for; those of a person's choice come first."""
    found = [("started", 10), ("took", 9), ("stages", 7), ("best", 8)]
    room = width - sum(cells for _, cells in found) - _PLAN
    for name in chosen:
        cells = max(_LEAST_CHOSEN, min(_MOST_CHOSEN, cell_len(sanitize(name)) + 1))
        if cells <= room:
            found.append((CHOSEN + name, cells))
            width, room = width - cells, room - cells
    for name, cells, least in (
        ("", TREND_CELLS + 1, 34 + TREND_CELLS + 1 + _PLAN),
        ("metric", 12, 84),
        ("mode", 13, 97),
        ("host", 12, 112),
    ):
        if width >= least:
            found.append((name, cells))
    return found


def session_row_head(width: int, chosen: Sequence[str] = ()) -> Line:
    """The heading."""
    tail = "".join(_heading(name, cells) for name, cells in _columns(width, chosen))
    return line((fit("    plan", width - cell_len(tail)), "muted"), (tail, "muted"))


def session_row_line(row: SessionRow, width: int, chosen: Sequence[str] = ()) -> tuple[Line]:
    """A session in one line: mark, sign, plan, how it stands, tags, and its figures at the right."""
    style = row.style
    mark = ("■", f"curve-{(row.mark - 1) % 7 + 1}") if row.mark else (" ", "")
    if row.trouble:
        return (line(mark, " ", (style.sign, style.colour), " ", sanitize(row.id), "  ", (row.trouble, "muted")),)
    tail = line(*(_cell(row, name, cells) for name, cells in _columns(width, chosen)))
    room = max(6, width - width_of(tail) - 5)
    word = "" if style.word == "succeeded" else f" {style.word}"
    tags = " ".join(f"#{sanitize(str(tag))}" for tag in row.fields.get("tags") or ())
    note = sanitize(str(row.fields.get("note") or ""))
    plan = sanitize(str(row.fields.get("title") or row.fields["plan"]))
    name, word = name_and_state(plan, word, room)
    rest = fit(f" {tags} {note}".rstrip(), max(0, room - cell_len(name) - len(word)))
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
    if name.startswith(CHOSEN):
        value = row.column(name.removeprefix(CHOSEN))
        text = sanitize(value) if isinstance(value, str) else fmt.value(value, cells - 1)
        return right(fit(text, min(cells - 1, cell_len(text))), cells), "" if value is not None else "muted"
    if name == "":
        return " " + little_curve(row.values, cells - 1), "gauge"
    text = str(metric.get("name") or "") if name == "metric" else str(fields.get(name) or "")
    return " " + fit(sanitize(text), cells - 1), "muted"


def _heading(name: str, cells: int) -> str:
    if name in ("metric", "mode", "host"):
        return f" {fit(name, cells - 1)}"
    word = sanitize(name.removeprefix(CHOSEN)) or "trend"
    return right(fit(word, min(cells - 1, cell_len(word))), cells)


def _started(row: SessionRow) -> float:
    return from_iso(row.fields.get("started")) or 0.0
