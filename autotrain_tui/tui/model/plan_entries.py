"""What the Plan screen's list holds: the project's plans, and the session that is open."""

from __future__ import annotations

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.cards import PlanCard
from autotrain_tui.tui.model.labels import StateStyle, session_style
from autotrain_tui.tui.widgets.line import Line, line, spread, width_of

__all__ = ["Entry", "entry_key", "entry_line", "plan_entry", "session_entry"]


class Entry(msgspec.Struct, frozen=True):
    """A plan, or (without a card) the session."""

    name: str
    style: StateStyle
    facts: str
    card: PlanCard | None = None


def plan_entry(card: PlanCard) -> Entry:
    """A plan's entry."""
    if card.prepared is None:
        return Entry(sanitize(card.name), StateStyle("✗", "error", "can't be used"), "can't be used", card)
    count = len(card.prepared.plan.stages)
    return Entry(sanitize(card.name), StateStyle("▸", "accent", ""), f"{count} stage{'s' * (count != 1)}", card)


def session_entry(view: View) -> Entry:
    """The session's entry."""
    style = session_style(view)
    return Entry(sanitize(view.session.id), style, style.word)


def entry_line(entry: Entry, width: int) -> tuple[Line]:
    """An entry in one line."""
    colour = "bold" if entry.card is not None else "accent bold"
    head = line(" ", (entry.style.sign, entry.style.colour), " ", (entry.name, colour))
    facts = entry.facts
    if entry.card is not None and entry.card.default and width_of(head) + len(facts) + 13 <= width:
        facts = f"default · {facts}"  # gives way before a name does
    return (spread(head, line((facts, "muted"), " "), width),)


def entry_key(entry: Entry) -> object:
    """What stays the same when the entry is read anew."""
    return entry.card.path if entry.card is not None else None
