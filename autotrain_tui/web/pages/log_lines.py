"""Lines of a log as HTML."""

from __future__ import annotations

from typing import Any

from autotrain_tui.web.pages.markup import Markup, tag

__all__ = ["log_lines"]


def log_lines(lines: list[dict[str, Any]], *, live: bool = False, hit: int | None = None) -> Markup:
    """The lines in order; `hit` is the offset of the one that a search has found."""
    rows = [
        tag(
            "span",
            f"{line['text']}\n",
            class_=" ".join(part for part in (line["kind"], "hit" if line["at"] == hit else "") if part) or None,
            id="hit" if line["at"] == hit else None,
        )
        for line in lines
    ]
    role = "log" if live else None
    return tag("pre", *rows, class_="lines", id="log", tabindex="0", role=role, aria_live="off", aria_label="Log")
