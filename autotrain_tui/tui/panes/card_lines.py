"""The card of a plan and of a session as lines of text. Pure: a card and a width in, lines out."""

from __future__ import annotations

import time

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.cards import PlanCard, SessionCard
from autotrain_tui.tui.panes.session_row_lines import name_and_state
from autotrain_tui.tui.widgets.line import Line, fit, line, right, spread, width_of

__all__ = ["plan_lines", "session_head", "session_line"]


def plan_lines(card: PlanCard, width: int) -> tuple[Line, Line, Line]:
    """A plan in three lines: its name, what it is, what it takes and how it went last."""
    if card.prepared is None:
        return (
            line(" ", ("✗", "error"), " ", (sanitize(card.name), "bold"), ("  can't be used", "error")),
            line("   ", (fit(card.trouble, max(4, width - 4)).rstrip(), "muted")),
            (),
        )
    prepared = card.prepared
    plan = prepared.plan
    facts = [f"{len(plan.stages)} stage{'s' * (len(plan.stages) != 1)}"]
    if prepared.total_seconds is not None:
        facts.append(f"~{fmt.short_clock(prepared.total_seconds)}")
    head = line(
        " ", ("▸", "accent"), " ", (sanitize(plan.name), "bold"), ("  default" if plan.default else "", "accent")
    )
    if prepared.fits is False:
        facts.append("over its budget")
    facts_line = line((" · ".join(facts), "warning" if prepared.fits is False else "muted"), " ")
    last = _result(card.last, width - 9) if card.last is not None else ()
    about = sanitize(plan.description) or "no description"
    return (
        spread(head, facts_line, width),
        line("   ", (about, "" if plan.description else "muted")),
        line("   ", ("last: " if last else "not run yet", "muted"), *last),
    )


def _result(card: SessionCard, width: int) -> Line:
    """How a session went, in `width` cells: what has no room is left out from the end, but for the state."""
    facts = [
        f"{sanitize(card.metric)} {fmt.value(card.best)}" if card.metric and card.best is not None else "",
        fmt.clock(card.seconds),
        fmt.ago(time.time() - card.started) if card.started is not None else "",
    ]
    found = line((card.style.sign, card.style.colour), f" {card.style.word}")
    for fact in filter(None, facts):
        longer = line(*found, (f" · {fact}", "muted"))
        if width_of(longer) > width:
            break
        found = longer
    return found


_WHEN, _TIME, _STAGES, _METRIC = 11, 8, 8, 7
_WITH_STAGES = 62
"""Cells from which there is room for the number of stages."""


def session_head(width: int) -> Line:
    """The heading over session lines."""
    stages = right("stages", _STAGES) if width >= _WITH_STAGES else ""
    names = right("started", _WHEN) + right("took", _TIME) + stages + right("best", _METRIC)
    return spread(line(("    plan", "muted")), line((f"{names} ", "muted")), width)


def session_line(card: SessionCard, width: int) -> tuple[Line]:
    """A session in one line."""
    if card.trouble:
        return (line(" ", ("!", "error"), "  ", card.folder.id, "  ", (card.trouble, "muted")),)
    when = fmt.ago(time.time() - card.started) if card.started is not None else fmt.UNKNOWN
    tail = line(
        (right(when, _WHEN), "muted"),
        right(fmt.clock(card.seconds), _TIME),
        right(f"{card.done}/{card.total}", _STAGES) if width >= _WITH_STAGES else "",
        right(fmt.value(card.best), _METRIC),
        " ",
    )
    word = "" if card.style.word == "succeeded" else f"  {card.style.word}"
    name, word = name_and_state(card.title or card.plan, word, width - width_of(tail) - 5)
    colour = "accent bold" if card.live else ""
    tags = f"  {' '.join('#' + tag for tag in card.tags)}" if card.tags else ""
    head = line(
        " ", (card.style.sign, card.style.colour), "  ", (name, colour), (word, card.style.colour), (tags, "muted")
    )
    return (spread(head, tail, max(width, width_of(tail))),)
