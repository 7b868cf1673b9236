"""The commands of a session's page: each opens its question first, and works without a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autotrain_tui.verbs import VERBS
from autotrain_tui.web.pages.markup import Markup, tag
from autotrain_tui.web.reading.safe_text import safe

if TYPE_CHECKING:
    from autotrain_tui.tui.model.actions import Request

__all__ = ["command_forms"]


def command_forms(session: str, requests: Sequence[Request], *, terminal: bool) -> Markup | None:
    """A button for each command that would be accepted now, with `terminal` the way to the screen; None without any."""
    screen = tag("a", "Terminal", href=f"/s/{session}/terminal", class_="button") if terminal else None
    if not requests and screen is None:
        return None
    forms = (_form(session, request) for request in requests)
    return tag("section", *forms, screen, class_="card commands", id="commands")


def _form(session: str, request: Request) -> Markup:
    question, stage = request.question, request.stage
    title = f"{request.label} {safe(stage)}?" if stage else f"{request.label}?"
    text = question.text if question is not None else _sentence(VERBS[request.verb].help)
    answer = question.yes if question is not None else request.label
    amount = tag("input", name="amount", type="text", placeholder="+1h, -30m, 6h, none", required=True,
                 aria_label="Amount of time") if request.verb == "budget" else None  # fmt: skip
    reason = question is not None and question.reason
    form = tag(
        "form",
        tag("b", title),
        tag("p", text),
        tag("input", name="verb", type="hidden", value=request.verb),
        tag("input", name="stage", type="hidden", value=stage) if stage else None,
        amount,
        tag("input", name="reason", type="text", placeholder="reason", aria_label="Reason") if reason else None,
        tag("button", answer),
        method="post",
        action=f"/s/{session}/command",
    )
    return tag("details", tag("summary", request.label, class_="button"), form, name="command")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
