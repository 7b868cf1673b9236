"""Who wants to know when a log changes is told: one thread looks at the files, the event loop sleeps meanwhile.

A look is a stat(2), which a dead network home can hold up for minutes: here it holds up only this thread, and
`silent_seconds` tells the screen, which then leaves the file alone instead of freezing with it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["LOOKS_PER_SECOND", "LogWatch"]

LOOKS_PER_SECOND = 15
"""A screen that changes more often than this is only more work."""


class _FileStamp(NamedTuple):
    identity: tuple[int, int] | None
    size: int = 0
    modified: int = 0


class LogWatch:
    """Looks at paths while anybody is interested in one; `told` is called from the watching thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[object, tuple[str, _FileStamp | None, Callable[[], None]]] = {}
        self._asked = 0.0
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, key: object, path: str, told: Callable[[], None]) -> None:
        """Call `told` now-ish and whenever the file at `path` changes; a second call for a key replaces the first."""
        with self._lock:
            self._watched[key] = (path, None, told)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log-watch", daemon=True)
                self._thread.start()
        self._wake.set()

    def unwatch(self, key: object) -> None:
        """Stop telling; the thread sleeps when nobody watches."""
        with self._lock:
            self._watched.pop(key, None)

    @property
    def silent_seconds(self) -> float:
        """How long the file system has been owing an answer; 0 when it owes none."""
        asked = self._asked
        return time.monotonic() - asked if asked else 0.0

    def _run(self) -> None:
        while True:
            with self._lock:
                watched = list(self._watched.items())
            if not watched:
                self._wake.wait()
            self._wake.clear()
            for key, (path, before, told) in watched:
                now = self._stamp(path)
                if now == before:
                    continue
                with self._lock:
                    if self._watched.get(key) != (path, before, told):
                        continue
                    self._watched[key] = (path, now, told)
                with contextlib.suppress(RuntimeError):  # a screen that is closing takes no messages any more
                    told()
            self._wake.wait(1 / LOOKS_PER_SECOND)

    def _stamp(self, path: str) -> _FileStamp:
        self._asked = time.monotonic()
        try:
            status = os.stat(path)
        except OSError:
            return _FileStamp(None)
        finally:
            self._asked = 0.0
        return _FileStamp((status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns)
