"""Where a resumed attempt's points belong on the line of the attempts before it.

A resumed program does one of three things with its steps (or epochs, where it prints no steps):
it goes on behind the last one; it repeats some from its checkpoint on, and then the new points replace the old ones;
or it counts what is left from 0 or 1 again, and then the new points go on behind the old ones, moved by an offset.
A validation before the first step (one point at the very start, then a jump to where the line was) is none of these.
Pure: places in, an offset out.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Joint"]

_JUMP = 4.0
"""How many ordinary distances between points make a step from the start a jump back to the line."""


class Joint:
    """One series of a resumed attempt: `look` at its places in order until `settled`.

    `offset` is added to every place of the attempt; without one, what the line held from the place on is replaced.
    """

    __slots__ = ("_begin", "_first", "_last", "_spacing", "offset", "settled")

    def __init__(self, places: Sequence[float]) -> None:
        """`places` are the line's so far, in order; not empty."""
        self._first, self._last = places[0], places[-1]
        self._spacing = (self._last - self._first) / (len(places) - 1) if len(places) > 1 else None
        self._begin: float | None = None
        self.offset = 0.0
        self.settled = False

    def look(self, place: float, repeated_from: float | None) -> None:
        """The attempt's next place; `repeated_from` is where another series of the attempt joined its own line."""
        if self._begin is None:
            self._begin = place
            if place > self._first or (repeated_from is not None and place >= repeated_from):
                self.settled = True
            else:
                self.offset = self._last
        elif place != self._begin:
            if place > self._first and self._jumps(place):
                self.offset = 0.0
            self.settled = True

    def _jumps(self, place: float) -> bool:
        assert self._begin is not None
        if self._spacing is None:
            return place > self._last
        return place - self._begin > _JUMP * self._spacing
