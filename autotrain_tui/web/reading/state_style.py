"""How a session stands, for the list and for its page: as on the screen, and the end of what something else ran."""

from __future__ import annotations

from typing import Any

import msgspec

from autotrain_tui.session.history.list_row import source_word
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.transitions import Outcome, SessionState, StageState
from autotrain_tui.tui.model.labels import IN_DOUBT, OUTCOMES, SESSIONS, STAGES, StateStyle, session_style

__all__ = ["page_sign", "row_style", "view_style"]


def page_sign(style: StateStyle) -> str:
    """The sign as browsers show it: many fonts lack the sign of a pause, or draw it as a coloured picture."""
    return style.sign.replace("⏸", "▮▮")


def row_style(row: dict[str, Any]) -> StateStyle:
    """The style of a row of `ls --json`."""
    state = SessionState(row["state"])
    if state is not SessionState.FINISHED:
        return SESSIONS[state]
    if row["outcome"]:
        outcome = Outcome(row["outcome"])
        return IN_DOUBT if outcome is Outcome.SUCCEEDED and row["doubts"] else OUTCOMES[outcome]
    return _source_style(row["source"]) if row["source"] is not None else SESSIONS[state]


def view_style(view: View) -> StateStyle:
    """The style of a session that was read."""
    source = view.session.source
    if view.state is SessionState.FINISHED and view.session.outcome is None and source is not None:
        return _source_style(msgspec.to_builtins(source))
    return session_style(view)


def _source_style(source: dict[str, Any]) -> StateStyle:
    """Of an imported session, or of one that was watched to an end that nobody knows."""
    sign = "?" if source.get("watched") else STAGES[StageState.IMPORTED].sign
    return StateStyle(sign, "muted", source_word(source))
