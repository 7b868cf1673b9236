"""The list of sessions: filtered by the query language of `ls`, two lines a session on a phone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text import format as fmt
from autotrain_tui.web.pages.markup import Markup, tag
from autotrain_tui.web.pages.page_frame import page, top
from autotrain_tui.web.reading.api_documents import sessions_matching
from autotrain_tui.web.reading.safe_text import safe
from autotrain_tui.web.reading.state_style import page_sign, row_style

__all__ = ["session_cells", "sessions_page"]


def sessions_page(sessions: Path, query: str, most: int) -> str:
    """The page; blocks. Raises UsageError for a query that is none."""
    rows = sessions_matching(sessions, query, most + 1)
    form = tag(
        "form",
        tag("label", "Filter sessions", for_="q", class_="hidden"),
        tag("input", id="q", name="q", type="search", value=query, placeholder="filter: digits state:failed best>0.9",
            autocomplete="off", autocapitalize="off", spellcheck="false"),
        tag("button", "Filter"),
        class_="filter",
        role="search",
    )  # fmt: skip
    listed = [_row(row.row) for row in rows[:most]]
    more = tag("a", "Older sessions", href=_address(query, most * 2), class_="more") if len(rows) > most else None
    table = tag(
        "form",
        tag("ul", *listed, class_="sessions"),
        tag("p", more, tag("button", "Compare selected", type="submit", class_="compare"), class_="below"),
        action="/compare",
        id="sessions",
    )
    parts = [table] if listed else [_nothing(query)]
    return page("Sessions", form, *parts, kind="sessions", header=top(), refresh=15)


def _address(query: str, most: int) -> str:
    from urllib.parse import urlencode

    return f"/?{urlencode({'q': query, 'n': most})}"


def _nothing(query: str) -> Markup:
    text = "No session matches." if query else "No sessions yet. Start one with: autotrain-tui run"
    return tag("p", text, class_="card empty")


def _row(row: dict[str, Any]) -> Markup:
    cells = session_cells(row)
    return tag(
        "li",
        tag("input", type="checkbox", name="ids", value=row["id"], aria_label=f"Compare {cells['title']}"),
        tag(
            "a",
            tag(
                "span", tag("b", cells["sign"]), f" {cells['word']}", class_=f"state {cells['colour']}", data_is="word"
            ),
            tag("span", cells["title"], class_="name"),
            tag("time", cells["began"], class_="began", datetime=row["started"] or "", title=row["id"]),
            tag("span", cells["stages"], class_="done", data_is="stages"),
            tag("span", cells["time"], class_="time", data_is="time"),
            tag("span", cells["best"], class_="best", data_is="best"),
            tag("span", cells["note"], class_="note"),
            href=f"/s/{row['id']}",
        ),
        data_id=row["id"],
    )


def session_cells(row: dict[str, Any]) -> dict[str, str]:
    """A row of `ls --json` as texts."""
    style = row_style(row)
    metric = row["metric"]
    best = metric["best"] if metric else None
    began = from_iso(row["started"])
    note = " ".join([*(f"#{item}" for item in row["tags"]), row["note"]])
    return {
        "sign": page_sign(style),
        "word": style.word,
        "colour": style.colour,
        "title": safe(row["title"] or " · ".join(part for part in (row["plan"], row["mode"]) if part)),
        "began": fmt.ago(time.time() - began) if began is not None else fmt.UNKNOWN,
        "stages": f"{row['stages_done']}/{row['stages_total']}",
        "time": fmt.clock(row["elapsed_seconds"]),
        "best": f"{safe(metric['name'])} {fmt.value(best)}" if best is not None else "",
        "note": safe(note.strip()),
    }
