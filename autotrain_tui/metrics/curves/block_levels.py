"""Two levels of minima, maxima and sums over blocks of a series' values: what a drawing asks of millions of points."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from autotrain_tui.metrics.curves.column import FINE, Column

__all__ = ["BlockLevels"]

_COARSE = 64  # blocks of the first level a block of the second
_AT_ONCE = 1 << 14  # values whose extremes are found at once


class BlockLevels:
    """The lowest value, the highest value and the sum of each complete block of values, and of blocks of blocks.

    They are made once they are asked for, as those of most series of a session never are, and kept up to date from then
    on: `is_asked`.
    """

    def __init__(self, *, asked: bool = False) -> None:
        self.is_asked = asked
        self._fine = (array("d"), array("d"), array("d"))
        self._coarse = (array("d"), array("d"), array("d"))

    def truncate(self, keep: int) -> None:
        """Forget the blocks that hold values from an index on."""
        for size, level in ((FINE, self._fine), (FINE * _COARSE, self._coarse)):
            for blocks in level:
                del blocks[keep // size :]

    def grow(self, values: Column) -> None:
        """Bring the blocks up to date with the values that are complete blocks."""
        _grow((values, values, values), self._fine, FINE)
        _grow(self._fine, self._coarse, _COARSE)

    def extend(self, added: list[float], values: Column) -> None:
        """Bring the blocks up to date with values that are about to be added: quicker while they are a list."""
        begin = len(self._fine[0]) * FINE
        if begin < len(values) - FINE:
            self.grow(values)
            begin = len(self._fine[0]) * FINE
        rest = values[begin:].tolist() + added
        blocks = list(zip(*[iter(rest)] * FINE, strict=False))  # the incomplete one is left out
        lows, highs, sums = self._fine
        lows.extend(map(min, blocks))
        highs.extend(map(max, blocks))
        sums.extend(map(sum, blocks))
        _grow(self._fine, self._coarse, _COARSE)

    def summary(
        self, begin: int, end: int, values: Column, window: Sequence[float] | None = None, base: int = 0
    ) -> tuple[float, float, float]:
        """The lowest, the highest and the mean of the values [begin:end], of which there is at least one.

        `window` holds these values too, from index `base` on, and is quicker to ask.
        """
        ys = values if window is None else window
        first, last = -(-begin // FINE), end // FINE
        if last <= first:
            part = list(ys[begin - base : end - base])  # an array makes each figure anew at every look
            low, high = min(part), max(part)
            return low, high, _mean(sum(part), end - begin, low, high)
        if len(self._fine[0]) < last:
            self.is_asked = True
            self.grow(values)
        lows, highs, sums = self._blocks(first, last)
        low, high, total = min(lows), max(highs), sum(sums)
        if begin < first * FINE or last * FINE < end:
            edges = list(ys[begin - base : first * FINE - base])
            edges += ys[last * FINE - base : end - base]
            total += sum(edges)
            edges += low, high
            low, high = min(edges), max(edges)
        return low, high, _mean(total, end - begin, low, high)

    def _blocks(self, first: int, last: int) -> list[array[float]]:
        """The lows, the highs and the sums that the fine blocks [first:last] consist of."""
        begin, end = -(-first // _COARSE), last // _COARSE
        if end <= begin:
            return [level[first:last] for level in self._fine]
        parts = zip(self._fine, self._coarse, strict=True)
        return [
            coarse[begin:end] + fine[first : begin * _COARSE] + fine[end * _COARSE : last] for fine, coarse in parts
        ]


def _grow(
    below: Sequence[Column | array[float]], level: tuple[array[float], array[float], array[float]], size: int
) -> None:
    """Add the blocks of `size` values that are complete and new."""
    lows, highs, sums = level
    begin, end = len(lows) * size, len(below[0]) // size * size
    for at in range(begin, end, _AT_ONCE):  # lists: each figure of an array is made anew when it is looked at
        stop = min(end, at + _AT_ONCE)
        bottoms = below[0][at:stop].tolist()
        same = below[1] is below[0]
        tops, totals = (bottoms, bottoms) if same else (below[1][at:stop].tolist(), below[2][at:stop].tolist())
        starts = range(0, len(bottoms), size)
        lows.extend([min(bottoms[i : i + size]) for i in starts])
        highs.extend([max(tops[i : i + size]) for i in starts])
        sums.extend([sum(totals[i : i + size]) for i in starts])


def _mean(total: float, count: int, low: float, high: float) -> float:
    """The mean, between the extremes also where rounding or a sum beyond the largest number says otherwise."""
    mean = total / count
    return mean if low <= mean <= high else low / 2 + high / 2
