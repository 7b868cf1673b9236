"""Rows that are kept as the compositor took them, until the widget is refreshed.

For each painting Textual's compositor asks every widget between the outermost changes for all its rows, and a widget
works out colours, frame and filters anew for each of them: with one clock that changed, most of an idle screen's
processor time (measured with Textual 8.2.8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import Region
from textual.strip import Strip

__all__ = ["KeptRows"]


class KeptRows:
    """The rows of one widget. It forgets them in `refresh` and with other styles; size and filters are in the key.

    Rows depend on nothing else: Textual, too, keeps each line of a widget until then.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._rows: list[Strip] = []
        self._outdated: set[int] = set()
        """Which rows of the widget are to be drawn again."""

    def take(self, crop: Region, key: tuple[object, ...], draw: Callable[[Region], list[Strip]]) -> list[Strip]:
        """The rows of a part of the widget, drawn if they are not known or were drawn for another key."""
        if self._key is None or self._key[0] != crop or self._key[1] != key:
            self._rows, self._key = draw(crop), (crop, key)
            self._outdated.clear()
        elif self._outdated:
            begin = max(crop.y, min(self._outdated))
            end = min(crop.bottom, max(self._outdated) + 1)
            self._outdated.clear()
            if begin < end:
                rows = draw(Region(crop.x, begin, crop.width, end - begin))
                self._rows = [*self._rows[: begin - crop.y], *rows, *self._rows[end - crop.y :]]
        return self._rows

    def outdate(self, regions: Sequence[Region], top: int) -> None:
        """Have the rows of these parts of the content drawn again; `top`: the content's first row."""
        for region in regions:
            self._outdated.update(range(region.y + top, region.bottom + top))

    def forget(self) -> None:
        """Have all of them drawn again."""
        self._key = None
