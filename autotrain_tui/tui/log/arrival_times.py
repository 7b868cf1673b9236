"""When lines of a log were seen to arrive: a log has no times of its own, but whoever watches it has."""

from __future__ import annotations

from array import array
from bisect import bisect_right

__all__ = ["ArrivalTimes"]

_MOST = 100_000
"""Moments that are remembered; then every second one is forgotten, its lines take the next one's time."""


class ArrivalTimes:
    """The size of a log at some moments; the line that ends at a place arrived at the first moment that had it."""

    def __init__(self) -> None:
        self._sizes = array("Q")
        self._times = array("d")

    def note(self, size: int, time: float | None) -> None:
        """The log has this size now; `time` in seconds since the epoch, None for what was there before we looked."""
        if self._sizes and size <= self._sizes[-1]:
            return
        self._sizes.append(size)
        self._times.append(-1.0 if time is None else time)
        if len(self._sizes) > _MOST:
            self._sizes, self._times = self._sizes[1::2], self._times[1::2]

    def at(self, place: int) -> float | None:
        """When the byte at a place arrived, in seconds since the epoch; None where nobody saw it."""
        index = bisect_right(self._sizes, place)
        time = self._times[index] if index < len(self._times) else -1.0
        return None if time < 0 else time
