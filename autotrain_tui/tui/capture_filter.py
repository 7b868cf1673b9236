"""Lines that stand for themselves in a capture of the screen.

`tmux capture-pane -e` and its like write colours only where they change, from one line into the next; whatever reads
such a capture line by line loses them. The last cell of each line differs by one unit of blue from the rest, which
is invisible, and so every line of a capture names its colours again.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

__all__ = ["SelfContainedLines"]


class SelfContainedLines(LineFilter):
    """Shifts the last cell's colours by one unit."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  the base's form
        """The line with its last cell shifted; as it is where that cell has no colours of its own."""
        if not segments:
            return segments
        text, style, control = segments[-1]
        if control or not text or style is None or style.bgcolor is None:
            return segments
        shifted = style + _shift(style.color, style.bgcolor)
        if len(text) == 1:
            return [*segments[:-1], Segment(text, shifted)]
        return [*segments[:-1], Segment(text[:-1], style), Segment(text[-1], shifted)]


@lru_cache(maxsize=1024)
def _shift(fore: RichColor | None, back: RichColor | None) -> Style:
    """The colours next to these; by colours, as no two rows of a log have the same style (it holds their place)."""
    return Style.from_color(_neighbour(fore), _neighbour(back))


def _neighbour(colour: RichColor | None) -> RichColor | None:
    if colour is None or colour.triplet is None:
        return colour
    red, green, blue = colour.triplet
    return RichColor.from_rgb(red, green, blue - 1 if blue else 1)
