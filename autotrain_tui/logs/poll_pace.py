"""How long a thread that looks at files may rest: it looks often while they change, and at rest hardly ever.

At rest it is woken by the first change, where the system tells of one. It looks once a second in any case: a file
system may be written to by other machines, or another path may lead to the same file.

The system does not tell on a file system of the network, and while all of a user's inotify instances are taken (128,
`max_user_instances`): then it looks often, and after a few seconds without a change twice a second.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain_tui.logs.change_events import ChangeEvents

__all__ = ["PollPace"]

SETTLED_SECONDS = 0.3
"""Seconds without a change after which the files are at rest."""
REST_SECONDS = 1.0
"""Seconds between two looks at rest."""
LONG_SECONDS = 5.0
"""Seconds without a change after which nobody waits for the next one, and until instances are asked for again."""
UNTOLD_SECONDS = 0.5
"""Seconds between two looks then, where nothing tells of a change."""


class PollPace:
    """Used by one thread: `look`, then its look at the files, then `rest`. `wake` is for the others."""

    def __init__(self, seconds: float) -> None:
        """`seconds` between two looks while the files change, or until they have long been at rest untold."""
        self._seconds = seconds
        self._woken = threading.Event()
        self._events: ChangeEvents | None = None
        self._next_try = 0.0
        """When events are asked for, while there are none."""
        self._changed = time.monotonic()
        self.told = False
        """Will a change be told?"""

    def look(self, paths: Sequence[str]) -> None:
        """The files at these paths are about to be looked at. May block as long as their disk does."""
        self._woken.clear()
        at_rest = time.monotonic() - self._changed >= SETTLED_SECONDS
        self.told = at_rest and self._open() and self._events is not None and self._events.expect(paths)

    def rest(self, *, changed: bool) -> None:
        """Wait until the next look is due. `changed`: this look found a change."""
        if changed:
            self._changed = time.monotonic()
        if not self.told or changed or self._events is None:
            long = not changed and time.monotonic() - self._changed >= LONG_SECONDS
            self._woken.wait(max(self._seconds, UNTOLD_SECONDS) if long else self._seconds)
        elif not self._woken.is_set() and self._events.wait(REST_SECONDS):
            self._changed = time.monotonic()

    def sleep(self) -> None:
        """There is nothing to look at: wait for `wake`."""
        self._woken.wait()
        self._woken.clear()

    def wake(self) -> None:
        """Have the next look now."""
        self._woken.set()
        events = self._events
        if events is not None:
            events.wake()

    def close(self) -> None:
        """Give the descriptors back; called by the thread that looks."""
        events, self._events, self._next_try = self._events, None, math.inf
        if events is not None:
            events.close()

    def _open(self) -> bool:
        if self._events is None and time.monotonic() >= self._next_try:
            from autotrain_tui.logs.change_events import ChangeEvents  # ctypes: not before the first paint

            try:
                self._events = ChangeEvents()
            except OSError:
                self._next_try = time.monotonic() + LONG_SECONDS
        return self._events is not None
