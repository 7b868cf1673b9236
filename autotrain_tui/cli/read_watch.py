"""Says on stderr that a command waits for a disk: a home that hangs must not look like a command that does nothing.

A thread says it, since the command itself waits in the kernel. It is made with `_thread`: `threading` costs start-up.
"""

from __future__ import annotations

import _thread
import os
import time

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    import argparse
    from types import TracebackType

__all__ = ["ReadWatch"]

PATIENCE_SECONDS = 3.0
_LOOK_SECONDS = 0.5


class ReadWatch:
    """`with watch:` around what reads; one message each time that it takes too long."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._since = 0.0
        self._watched = False
        self._lock = _thread.allocate_lock()

    @classmethod
    def of(cls, options: argparse.Namespace) -> ReadWatch:
        """The watch of what a command line selects, before its folders are looked for."""
        return cls(options.sessions_dir or options.project or os.environ.get("AUTOTRAIN_SESSIONS_DIR") or os.getcwd())

    def __enter__(self) -> None:
        with self._lock:
            self._since = time.monotonic()
            if not self._watched:
                self._watched = True
                _thread.start_new_thread(self._watch, ())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._since = 0.0

    def _watch(self) -> None:
        told = 0.0
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                since = self._since
                if not since:  # nothing is read any more: the thread ends
                    self._watched = False
                    return
            if since == told or time.monotonic() - since < PATIENCE_SECONDS:
                continue
            told = since
            began = time.strftime("%H:%M:%S", time.gmtime(time.time() - (time.monotonic() - since)))
            text = f"autotrain-tui: still reading {self._place} since {began} UTC: the disk may not answer\n"
            try:
                os.write(2, text.encode("utf-8", "replace"))
            except OSError:
                return
