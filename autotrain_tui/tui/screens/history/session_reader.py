"""Reading all sessions for History: some at a time, in a thread, and again when one came, went or changed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from autotrain_tui.tui.model.session_rows import RowReader, SessionRow
from autotrain_tui.tui.widgets.background_work import run_in_background

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.screens.base.mode_screen import ModeScreen

__all__ = ["SessionReader"]

_LOOK_EVERY = 5
"""Seconds between two looks at the sessions' folder."""


class SessionReader:
    """`rows` is what has been read; `read` is called when there is more of it, or other rows."""

    def __init__(self, screen: ModeScreen, host: Host, read: Callable[[], None]) -> None:
        self._screen, self._host, self._read = screen, host, read
        self.rows: list[SessionRow] = []
        self.progress = ""
        """How far the first reading is; empty once it is done."""
        self._seconds = 0
        self._looked_at = 0

    def tick(self) -> None:
        """A second has passed: from time to time, has a session come or gone, or is one unfinished?"""
        self._seconds += 1
        due = self._seconds % _LOOK_EVERY == 0 and not self.progress
        if due and (self._folder_stamp() != self._looked_at or any(row.live for row in self.rows)):
            self.look()

    def look(self) -> None:
        """Read the sessions, some at a time, in a thread; what is read is shown at once."""
        run_in_background(self._screen, self._look, "look")

    def _folder_stamp(self) -> int:
        try:
            return os.stat(self._host.sessions).st_mtime_ns
        except OSError:
            return 0

    async def _look(self) -> None:
        self._looked_at = self._folder_stamp()
        reader, found = RowReader(self._host.sessions), list[SessionRow]()
        first = not self.rows
        while (more := await asyncio.to_thread(reader.take)) is not None:
            found += more
            if first and self._screen.whole:
                self.rows, self.progress = found, f"reading, {len(found):,} so far"
                self._read()
        self.rows, self.progress = found, ""
        if self._screen.whole:
            self._read()
