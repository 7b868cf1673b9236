"""Where the open session's numbers are sent, and how far that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autotrain_tui.session.history.tracker_documents import tracker_sentence
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.panes.machine_pane import MachinePane
from autotrain_tui.tui.widgets.line import Line, cut, line

__all__ = ["MOST_TRACKERS", "TrackersPane"]

MOST_TRACKERS = 4
"""Lines that the pane has at most."""


class TrackersPane(MachinePane):
    """A line for each tracker; the screen leaves it out if there is none."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.documents: Sequence[dict[str, Any]] = ()
        self.session = ""

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
