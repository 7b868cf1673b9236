"""Tells a click that chooses from a click on what a person has chosen already, which opens it."""

from __future__ import annotations

from textual import events

__all__ = ["Clicks"]

_CHAIN_SECONDS = 1.0
"""Longer than the clicks of a double click are apart."""


class Clicks:
    """The clicks on one widget.

    A click that also brings the focus only chooses. So does the second click of a double click whose first one was on
    another widget: the first one has opened a screen, and the pointer is over whatever that screen has there.
    """

    def __init__(self) -> None:
        self._fresh = True
        self._opened = False
        self._last = 0.0

    def left(self) -> None:
        """The widget has lost the focus."""
        self._fresh = True

    def again(self, event: events.Click) -> bool:
        """Whether this click opens what is chosen; a double click does so once. To be asked once for each click."""
        self._opened = self._is_own(event) and not self._fresh and not (event.chain > 1 and self._opened)
        self._fresh = False
        return self._opened

    def double(self, event: events.Click) -> bool:
        """Whether this is the second click of a double click."""
        return self._is_own(event) and event.chain == 2

    def _is_own(self, event: events.Click) -> bool:
        """Whether the first click of the chain was here too."""
        own = event.chain == 1 or event.time - self._last < _CHAIN_SECONDS
        self._last = event.time
        return own
