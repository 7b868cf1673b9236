"""The input thread's wait: it sleeps until something is pressed.

Textual's own wakes ten times a second, to end a lone Escape and to see whether it shall leave (measured with Textual
8.2.8): a tenth of an idle screen's processor time.
"""

from __future__ import annotations

import os
import select
import time

__all__ = ["InputWait"]

_STEP_SECONDS = 0.1
"""Textual's own pace: what an escape sequence that is not complete needs, and leaving."""

_AFTER_INPUT_SECONDS = 1.0
"""Seconds after the last input in which a sequence may be incomplete; Textual gives up on one after 0.1."""


class InputWait:
    """Waits for input at a descriptor, as long as nobody presses anything; `hurry` is for other threads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._wake_end, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._hurried = False
        self._last = time.monotonic()

    def wait(self) -> bool:
        """Whether there is input; also returns when the parser's clock has to be asked, or the thread may leave."""
        now = time.monotonic()
        quiet = not self._hurried and now - self._last > _AFTER_INPUT_SECONDS
        ready = select.select([self._descriptor, self._wake_end], [], [], None if quiet else _STEP_SECONDS)[0]
        if self._wake_end in ready:
            os.read(self._wake_end, 64)
        if self._descriptor in ready:
            self._last = time.monotonic()
        return self._descriptor in ready

    def hurry(self) -> None:
        """From now on return ten times a second: the thread shall leave."""
        self._hurried = True
        os.write(self._wake, b"\0")

    def close(self) -> None:
        """The thread has left: give the descriptors back."""
        os.close(self._wake_end)
        os.close(self._wake)
