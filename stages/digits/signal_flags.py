"""The stop and checkpoint signals as flags, which the training checks between batches."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from types import FrameType

__all__ = ["STOPPED", "Requests", "SignalFlags"]

STOPPED = 128 + int(signal.SIGTERM)
"""The exit code after a stop: not 0, because the training is incomplete."""


@dataclass
class Requests:
    """What the training is asked to do before the next batch."""

    stop: bool = False
    checkpoint: bool = False


class SignalFlags(Requests):
    """SIGTERM: save and end. SIGUSR1: save and continue.

    The handlers only set flags: printing in a handler can break a print in progress.
    """

    def __init__(self) -> None:
        super().__init__()
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGUSR1, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            self.stop = True
        else:
            self.checkpoint = True
