"""Wrong tokens cost time: each is answered after a second, and ten a minute are answered at all."""

from __future__ import annotations

import time
from collections import deque

__all__ = ["DELAY_SECONDS", "TokenTries"]

DELAY_SECONDS = 1.0
_MOST = 10
_WINDOW_SECONDS = 60.0
_ADDRESSES = 1024
"""Addresses that are remembered; the oldest is forgotten first."""


class TokenTries:
    """The wrong tokens of each address in the last minute. A right token is never refused for the wrong ones."""

    def __init__(self) -> None:
        self._tries: dict[str, deque[float]] = {}

    def wrong(self, address: str) -> bool:
        """Note a wrong token; False when the address has had its tries for this minute."""
        now = time.monotonic()
        tries = self._tries.pop(address, None) or deque(maxlen=_MOST)
        self._tries[address] = tries
        while len(self._tries) > _ADDRESSES:
            del self._tries[next(iter(self._tries))]
        if len(tries) == _MOST and now - tries[0] < _WINDOW_SECONDS:
            return False
        tries.append(now)
        return True
