"""The trials of a search as a table: ordered by any column, as cells for a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.names import did_you_mean, shown
from autotrain_tui.session.history.sweep_documents import trial_documents
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["column_value", "order_key", "search_stage", "sorted_trials", "swept_names", "trial_cells", "trials_csv"]

Json = dict[str, Any]

_COLUMNS = ("number", "state", "rungs", "last", "best", "time")
"""What a table can be sorted by, beside the swept keys."""


def search_stage(view: View, word: str | None) -> Stage:
    """The search that a word names, itself or one of its trials; without a word the only one. Raises UsageError."""
    searches = [stage for stage in view.session.stages if stage.info.search is not None]
    names = ", ".join(stage.name for stage in searches)
    if not searches:
        raise UsageError(f"session {view.folder.id} has no search; a stage with [stage.sweep] is one")
    if word is None:
        if len(searches) > 1:
            raise UsageError(f"session {view.folder.id} has several searches; name one of: {names}")
        return searches[0]
    named = view.session.stage(word)
    name = named.info.sweep or named.name if named is not None else word
    found = next((stage for stage in searches if stage.name == name), None)
    if found is None:
        raise UsageError(f"stage {shown(word)} is no search; searches: {names}")
    return found


def swept_names(rows: list[Json]) -> list[str]:
    """The swept keys of all trials, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in rows for name in row["params"]))


def sorted_trials(view: View, stage: Stage, by: str | None = None) -> list[Json]:
    """The rows of `trials --json`: by rank (winners, then the best first), or by a column.

    `COLUMN:desc` has the greatest first, `COLUMN:asc` the smallest; without it last and best have the better first.
    What has no value stands last either way. Raises UsageError for an unknown column.
    """
    rows = trial_documents(view, stage)
    more = (view.session.metric_goal or "max") == "max"
    if by is None:
        return sorted(rows, key=lambda row: (not row["winner"], *order_key(row["best"], down=more), row["number"]))
    names = swept_names(rows)
    column, _, order = by.rpartition(":") if by.endswith((":asc", ":desc")) else (by, "", "")
    if column not in {*_COLUMNS, *names}:
        known = ", ".join([*_COLUMNS, *names])
        raise UsageError(f"--sort: there is no column {shown(column)}; columns: {known}{_near(column, names)}")
    down = order == "desc" if order else more and column in {"last", "best"}
    return sorted(rows, key=lambda row: (*order_key(column_value(row, column), down=down), row["number"]))


def _near(column: str, names: list[str]) -> str:
    hint = did_you_mean(column, [*_COLUMNS, *names])
    return f" ({hint})" if hint.startswith("did") else ""


def column_value(row: Json, column: str) -> object:
    """What a row of `trials --json` has in a column of the table."""
    if column in row["params"]:
        return row["params"][column]
    if column == "rungs":
        return len(row["rungs"])
    return row.get("elapsed_seconds" if column == "time" else column)


def order_key(value: object, *, down: bool) -> tuple[int, float, Any]:
    """A key that puts numbers before texts and unknown values last; `down`: the greatest first."""
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return 0, -float(value) if down else float(value), ""
    if isinstance(value, str):
        return 1, 0.0, tuple(-ord(letter) for letter in value) if down else value
    return 2, 0.0, ""


def trial_cells(rows: list[Json], names: list[str]) -> list[list[str]]:
    """One row of cells a trial: name, state, its values, its rungs, last, best, time, and what became of it."""
    return [
        [
            row["name"],
            row["state"],
            *(sanitize(str(row["params"].get(name, fmt.UNKNOWN))) for name in names),
            " ".join(fmt.value(value) for value in row["rungs"]) or fmt.UNKNOWN,
            fmt.value(row["last"]),
            fmt.value(row["best"]),
            fmt.clock(row["elapsed_seconds"]),
            "winner" if row["winner"] else sanitize(row["reason"] or ""),
        ]
        for row in rows
    ]


def trials_csv(view: View) -> str:
    """The trials of every search of the session, one line each; the swept keys are columns."""
    searches = [stage for stage in view.session.stages if stage.info.search is not None]
    if not searches:
        search_stage(view, None)
    tables = [(stage.name, trial_documents(view, stage)) for stage in searches]
    names = swept_names([row for _, rows in tables for row in rows])
    rungs = max((len(row["rungs"]) for _, rows in tables for row in rows), default=0)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = [
        "session",
        "search",
        "trial",
        "state",
        *map(_cell, names),
        *(f"rung_{place}" for place in range(1, rungs + 1)),
    ]
    writer.writerow([*head, "last", "best", "elapsed_seconds", "winner", "reason"])
    for search, rows in tables:
        for row in rows:
            values = [*row["rungs"], *[None] * rungs][:rungs]
            cells = [_cell(str(row["params"].get(name, ""))) for name in names]
            first = [view.folder.id, search, row["name"], row["state"]]
            end = [row["last"], row["best"], row["elapsed_seconds"], int(row["winner"]), _cell(row["reason"] or "")]
            writer.writerow([*first, *cells, *values, *end])
    return out.getvalue()


def _cell(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay."""
    text = sanitize(text)
    if text[:1] in ("=", "+", "-", "@"):
        try:
            float(text)
        except ValueError:
            return f"'{text}"
    return text
