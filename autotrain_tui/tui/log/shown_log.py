"""The log that a pane shows: its file, its line numbers, and the last notice about it."""

from __future__ import annotations

from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.tui.log.issues import LogIssues

__all__ = ["BACKGROUND", "ShownLog"]

BACKGROUND = BackgroundWorker()
"""Indexes and scans of all panes, in one thread."""


class ShownLog:
    """The state that the parts of a log pane share."""

    def __init__(self, file: LogFile, title: str, *, live: bool) -> None:
        self.file = file
        self.index = LineIndex(file)
        self.issues = LogIssues(file, BACKGROUND)
        self.title = title
        self.live = live
        """May lines still arrive? Only then is the file watched."""
        self.notice = ""
        """What happened to the file, or to a key's action; shown at the foot until Escape."""
        self.left_at: int | None = None
        """Lines there were when the reader left the end; lines after it are counted as new."""

    def number_of(self, place: int) -> int | None:
        """The number (from 0) of the line at a place; None while it is not counted."""
        return self.index.number_of(place)

    def reindex(self) -> None:
        """Count the lines again: the text is another."""
        self.close()
        self.index = LineIndex(self.file)
        self.issues = LogIssues(self.file, BACKGROUND)
        self.left_at = None

    def close(self) -> None:
        """Give up the counts."""
        BACKGROUND.remove(self.index)
        self.issues.close()
