"""What the stop and checkpoint signals ask of the training: flags that it looks at between batches."""

from __future__ import annotations

import signal
from types import FrameType

__all__ = ["STOPPED", "SignalFlags"]

STOPPED = 128 + int(signal.SIGTERM)
"""The exit code after a stop: not 0, so that nobody takes half a training for a whole one."""


class SignalFlags:
    """SIGTERM: save and end. SIGUSR1: save and go on.

    The handlers only take note: printing inside one can break a print that is under way.
    """

    def __init__(self) -> None:
        self.stop = False
        self.checkpoint = False
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGUSR1, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            self.stop = True
        else:
            self.checkpoint = True
