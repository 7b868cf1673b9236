"""`session.json`, at most once a second while stages end, and at the session's end."""

from __future__ import annotations

import logging
import time
from typing import Final

from autotrain_tui.runner.core.journaled_state import JournaledState
from autotrain_tui.session.history.classic_document import classic_pieces
from autotrain_tui.session.records.folder import SessionFolder, replace_file

__all__ = ["SummaryWriter"]

log = logging.getLogger(__name__)

SECONDS: Final = 1.0
"""Between two summaries at least: one of a thousand stages takes longer than a short stage."""

SHARE: Final = 0.02
"""Of the runner's time at most: a summary of ten thousand stages is 4 MB, and is written less often."""


class SummaryWriter:
    """Writes the summary when it is due."""

    def __init__(self, folder: SessionFolder, state: JournaledState) -> None:
        self._folder, self._state = folder, state
        self._changed, self._next = False, 0.0

    def stage_ended(self) -> None:
        """The summary has changed: it is written now, or a second after the last one."""
        self._changed = True
        self.write_if_due()

    def write_if_due(self) -> float | None:
        """Write a changed summary; seconds until that may be done, or None if there is nothing to write."""
        if not self._changed:
            return None
        left = self._next - time.monotonic()
        if left > 0:
            return left
        self.write()
        return None

    def write(self) -> None:
        """Replace session.json; if the disk has no room the old one stays."""
        path, begun = self._folder.summary, time.monotonic()
        try:
            replace_file(path, classic_pieces(self._state.session, begun, self._state.writer.length))
        except OSError as error:
            log.warning("%s: can't be written: %s", path, error.strerror)
        now = time.monotonic()
        self._changed, self._next = False, now + max(SECONDS, (now - begun) / SHARE)
