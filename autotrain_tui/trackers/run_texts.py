"""What a tracker is told of a run beside its points, as Markdown tables."""

from __future__ import annotations

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.trackers.run_facts import Facts

__all__ = ["run_texts"]


def run_texts(session: Facts, parameters: Facts, attempt: Facts, results: Facts) -> dict[str, str]:
    """Tag → table, those without a row left out."""
    tables = {
        "autotrain/session": session,
        "autotrain/parameters": parameters,
        "autotrain/attempt": attempt,
        "autotrain/results": results,
    }
    return {tag: _table(rows) for tag, rows in tables.items() if rows}


def _table(rows: Facts) -> str:
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(["| name | value |", "| --- | --- |", *lines])


def _cell(value: object) -> str:
    """One line of text that Markdown takes as it is."""
    text = sanitize(str(value))
    for sign in "\\`*_{}[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text
