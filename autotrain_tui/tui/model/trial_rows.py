"""The trials of a search as rows: state, values, rungs, rank; ordered and filtered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from autotrain_tui.session.history.sweep_documents import sweep_document, trial_documents
from autotrain_tui.session.history.trial_table import column_value, order_key, swept_names
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.text import format as fmt
from autotrain_tui.tui.model.labels import STAGES, StateStyle

__all__ = ["LEVELS", "TrialRow", "search_facts", "searches", "sort_names", "sorted_rows", "trial_rows"]

Json = dict[str, Any]

LEVELS = ("success bold", "success", "gauge", "muted", "faint")
"""Colour tokens from the best trials to the worst ones; the rank stands beside them."""

_SORTS = ("rank", "number", "state", "rungs", "last", "best", "time")


class TrialRow(msgspec.Struct, frozen=True):
    """A trial in one line. `doc` is its row of `trials --json`."""

    doc: Json
    style: StateStyle
    live: bool
    rank: int | None = None
    """Its place among the trials that have a value, from 1."""
    level: int = 4
    """Its place in `LEVELS`."""
    rungs: int = 0
    """How many rungs the search has."""
    mark: bool = False
    values: tuple[float, ...] = ()
    """Its headline metric's values for a little curve."""

    @property
    def name(self) -> str:
        """The trial's name, which is its stage's."""
        return str(self.doc["name"])

    @property
    def winner(self) -> bool:
        """Whether the search has decided for it."""
        return bool(self.doc["winner"])

    @property
    def colour(self) -> str:
        """The colour token of its figures."""
        return LEVELS[self.level] if self.rank is not None else "muted"

    @property
    def fields(self) -> Json:
        """What a filter's words are compared with, in the form of a row of `ls --json`."""
        params = dict(self.doc["params"])
        metric = {"name": "best", "best": self.doc["best"], "last": self.doc["last"]}
        return {
            "id": self.name,
            "state": self.doc["state"],
            "params": params,
            "metric": metric,
            "elapsed_seconds": self.doc["elapsed_seconds"],
            "note": self.doc["reason"] or "",
            "tags": ["winner"] if self.winner else [],
        }


def searches(view: View) -> tuple[Stage, ...]:
    """The searches of a session."""
    return tuple(stage for stage in view.session.stages if stage.info.search is not None)


def trial_rows(view: View, search: Stage, marked: frozenset[str] = frozenset()) -> list[TrialRow]:
    """Every trial of a search, by rank; those without a value last, in the order of their numbers."""
    documents = trial_documents(view, search)
    down = view.session.metric_goal != "min"
    documents.sort(key=lambda doc: (not doc["winner"], *order_key(doc["best"], down=down), doc["number"]))
    known = sum(doc["best"] is not None for doc in documents)
    rungs = len(search.info.search.rungs) if search.info.search is not None else 0
    rows = []
    for place, doc in enumerate(documents):
        stage = view.session.stage(doc["name"])
        assert stage is not None
        ranked = doc["best"] is not None
        level = min(len(LEVELS) - 1, len(LEVELS) * place // max(1, known)) if ranked else len(LEVELS) - 1
        rows.append(
            TrialRow(
                doc,
                _style(stage),
                stage.state in ACTIVE,
                place + 1 if ranked else None,
                0 if doc["winner"] else level,
                rungs,
                doc["name"] in marked,
            )
        )
    return rows


def _style(stage: Stage) -> StateStyle:
    """Its state's style; a trial that rests at a rung needs nobody."""
    style = STAGES[stage.state]
    return msgspec.structs.replace(style, colour="muted") if stage.trial is not None and stage.trial.parked else style


def sort_names(rows: Sequence[TrialRow]) -> list[str]:
    """What the rows can be sorted by."""
    return [*_SORTS, *swept_names([row.doc for row in rows])]


def sorted_rows(rows: Sequence[TrialRow], by: str, goal: str, *, backwards: bool = False) -> list[TrialRow]:
    """The rows in another order, the better or the greater ones first; what has no value stands last either way."""
    if by == "rank":
        known = [row for row in rows if row.rank is not None]
        rest = [row for row in rows if row.rank is None]
        return [*(reversed(known) if backwards else known), *rest]
    greater_first = goal != "min" if by in {"last", "best"} else by in {"rungs", "time"}
    down = greater_first != backwards
    return sorted(rows, key=lambda row: (*order_key(column_value(row.doc, by), down=down), row.doc["number"]))


def search_facts(view: View, search: Stage) -> str:
    """A search in a few words: `12 of 16 · 3 running · best 0.943`."""
    document = sweep_document(view, search)
    if document is None:
        return ""
    parts = [f"{document['ended']} of {document['trials']}"]
    if document["running"]:
        parts.append(f"{document['running']} running")
    if document["best"] is not None:
        parts.append(f"best {fmt.value(document['best'])}")
    return " · ".join(parts)
