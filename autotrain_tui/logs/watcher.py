"""Notifies when a log changes: one thread looks at the files, so that the event loop can sleep.

A look is a stat(2), which a dead network file system can block for minutes: here it blocks only this thread, and
`silent_seconds` tells the screen, which then stops reading the file instead of blocking too.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from autotrain_tui.logs.poll_pace import PollPace

__all__ = ["POLLS_PER_SECOND", "LogWatch"]

POLLS_PER_SECOND = 15
"""More updates than this would cost CPU time and show nothing more."""


class _FileStamp(NamedTuple):
    identity: tuple[int, int] | None
    size: int = 0
    modified: int = 0


class LogWatch:
    """Looks at the watched paths; callbacks are called from the thread that looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[object, tuple[str, _FileStamp | None, Callable[[], None]]] = {}
        self._waiting_since = 0.0
        self._pace = PollPace(1 / POLLS_PER_SECOND)
        self._thread: threading.Thread | None = None

    def watch(self, key: object, path: str, notify: Callable[[], None]) -> None:
        """Call `notify` soon, and whenever the file at `path` changes; a second call for a key replaces the first."""
        with self._lock:
            self._watched[key] = (path, None, notify)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log-watch", daemon=True)
                self._thread.start()
        self._pace.wake()

    def unwatch(self, key: object) -> None:
        """Stop watching; the thread sleeps while nothing is watched."""
        with self._lock:
            self._watched.pop(key, None)

    @property
    def silent_seconds(self) -> float:
        """How long a poll has been waiting for the file system; 0 if none is waiting."""
        since = self._waiting_since
        return time.monotonic() - since if since else 0.0

    def _run(self) -> None:
        while True:
            with self._lock:
                watched = list(self._watched.items())
            if not watched:
                self._pace.sleep()
                continue
            self._waiting_since = time.monotonic()
            self._pace.look([path for _, (path, _, _) in watched])
            changed = [self._look(key, *entry) for key, entry in watched]
            self._pace.rest(changed=True in changed)

    def _look(self, key: object, path: str, before: _FileStamp | None, notify: Callable[[], None]) -> bool:
        """Whether the file has changed."""
        now = self._stamp(path)
        if now == before:
            return False
        with self._lock:
            if self._watched.get(key) != (path, before, notify):
                return True
            self._watched[key] = (path, now, notify)
        with contextlib.suppress(RuntimeError):  # a screen that is closing takes no messages
            notify()
        return True

    def _stamp(self, path: str) -> _FileStamp:
        self._waiting_since = time.monotonic()
        try:
            status = os.stat(path)
        except OSError:
            return _FileStamp(None)
        finally:
            self._waiting_since = 0.0
        return _FileStamp((status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns)
