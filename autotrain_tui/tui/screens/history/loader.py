"""Reading all sessions for History: some at a time, in a thread, and anew when one came, went or went on."""

from __future__ import annotations

import asyncio
import os

from textual import work

from autotrain_tui.tui.model.session_rows import Past, Turns
from autotrain_tui.tui.screens.base import ModeScreen

__all__ = ["PastReading"]

_LOOK_EVERY = 5


class PastReading(ModeScreen):
    """Part of a screen: `past` is what has been read; subclasses draw it in `show_past`."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Past] = []
        self.progress = ""
        """How far the first reading is; empty once it is done."""
        self._seconds = 0
        self._looked_at = 0

    def show_past(self) -> None:
        """There is something new in `past`."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Look anew."""
        super().on_screen_resume()
        self.look()

    def tick_always(self) -> None:
        """Every few seconds: has a session come or gone, or is one unfinished?"""
        self._seconds += 1
        due = self._seconds % _LOOK_EVERY == 0 and not self.progress
        if due and (self._folder_stamp() != self._looked_at or any(past.live for past in self.past)):
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
        turns, found = Turns(self.app.sessions), list[Past]()
        first = not self.past
        while (more := await asyncio.to_thread(turns.take)) is not None:
            found += more
            if first and self.whole:
                self.past, self.progress = found, f"reading, {len(found):,} so far"
                self.show_past()
        self.past, self.progress = found, ""
        if self.whole:
            self.show_past()
