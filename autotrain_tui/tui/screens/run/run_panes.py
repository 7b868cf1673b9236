"""Run's panes: stages, and beside them the log; for a session that has ended the card of what came of it first."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.model.earlier import Earlier
from autotrain_tui.tui.panes.finish_card import FinishCard
from autotrain_tui.tui.widgets.container import PlainContainer

__all__ = ["RunPanes"]


class RunPanes(PlainContainer):
    """Decides between card and log. The style sheet reads the class `-card` of the screen."""

    BINDING_GROUP_TITLE = "Stages"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "card", "Log", id="run.card", tooltip="The log of an ended session, or its summary again")
    ]

    def __init__(self, view: View | None, changed: Callable[[], None], *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        """`changed` is called when a person has opened or closed the card."""
        super().__init__(id=id)
        self._changed = changed
        self._card_closed = False
        self._session_ended = _has_ended(view)

    @property
    def shows_card(self) -> bool:
        """Whether the card is in sight: in the place of the log, in a high window above it."""
        return self._session_ended and not self._card_closed

    def show(self, view: View, earlier: Earlier, *, fresh: bool) -> None:
        """Draw the card of a session that has ended; a person who reads the log while it ends goes on reading."""
        ended = _has_ended(view)
        if fresh:
            self._card_closed = False
        elif ended and not self._session_ended:
            self._card_closed = isinstance(self.screen.focused, LogPane)
        self._session_ended = ended
        self._arrange()
        if ended:
            self.query_one(FinishCard).show(view, earlier)

    def close_card(self) -> None:
        """Show the log, where it has no room below the card."""
        if not self._card_closed and not self.screen.has_class("-high"):
            self._card_closed = True
            self._arrange()
            self._changed()

    def action_card(self) -> None:
        """The log, or the card again."""
        self._card_closed = not self._card_closed
        self._arrange()
        self._changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """A session that runs has no card."""
        return self._session_ended if action == "card" else True

    def _arrange(self) -> None:
        if self.screen.has_class("-card") != self.shows_card:
            self.screen.set_class(self.shows_card, "-card")
            self.screen.refresh_bindings()


def _has_ended(view: View | None) -> bool:
    return view is not None and view.finished and view.session.outcome is not None
