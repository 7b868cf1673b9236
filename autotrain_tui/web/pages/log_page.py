"""A log in windows of lines: older, newer, the end, search, the next error. Works without a script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from autotrain_tui.text import format as fmt
from autotrain_tui.web.pages.log_lines import log_lines
from autotrain_tui.web.pages.markup import Markup, tag
from autotrain_tui.web.pages.page_frame import page
from autotrain_tui.web.pages.session_page import session_header

__all__ = ["log_page"]

Json = dict[str, Any]
_ATTEMPTS_LISTED = 6


def log_page(session: str, summary: Json, attempts: dict[str, int], window: Json, *, query: str, found: Json) -> str:
    """`attempts`: of the stages that have a log; `found`: the offset of the hit, and what to say about the search."""
    at = {"stage": window["stage"], "attempt": window["attempt"]}
    form = tag(
        "form",
        *_choice(at, attempts),
        tag("label", "Search", for_="q", class_="hidden"),
        tag("input", id="q", name="q", type="search", value=query, placeholder="search this log", autocomplete="off",
            autocapitalize="off", spellcheck="false"),
        tag("button", "Search"),
        class_="filter",
        role="search",
    )  # fmt: skip
    share = f"{100 * window['next'] // window['size']} %" if window["size"] else "empty"
    position = f"to {share} of {fmt.size(window['size'])}" if window["size"] else "empty"
    text = found.get("text") or window["problem"]
    return page(
        f"Log · {summary['title']}",
        form,
        *_attempts(at, attempts.get(at["stage"], 1)),
        _tools(at, window, query, found),
        tag("p", f"{position}{f' · {text}' if text else ''}", class_="position", role="status"),
        tag("section", log_lines(window["lines"], hit=found.get("hit")), class_="card log-page"),
        _tools(at, window, query, found),
        kind="log",
        header=session_header(session, summary, "log"),
        session=session,
        query=query,
    )


def _choice(at: Json, attempts: dict[str, int]) -> list[Markup]:
    """The stage whose log is searched; of an earlier attempt the search stays there."""
    if at["attempt"] < attempts.get(at["stage"], 1):
        return [tag("input", name=name, type="hidden", value=str(at[name])) for name in ("stage", "attempt")]
    options = (tag("option", name, selected=name == at["stage"]) for name in attempts)
    return [tag("label", "Stage", for_="stage", class_="hidden"), tag("select", *options, id="stage", name="stage")]


def _attempts(at: Json, count: int) -> list[Markup]:
    """The ways to the logs of the other attempts, of which the last ones are listed."""
    if count < 2:
        return []
    links = [
        tag(
            "a",
            f"{at['stage']} · attempt {number}",
            href=f"?{urlencode({'stage': at['stage'], 'attempt': number})}",
            aria_current="true" if number == at["attempt"] else None,
        )
        for number in range(max(1, count - _ATTEMPTS_LISTED + 1), count + 1)
    ]
    return [tag("p", *links, class_="tools")]


def _tools(at: Json, window: Json, query: str, found: Json) -> Markup:
    """Links to other windows of the log."""
    first, end = window["offset"] <= window["first"], window["next"] >= window["size"]
    hit = found.get("hit")
    behind = window["next"] if hit is None else hit + 1
    before = window["offset"] if hit is None else hit
    links = [
        _link("Start", at, offset=window["first"]) if not first else None,
        _link("Older", at, offset=window["offset"], back=1) if not first else None,
        _link("Newer", at, offset=window["next"]) if not end else None,
        _link("End", at),
        _link("Previous error", at, errors=1, offset=before, back=1),
        _link("Next error", at, errors=1, offset=behind if found else window["first"]),
        _link("Previous hit", at, q=query, offset=before, back=1) if query else None,
        _link("Next hit", at, q=query, offset=behind) if query else None,
    ]
    return tag("p", *links, class_="tools")


def _link(text: str, at: Json, **more: int | str) -> Markup:
    return tag("a", text, href=f"?{urlencode({**at, **more})}{'#hit' if 'q' in more or 'errors' in more else ''}")
