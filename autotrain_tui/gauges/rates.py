"""Rates from counters that only grow, with care for those that restart or disappear."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

__all__ = ["Rates"]

K = TypeVar("K", bound=Hashable)


class Rates(Generic[K]):
    """Pairs of counters by name; their growth per second, summed over the names that were there last time too."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: Mapping[K, tuple[int, int]] | None = None
        self._time = 0.0

    def since(self, counts: Mapping[K, tuple[int, int]]) -> tuple[float, float] | None:
        """The two rates per second since the call before; None in the first. A reset counter counts as unchanged."""
        now, before = self._clock(), self._last
        seconds = now - self._time
        self._last, self._time = counts, now
        if before is None or seconds <= 0:
            return None
        first = second = 0
        for name, (one, two) in counts.items():
            old = before.get(name)
            if old is not None:
                first += max(0, one - old[0])
                second += max(0, two - old[1])
        return first / seconds, second / seconds
