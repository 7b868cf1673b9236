"""When the lines of a log arrived, for as long as the log was watched: its lines have no times of their own."""

from __future__ import annotations

from array import array
from bisect import bisect_right

__all__ = ["ArrivalTimes"]

_MOST = 100_000
"""Entries that are kept; above that every second one is dropped, and its lines take the next one's time."""


class ArrivalTimes:
    """Sizes of a log with their times; a line arrived at the first time at which the log was long enough to hold it."""

    def __init__(self) -> None:
        self._sizes = array("Q")
        self._times = array("d")

    def note(self, size: int, time: float | None) -> None:
        """Record the log's size; `time` in seconds since the epoch, None for text from before it was watched."""
        if self._sizes and size <= self._sizes[-1]:
            return
        self._sizes.append(size)
        self._times.append(-1.0 if time is None else time)
        if len(self._sizes) > _MOST:
            self._sizes, self._times = self._sizes[1::2], self._times[1::2]

    def at(self, place: int) -> float | None:
        """When the byte at a place arrived, in seconds since the epoch; None if it was not watched then."""
        index = bisect_right(self._sizes, place)
        time = self._times[index] if index < len(self._times) else -1.0
        return None if time < 0 else time
