"""The page that holds a terminal; textual-serve's script fills it."""

from __future__ import annotations

from autotrain_tui.web.pages.markup import tag
from autotrain_tui.web.pages.page_frame import asset

__all__ = ["terminal_page"]


def terminal_page(session: str) -> str:
    """The document. `session` empty: the screen at home."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{session or 'Terminal'} · autotrain-tui"),
        tag("link", rel="icon", href=asset("icon.svg"), type="image/svg+xml"),
        tag("link", rel="stylesheet", href="/terminal/xterm.css"),
        tag("link", rel="stylesheet", href=asset("terminal.css")),
        tag("script", src=asset("terminal.js"), defer=True),
        tag("script", src="/terminal/textual.js", defer=True),
    )
    back = f"/s/{session}" if session else "/"
    ended = tag(
        "p",
        "The screen has ended. ",
        tag("a", "Open it again", href=f"/s/{session}/terminal" if session else "/terminal"),
        " · ",
        tag("a", "Back to the page", href=back),
        class_="ended",
        role="status",
    )
    box = tag("div", class_="textual-terminal", id="terminal", data_font_size="14")
    noscript = tag("noscript", tag("p", "The terminal needs JavaScript; the other pages do not."))
    return "<!doctype html>\n" + tag("html", head, tag("body", noscript, box, ended), lang="en")
