"""History: every session there has been, newest first; a preview beside, a filter below, Enter opens."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.view import View, load_view
from autotrain_tui.tui.catalog import SessionCard, read_sessions, session_head, session_line
from autotrain_tui.tui.screens.base import ModeScreen
from autotrain_tui.tui.widgets.rows import Rows
from autotrain_tui.tui.widgets.session_sheet import SessionSheet

__all__ = ["HistoryScreen", "matches"]

_LOOK_EVERY = 5


def matches(card: SessionCard, words: str) -> bool:
    """Whether every word stands somewhere in the session's id, plan, mode, state, host or tags."""
    text = " ".join((card.folder.id, card.plan, card.mode, card.look.word, card.host, *card.tags)).lower()
    return all(word in text for word in words.lower().split())


class HistoryScreen(ModeScreen):
    """All sessions."""

    MODE = "history"
    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="history.filter", key_display="/",
                tooltip="Show only sessions that hold these words"),
        Binding("escape", "clear", "Clear filter", id="history.clear", show=False, tooltip="Show all sessions again"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._cards: list[SessionCard] = []
        self._seconds = 0

    def compose_body(self) -> ComposeResult:
        """Table, preview, filter."""
        with Horizontal(id="lists"):
            yield Rows[SessionCard]("Sessions", session_line, head=session_head, id="sessions", classes="pane",
                                    empty="No session is here. Every run is kept in the sessions folder.")
            yield SessionSheet(id="preview", classes="pane")
        yield Input(placeholder="filter: words of plan, mode, state, host, tags", id="filter", compact=True)

    def on_screen_resume(self) -> None:
        """Look anew."""
        super().on_screen_resume()
        self.look()

    def tick_always(self) -> None:
        """Every few seconds: has anything come or gone?"""
        self._seconds += 1
        if self._seconds % _LOOK_EVERY == 0:
            self.look()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def look(self) -> None:
        """Read the sessions, in a thread."""
        self._cards = await asyncio.to_thread(read_sessions, self.app.sessions)
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        words = self.query_one("#filter", Input).value
        rows = self.query_one("#sessions", Rows)
        shown = [card for card in self._cards if matches(card, words)]
        rows.facts = f"{len(shown)} of {len(self._cards)}" if words else f"{len(shown)}"
        rows.empty = "No session holds these words; Esc shows all." if words else rows.empty
        rows.show(shown, same=lambda card: card.folder.id)
        self._preview()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The session's own keys belong to Run."""
        return False if action == "act" else super().check_action(action, parameters)

    @on(Rows.Moved, "#sessions")
    @work(group="preview", exclusive=True, exit_on_error=False)
    async def _preview(self) -> None:
        card = self.query_one("#sessions", Rows).chosen
        sheet = self.query_one(SessionSheet)
        if not isinstance(card, SessionCard) or not sheet.display:
            return
        view: View | None
        try:
            view = await asyncio.to_thread(load_view, card.folder)
            trouble = ""
        except RecordsError as error:
            view, trouble = None, str(error)
        sheet.show(view, trouble)

    @on(Rows.Taken, "#sessions")
    def _taken(self) -> None:
        card = self.query_one("#sessions", Rows).chosen
        if isinstance(card, SessionCard) and not card.trouble:
            self.app.open_session(card.folder)

    def action_filter(self) -> None:
        """Type words."""
        field = self.query_one("#filter", Input)
        field.add_class("-open")
        field.focus()

    def action_clear(self) -> None:
        """All sessions again."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.remove_class("-open")
        self.query_one("#sessions", Rows).focus()

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        self._show()

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self.query_one("#sessions", Rows).focus()
