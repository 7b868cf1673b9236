"""Where a place on an axis is among the places of a series, which never go back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from autotrain_tui.metrics.curves.column import FINE, Column

__all__ = ["WHOLE", "fill_missing", "first_from", "search"]

WHOLE = 2 * FINE
"""Points a column of a drawing from which its edges may lie at blocks' edges: less than half a column of dots away, a
quarter of a cell. All points of a drawing of fewer are read from the file, which costs more than drawing them.
"""


def fill_missing(places: Sequence[float | None], last: float) -> list[float]:
    """Places where those that are missing (are no number) stand where the one before stood."""
    found = []
    for place in places:
        last = place if isinstance(place, int | float) else last
        found.append(last)
    return found


def search(xs: Sequence[float], x: float, begin: int = 0, end: int | None = None, *, right: bool = False) -> int:
    """`bisect_left` or `bisect_right` among places."""
    end = len(xs) if end is None else end
    if isinstance(xs, Column):
        return xs.search(x, begin, end, right=right)
    return (bisect_right if right else bisect_left)(xs, x, begin, end)


def first_from(xs: Sequence[float], x: float, at: int, end: int, before: tuple[int, int]) -> int:
    """The first index from `at` whose place is not before x, or the start of its block in a file.

    `before`: how many points the column before had, of which neighbouring columns hold about as many; the index of
    `xs`' first place.
    """
    taken, base = before
    if type(xs) is Column:  # an abstract class: isinstance takes as long as the search
        edge = xs.edge(x, at, end)
        return edge if edge - at > WHOLE else xs.search(x, at, end)
    near = at + 2 * taken
    near = near + 1 if near < end and xs[near - base] >= x else end
    return base + bisect_left(xs, x, at - base, near - base)
