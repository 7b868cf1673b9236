"""What every page has: head, header with its place, and the log-in page, which has nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from autotrain_tui.web.pages.markup import Markup, join, tag

__all__ = ["STATIC", "asset", "login_page", "message_page", "page", "static_files"]

STATIC = Path(__file__).parents[1] / "static"


def static_files() -> dict[str, bytes]:
    """The style sheet and the script by name."""
    return {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in (".css", ".js", ".svg")}


_VERSIONS = {name: hashlib.sha256(data).hexdigest()[:10] for name, data in static_files().items()}
"""A part of the address, so that a browser may keep the file until it changes."""


def asset(name: str) -> str:
    """The address of a static file."""
    return f"/static/{name}?v={_VERSIONS[name]}"


def page(
    title: str, *body: Markup, kind: str, header: Markup | None = None, refresh: int = 0, **data: str | None
) -> str:
    """A whole document. `kind` tells the script what page it is; `refresh`: seconds, for browsers without scripts."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="dark light"),
        tag("title", f"{title} · autotrain-tui"),
        tag("link", rel="icon", href=asset("icon.svg"), type="image/svg+xml"),
        tag("link", rel="stylesheet", href=asset("page.css")),
        tag("noscript", tag("meta", http_equiv="refresh", content=str(refresh))) if refresh else None,
        tag("script", src=asset("page.js"), defer=True),
    )
    attributes = {f"data_{name}": value for name, value in data.items()}
    content = tag("main", *body, id="main")
    skip = tag("a", "Skip to content", href="#main", class_="skip")
    return "<!doctype html>\n" + tag(
        "html", head, tag("body", join([skip, header or top()]), content, data_page=kind, **attributes), lang="en"
    )


def top(*parts: Markup) -> Markup:
    """The header: the program's name, which leads to the list, then the page's own parts."""
    return tag("header", tag("a", "autotrain", href="/", class_="brand"), *parts)


def login_page(path: str, text: str = "") -> str:
    """Asks for the token; with a script the token is taken from the address that `serve` has printed."""
    form = tag(
        "form",
        tag("h1", "Log in"),
        tag("p", "Open the address that autotrain-tui serve has printed, or paste its token here."),
        tag("label", "Token", for_="token"),
        tag("input", id="token", name="token", type="password", autocomplete="off", required=True, autofocus=True),
        tag("input", name="next", type="hidden", value=path if path != "/login" else ""),
        tag("button", "Log in", type="submit"),
        tag("p", text, class_="wrong", role="alert", id="wrong"),
        method="post",
        action="/login",
        class_="login card",
    )
    return page("Log in", form, kind="login")


def message_page(title: str, text: str, session: str = "") -> str:
    """A page with one sentence, for an error. `session`: the id of the one that it is about, to go back to."""
    back = tag("a", "Back to the session", href=f"/s/{session}") if session else tag("a", "All sessions", href="/")
    return page(title, tag("section", tag("h1", title), tag("p", text), tag("p", back), class_="card"), kind="message")
