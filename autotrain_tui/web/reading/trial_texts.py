"""The trials of a search as texts: the winner, then the best first, as `trials` lists them."""

from __future__ import annotations

from typing import Any

from autotrain_tui.session.history.documents import stage_estimate
from autotrain_tui.session.history.sweep_documents import search_sentence, sweep_document
from autotrain_tui.session.history.trial_table import sorted_trials
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.session.journal.transitions import ACTIVE, StageState
from autotrain_tui.text import format as fmt
from autotrain_tui.tui.model.labels import STAGES
from autotrain_tui.web.reading.safe_text import safe
from autotrain_tui.web.reading.state_style import page_sign

__all__ = ["search_facts", "trial_texts"]

Json = dict[str, Any]
_NO_BREAK = "\u00a0"
_MOST_ROWS = 24
"""Of a search on the page: what runs is among them, and the best."""


def search_facts(view: View, stage: Stage) -> str:
    """How far a search is, and which trial has won; empty for any other stage."""
    sweep = sweep_document(view, stage)
    if sweep is None:
        return ""
    seconds, source = stage_estimate(view, stage)
    document = {
        "sweep": sweep,
        "state": str(stage.state),
        "estimate_seconds": seconds,
        "estimate_spread": stage.info.estimate_spread,
        "estimate_source": source,
    }
    facts = safe(search_sentence(document))
    winner = view.session.stage(stage.winners[0]) if stage.winners else None
    if winner is None:
        return facts
    settings = ", ".join(f"{name} {value}" for name, value in winner.info.swept.items())
    return f"{facts} · winner {winner.info.trial}: {safe(settings)}"


def trial_texts(view: View, stage: Stage) -> Json | None:
    """The rows of a search and a sentence on those that are left out; None for a stage that is no search."""
    if stage.info.search is None:
        return None
    ranked = sorted_trials(view, stage)
    running = [row for row in ranked if row["state"] in ACTIVE]
    first = list(dict.fromkeys(row["name"] for row in (*ranked[:1], *running, *ranked)))[:_MOST_ROWS]
    rows = [row for row in ranked if row["name"] in first]
    left = len(ranked) - len(rows)
    more = f"{left} more: autotrain-tui trials {view.folder.id} {safe(stage.name)}" if left else ""
    return {"rows": [_row(row) for row in rows], "more": more, "open": not stage.winners}


def _row(row: Json) -> Json:
    style = STAGES[StageState(row["state"])]
    rests = row["state"] == StageState.PAUSED  # at a rung: it needs nobody
    words = ["winner" if row["winner"] else _what(row, "rests" if rests else style.word)]
    if row["elapsed_seconds"] is not None:
        words.append(fmt.clock(row["elapsed_seconds"]))
    settings = (f"{safe(name)}{_NO_BREAK}{safe(str(value))}" for name, value in row["params"].items())
    return {
        "number": str(row["number"]),
        "sign": "★" if row["winner"] else page_sign(style),
        "word": style.word,
        "colour": "muted" if rests else style.colour,
        "params": f"{_NO_BREAK}· ".join(settings),
        "last": fmt.value(row["last"]),
        "best": fmt.value(row["best"]),
        "facts": " · ".join(words),
    }


def _what(row: Json, word: str) -> str:
    """What became of a trial; a trial that was pruned says so by its reason alone."""
    if not row["reason"]:
        return word
    return safe(row["reason"] if row["state"] == StageState.STOPPED else f"{word}: {row['reason']}")
