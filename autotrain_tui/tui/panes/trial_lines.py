"""A trial as one line of a table: sign, number, swept values, rungs, curve, figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.trial_rows import TrialRow
from autotrain_tui.tui.panes.session_row_lines import little_curve
from autotrain_tui.tui.widgets.line import Line, fit, line, right, width_of

__all__ = ["TrialColumns", "rung_marks", "trial_columns", "trial_head", "trial_line"]

_CURVE = 8
_FIGURE = 7
_TIME = 7
_HEADING = 8
"""Cells of a key's name, if its values need less."""
_LONGEST_VALUE = 12
_STATE = 10
_STATE_FROM = 96
"""Cells from which a row names its state beside its sign."""
_REASON_FROM = 20
"""Cells that must be left for the reason to stand at the end."""


class TrialColumns(msgspec.Struct, frozen=True):
    """The columns that every row shares: cells of the number, the swept keys (the cells that they need, and those
    that show their whole names), cells of the rungs.
    """

    number: int
    params: tuple[tuple[str, int, int], ...]
    rungs: int


def trial_columns(rows: Sequence[TrialRow], names: Sequence[str]) -> TrialColumns:
    """The widths that the rows need."""
    number = max((len(_number(row)) for row in rows), default=2)
    params = []
    for name in names:
        longest = max((len(_value(row, name)) for row in rows), default=0)
        whole = len(sanitize(name))
        params.append((name, min(_LONGEST_VALUE, max(min(_HEADING, whole), longest)), max(whole, longest)))
    return TrialColumns(number, tuple(params), max((row.rungs for row in rows), default=0))


def trial_head(columns: TrialColumns, width: int, order: str = "") -> Line:
    """The heading; the column that the rows are sorted by is marked."""
    shown, state = _layout(columns, width)
    cells = [_heading("trial", columns.number + 6, order == "number", left=True)]
    cells += [_heading("state", _STATE, order == "state", left=True)] * state
    cells += [_heading(sanitize(name), room + 2, order == name) for name, room in shown]
    if columns.rungs:
        cells.append(_heading("rungs", max(columns.rungs, 5) + 2, order == "rungs"))
    cells.append(_heading("curve", _CURVE + 1, chosen=False))
    cells += [
        _heading(name, cells_, order == name)
        for name, cells_ in (("last", _FIGURE), ("best", _FIGURE), ("time", _TIME))
    ]
    return line(*cells)


def _heading(text: str, cells: int, chosen: bool, *, left: bool = False) -> tuple[str, str]:
    text = fit(text, cells - 1) if len(text) > cells - 1 else text
    return (fit(text, cells) if left else right(text, cells)), "accent" if chosen else "muted"


def _layout(columns: TrialColumns, width: int) -> tuple[list[tuple[str, int]], bool]:
    """The swept keys that there is room for, and whether the state's word has some."""
    rungs = max(columns.rungs, 5) + 2 if columns.rungs else 0
    state = width >= _STATE_FROM
    left = width - (columns.number + 6) - _STATE * state - rungs - _CURVE - 1 - 2 * _FIGURE - _TIME
    shown: list[tuple[str, int]] = []
    whole = sum(cells + 2 for _, _, cells in columns.params) <= left
    for name, least, most in columns.params:
        cells = most if whole else least
        left -= cells + 2
        if left < 0 and shown:
            break
        shown.append((name, cells))
    return shown, state


def trial_line(row: TrialRow, columns: TrialColumns, width: int) -> tuple[Line]:
    """A trial in one line; its figures take the colour of its rank."""
    shown, state = _layout(columns, width)
    loser = row.rank is not None and row.level >= 3 and not row.live
    plain = "muted" if loser else ""
    spans = [
        ("■" if row.mark else " ", "accent"),
        (row.style.sign, row.style.colour),
        (" ", ""),
        (fit(_number(row), columns.number), "accent bold" if row.live else plain),
        (" ★ " if row.winner else "   ", "success bold"),
    ]
    if state:
        spans.append((fit(row.style.word, _STATE), row.style.colour))
    spans += [
        ("  " + right(fit(_value(row, name), min(cells, len(_value(row, name)))), cells), plain)
        for name, cells in shown
    ]
    if columns.rungs:
        spans.append((right(rung_marks(row), max(columns.rungs, 5) + 2), row.colour))
    spans += [
        (" " + little_curve(row.values, _CURVE), row.colour),
        (right(fmt.value(row.doc["last"]), _FIGURE), plain),
        (right(fmt.value(row.doc["best"]), _FIGURE), row.colour),
        (right(fmt.clock(row.doc["elapsed_seconds"]), _TIME), "muted"),
    ]
    drawn = line(*spans)
    left = width - width_of(drawn) - 2
    reason = "winner" if row.winner else sanitize(str(row.doc["reason"] or ""))
    return ((*drawn, *line("  ", (fit(reason, left), "muted"))) if reason and left >= _REASON_FROM else drawn,)


def rung_marks(row: TrialRow) -> str:
    """A sign for each rung: `●` went on from it, `◐` judged there and not beyond, `○` not reached."""
    judged = len(row.doc["rungs"])
    beyond = row.doc["state"] == "succeeded"
    signs = ["●" if place < judged - 1 or (place < judged and (beyond or row.live)) else "◐" if place < judged else "○"
             for place in range(row.rungs)]  # fmt: skip
    return "".join(signs)


def _number(row: TrialRow) -> str:
    return f"{row.doc['number']:02d}"


def _value(row: TrialRow, name: str) -> str:
    value = row.doc["params"].get(name, fmt.UNKNOWN)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else sanitize(str(value))
