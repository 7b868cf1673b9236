"""The signal to the runner's main loop: wake up, or end with an error."""

from __future__ import annotations

import asyncio

__all__ = ["LoopSignal"]


class LoopSignal:
    """Wakes the main loop; `fail` also makes it end with the error."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        """Why the runner can't go on; None while it can."""
        self.ending = False
        """Whether a person ends the session, journaled or not yet: nothing more is started."""
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something has changed: the main loop looks again."""
        self._woken.set()

    def fail(self, error: BaseException) -> None:
        """Make the main loop raise `error`."""
        self.error = error
        self._woken.set()

    def clear(self) -> None:
        """The main loop looks now. Raises the error of `fail`."""
        self._woken.clear()
        if self.error is not None:
            raise self.error

    async def wait(self, seconds: float | None) -> None:
        """Return at the next `wake`, or after `seconds` (None: never)."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass
