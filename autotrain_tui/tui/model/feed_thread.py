"""Reads the open session in a thread of its own, so that a home that does not answer blocks neither keys nor drawing.

A thread that hangs in the kernel cannot be ended: it is a daemon, left behind when another session is opened or the
screen is closed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from autotrain_tui.logs.poll_pace import PollPace
from autotrain_tui.session.records.clock import iso
from autotrain_tui.tui.model.session_feed import FeedChange, SessionFeed

__all__ = ["FeedThread"]

POLL_SECONDS = 0.1
SILENT_SECONDS = 1.5
"""A poll that takes longer waits for the disk: a person is told."""


class FeedThread:
    """Polls a feed until `stop` or `over`: ten times a second while the session changes, at rest once a second."""

    def __init__(self, feed: SessionFeed, notify: Callable[[], None], over: Callable[[], bool] = lambda: False) -> None:
        """`notify` is called from the thread when there is a change to take; `over`: whether nobody takes one any
        more, so that the thread ends however the screen was left.
        """
        self.feed = feed
        self._notify, self._over = notify, over
        self._changes: deque[FeedChange] = deque()
        self._began = 0.0
        self._stopped = False
        self._pace = PollPace(POLL_SECONDS)
        threading.Thread(target=self._run, name="session-feed", daemon=True).start()

    def stop(self) -> None:
        """End the thread, at once or when the disk answers."""
        self._stopped = True
        self._pace.wake()

    def take(self) -> list[FeedChange]:
        """The changes since the last call, oldest first."""
        return [self._changes.popleft() for _ in range(len(self._changes))]

    @property
    def silence(self) -> str:
        """One sentence while the disk does not answer; else empty."""
        began = self._began
        waited = time.monotonic() - began if began else 0.0
        if waited < SILENT_SECONDS:
            return ""
        since = iso(time.time() - waited)[11:19]
        return (
            f"cannot read {self.feed.folder.path} since {since} UTC: the disk does not answer; training needs no screen"
        )

    def _run(self) -> None:
        paths = [str(path) for path in self.feed.paths]
        while not (self._stopped or self._over()):
            self._began = time.monotonic()
            self._pace.look(paths)
            before = self.feed.stamps
            change = self.feed.poll()
            self._began = 0.0
            if change is not None and not self._stopped:
                self._changes.append(change)
                self._notify()
            self._pace.rest(changed=self.feed.stamps != before)
        self._pace.close()
