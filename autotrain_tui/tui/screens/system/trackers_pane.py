"""Where the open session's numbers are sent, and how far that is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autotrain_tui.session.history.tracker_documents import tracker_documents, tracker_sentence
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.panes.machine_pane import MachinePane
from autotrain_tui.tui.screens.system.arrangement import FRAME
from autotrain_tui.tui.widgets.background_work import background
from autotrain_tui.tui.widgets.line import Line, cut, line

if TYPE_CHECKING:
    from autotrain_tui.session.journal.session_view import View

__all__ = ["MOST_TRACKERS", "TrackersPane"]

MOST_TRACKERS = 4
"""Lines that the pane has at most."""


class TrackersPane(MachinePane):
    """A line for each tracker; the screen leaves it out if there is none."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.documents: Sequence[dict[str, Any]] = ()
        self.session = ""
        self.display = False  # until something is known to be sent
        self._reading = False

    def take(self, view: View | None) -> None:
        """Show what was read since the last sample, and look again."""
        self.display = bool(self.documents)
        self.styles.height = min(MOST_TRACKERS, len(self.documents)) + FRAME
        self._look(view)

    @background("trackers", exclusive=False)
    async def _look(self, view: View | None) -> None:
        """Read what is sent of the open session, in a thread: its disk may not answer. One look at a time."""
        if self._reading:
            return
        self._reading = True
        try:
            documents = await asyncio.to_thread(tracker_documents, view.folder) if view is not None else []
        finally:
            self._reading = False
        self.documents, self.session = documents, view.folder.id if view is not None else ""

    def frame_facts(self) -> tuple[str, str]:
        """How many."""
        return "Trackers", str(len(self.documents))

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """What was sent to each, and what keeps it from more."""
        return [cut(self._line(each), width) for each in self.documents[:height]]

    def _line(self, document: dict[str, Any]) -> Line:
        colour = "warning" if document["error"] or document["problems"] or document["alive"] is False else ""
        if document["state"] == "done" and not document["unread_bytes"]:
            colour = "muted"
        sentence = sanitize(tracker_sentence(document, self.session))
        return line(" ", (sanitize(document["target"]), "accent"), "  ", (sentence, colour))
