"""Rows that are kept as the compositor took them, until the widget is refreshed.

For each painting Textual's compositor asks every widget between the outermost changes for all its rows, and a widget
works out colours, frame and filters anew for each of them: with one clock that changed, most of an idle screen's
processor time (measured with Textual 8.2.8).
"""

from __future__ import annotations

from collections.abc import Callable

from textual.strip import Strip

__all__ = ["KeptRows"]


class KeptRows:
    """The rows of one widget. It forgets them in `refresh` and with other styles; size and filters are in the key.

    Rows depend on nothing else: Textual, too, keeps each line of a widget until then.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._rows: list[Strip] = []

    def take(self, key: tuple[object, ...], draw: Callable[[], list[Strip]]) -> list[Strip]:
        """The rows, drawn if they are not known or were drawn for another key."""
        if key != self._key:
            self._rows = draw()
            self._key = key
        return self._rows

    def forget(self) -> None:
        """Have them drawn again."""
        self._key = None
