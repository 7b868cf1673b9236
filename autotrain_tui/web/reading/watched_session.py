"""Sessions that somebody looks at: folded and read on while they are watched, forgotten a minute later.

No descriptor stays open, and nothing is read between two requests.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.event_base import Alert
from autotrain_tui.session.journal.session_view import SessionFollower, View
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.model.session_curves import SessionCurves
from autotrain_tui.web.reading.session_stream import Frames, StateVersions
from autotrain_tui.web.reading.stream_cursor import StreamCursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    NewsMaker = Callable[[View, StreamCursor, StateVersions], Frames]

__all__ = ["WatchedSession", "WatchedSessions"]

_FRESH_SECONDS = 0.4
"""A view that is newer is not read again: fifty viewers cost as much as one."""
_IDLE_SECONDS = 60.0
_READING_SECONDS = 0.5
"""For the readings of a request: a curve of days is shown as far as it is read, and the page asks for the rest."""


class WatchedSession:
    """One session: its state, its count of alerts, its curves. `viewers` counts the open streams."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        self.viewers = 0
        self.used = time.monotonic()
        self.alert_counts: Counter[str] = Counter()
        """Alerts by kind, of the whole session."""
        self._follower = SessionFollower(folder)
        self._curves = SessionCurves()
        self._view: View | None = None
        self._looked = 0.0
        self._versions = StateVersions()
        self._shared_view: View | None = None
        self._shared: dict[str, Frames] = {}
        self._lock = asyncio.Lock()

    async def look(self) -> View:
        """The session now. Raises RecordsError if it cannot be read any more."""
        async with self._lock:
            return await self._look()

    async def _look(self) -> View:
        self.used = now = time.monotonic()
        if self._view is None or now - self._looked >= _FRESH_SECONDS:
            self._view = await asyncio.to_thread(self.read)
            self._looked = now
        return self._view

    def read(self) -> View:
        """The same at once, in the calling thread. Raises RecordsError, also for a session that was deleted."""
        try:
            self.folder.journal.stat()
        except FileNotFoundError:
            raise RecordsError(self.folder.loss(f"session {self.folder.id}")) from None
        except OSError:
            pass  # not readable just now: the reader says so, if it is so for it too
        view, events = self._follower.poll()
        for event in events:
            if isinstance(event, Alert):
                self.alert_counts[event.kind] += 1
        return view

    async def curves(self) -> tuple[View, SessionCurves]:
        """The session now, and its curves up to now; `behind` where there was no time to read them all."""
        async with self._lock:
            view = await self._look()
            await self._curves.update(view, _READING_SECONDS)
            return view, self._curves

    async def shared(self, cursor: StreamCursor, make: NewsMaker) -> Frames:
        """What is new since a cursor, made once for all readers that stand at the same place."""
        async with self._lock:
            view = await self._look()
            if self._shared_view is not view:
                self._shared_view, self._shared = view, {}
            key = str(cursor)
            if key not in self._shared:
                self._shared[key] = await asyncio.to_thread(make, view, cursor, self._versions)
            return self._shared[key]


class WatchedSessions:
    """The sessions that were asked for in the last minute, by id."""

    def __init__(self) -> None:
        self._kept: dict[str, WatchedSession] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def of(self, folder: SessionFolder) -> WatchedSession:
        """The session, watched from now on."""
        watched = self._kept.get(folder.id)
        if watched is None:
            watched = self._kept[folder.id] = WatchedSession(folder)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._forget)
        return watched

    def __iter__(self) -> Iterator[WatchedSession]:
        return iter(tuple(self._kept.values()))

    def _forget(self) -> None:
        """Drop those that nobody has asked for; with the last one the timer ends."""
        self._sweep = None
        now = time.monotonic()
        for name, watched in tuple(self._kept.items()):
            if not watched.viewers and now - watched.used >= _IDLE_SECONDS:
                del self._kept[name]
        if self._kept:
            self._sweep = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._forget)
