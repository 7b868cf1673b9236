"""What the Plan screen's list holds: the project's plans, and the session that is open."""

from __future__ import annotations

import msgspec

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.cards import PlanCard
from autotrain_tui.tui.model.labels import StateStyle, session_style
from autotrain_tui.tui.widgets.line import Line, line, spread, width_of

__all__ = ["PlanListEntry", "first_place", "plan_entry", "plan_key", "plan_list_line", "session_entry"]


class PlanListEntry(msgspec.Struct, frozen=True):
    """A plan, or (without a card) the session."""

    name: str
    style: StateStyle
    facts: str
    card: PlanCard | None = None


def plan_entry(card: PlanCard) -> PlanListEntry:
    """A plan's entry."""
    if card.prepared is None:
        return PlanListEntry(sanitize(card.name), StateStyle("✗", "error", "can't be used"), "can't be used", card)
    count = len(card.prepared.plan.stages)
    return PlanListEntry(sanitize(card.name), StateStyle("▸", "accent", ""), f"{count} stage{'s' * (count != 1)}", card)


def session_entry(view: View) -> PlanListEntry:
    """The session's entry."""
    style = session_style(view)
    return PlanListEntry(sanitize(view.session.id), style, style.word)


def plan_list_line(entry: PlanListEntry, width: int) -> tuple[Line]:
    """An entry in one line."""
    colour = "bold" if entry.card is not None else "accent bold"
    head = line(" ", (entry.style.sign, entry.style.colour), " ", (entry.name, colour))
    facts = entry.facts
    if entry.card is not None and entry.card.default and width_of(head) + len(facts) + 13 <= width:
        facts = f"default · {facts}"  # gives way before a name does
    return (spread(head, line((facts, "muted"), " "), width),)


def plan_key(entry: PlanListEntry) -> object:
    """What identifies the entry when it is read again."""
    return entry.card.path if entry.card is not None else None


def first_place(entries: list[PlanListEntry], view: View) -> int:
    """Where the cursor goes when a session is first seen: to the session, or to its plan when it is over."""
    session = view.session
    if session.state is not SessionState.FINISHED:
        return 0
    cards = (place for place, entry in enumerate(entries) if entry.card and entry.card.name == session.plan)
    return next(cards, 0)
