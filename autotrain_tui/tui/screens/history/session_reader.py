"""Reading all sessions for History: some at a time, in a thread, and anew when one came, went or went on."""

from __future__ import annotations

import asyncio
import os

from textual import work

from autotrain_tui.tui.model.session_rows import RowReader, SessionRow
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["SessionReading"]

_LOOK_EVERY = 5


class SessionReading(ModeScreen):
    """Part of a screen: `rows` is what has been read; subclasses draw it in `show_rows`."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[SessionRow] = []
        self.progress = ""
        """How far the first reading is; empty once it is done."""
        self._seconds = 0
        self._looked_at = 0

    def show_rows(self) -> None:
        """There is something new in `rows`."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Look anew."""
        super().on_screen_resume()
        self.look()

    def tick_always(self) -> None:
        """Every few seconds: has a session come or gone, or is one unfinished?"""
        self._seconds += 1
        due = self._seconds % _LOOK_EVERY == 0 and not self.progress
        if due and (self._folder_stamp() != self._looked_at or any(row.live for row in self.rows)):
            self.look()

    def _folder_stamp(self) -> int:
        try:
            return os.stat(self.app.sessions).st_mtime_ns
        except OSError:
            return 0

    def look(self) -> None:
        """Read the sessions, some at a time, in a thread; what is read is shown at once."""
        self._look()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        self._looked_at = self._folder_stamp()
        reader, found = RowReader(self.app.sessions), list[SessionRow]()
        first = not self.rows
        while (more := await asyncio.to_thread(reader.take)) is not None:
            found += more
            if first and self.whole:
                self.rows, self.progress = found, f"reading, {len(found):,} so far"
                self.show_rows()
        self.rows, self.progress = found, ""
        if self.whole:
            self.show_rows()
