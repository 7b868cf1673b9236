"""What the curves of a session's last attempts say, and what a single stage took of the machine, as lines."""

from __future__ import annotations

from msgspec import to_builtins

from autotrain_tui.session.history.usage_text import usage_text
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Session
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.widgets.line import Line, flow, line

__all__ = ["curve_sentences", "usage_lines"]


def curve_sentences(session: Session, width: int) -> list[Line]:
    """The sentence of each stage whose metric on held-out data has passed its best."""
    lines: list[Line] = []
    for stage in session.stages:
        if stage.attempt is not None and stage.attempt.past_best is not None:
            text = (f"{stage.name}: " if len(session.stages) > 1 else "") + stage.attempt.past_best.text
            said = flow(sanitize(text), width - 2, "", 3)
            lines += [line(("★ " if not at else "  ", "accent"), *each) for at, each in enumerate(said)]
    return lines


def usage_lines(view: View, width: int) -> list[Line]:
    """Memory and processor time of a session of one stage; those of several are in the stages' details."""
    stages = view.session.stages
    attempt = stages[0].attempt if len(stages) == 1 else None
    if attempt is None or attempt.end is None:
        return []
    text = usage_text(to_builtins(attempt.end.usage), attempt.elapsed(view.mono))
    return flow(text, width - 2, "muted", 2) if text else []
