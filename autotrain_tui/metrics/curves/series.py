"""A metric's curve: points over step, epoch, index or time, made to be drawn at any width in no time.

Points are kept in columns, 8 bytes a figure; those of a long series lie in a file (`column`). Appending is O(1).
Drawing asks for buckets with their extremes and means; two levels of minima, maxima and sums over blocks of points
answer that.
"""

from __future__ import annotations

import math
import struct
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal, NamedTuple, cast

from autotrain_tui.metrics.curves.block_levels import BlockLevels
from autotrain_tui.metrics.curves.column import FINE, Column
from autotrain_tui.metrics.curves.column_search import WHOLE, fill_missing, first_from, search

__all__ = ["Axis", "Bucket", "Series", "doubles"]

Axis = Literal["step", "epoch", "index", "time"]

_FINE = FINE  # points a block
_ZEROS = array("d", [0.0])


class Bucket(NamedTuple):
    """What falls into one column of a drawing: where it begins, its first, lowest, highest and last value, the mean."""

    x: float
    first: float
    low: float
    high: float
    last: float
    mean: float


def doubles(values: Sequence[float]) -> array[float]:
    """Figures as an array, made several times as fast as `array` makes it. Raises struct.error: one is no number."""
    return values if isinstance(values, array) else array("d", struct.pack(f"{len(values)}d", *values))


class Series:
    """The points of one metric in the order read. `xs` never goes back on any axis.

    `axis` is the one the points are best drawn over: step where every point has one, else epoch, else their index.
    Steps that start again within a series (a log that counts from 0 in each epoch and never says of how many) are no
    axis. `version` grows when points already told are changed or taken back.
    """

    def __init__(self, name: str, *, drawn: bool = False) -> None:
        """`drawn`: it surely will be; of other series what a drawing needs is made at the first look."""
        self.name = name
        self.version = 0
        self.ys = Column()
        self.ts = Column()
        self._steps = Column()
        self._epochs = Column()
        self._without_step = 0
        self._without_epoch = 0
        self._steps_restart = False
        self._levels = BlockLevels(asked=drawn)

    def __len__(self) -> int:
        return len(self.ys)

    def append(self, value: float, time: float, step: float | None = None, epoch: float | None = None) -> None:
        """One more point; `time` in seconds, never before the last point's."""
        self.extend((value,), (time,), (step,), (epoch,))

    def extend(
        self,
        values: Sequence[float],
        times: Sequence[float],
        steps: Sequence[float | None],
        epochs: Sequence[float | None],
        *,
        listed: list[float] | None = None,
    ) -> None:
        """More points, in order. Raises struct.error, and takes none of them, when a value or a time is no number.

        `listed`: the values as a list, where there is one beside an array, whose figures are made anew at every look.
        """
        ys, ts = doubles(values), doubles(times)
        if listed is not None and self._levels.is_asked and self.ys.is_long:
            self._levels.extend(listed, self.ys)
        self.ys.extend(ys)
        self.ts.extend(ts)
        self._without_step += self._extend_axis(self._steps, steps)
        self._without_epoch += self._extend_axis(self._epochs, epochs)
        self._spill()

    def _spill(self) -> None:
        """Write the points of a long series to the file, all but the newest."""
        if self.ys.spills:
            if self._levels.is_asked:
                self._levels.grow(self.ys)  # from what is still in memory
            for column in (self.ys, self.ts, self._steps, self._epochs):
                column.spill()

    def _extend_axis(self, known: Column, places: Sequence[float | None]) -> int:
        """Add places that never go back; how many there were none of. A place is stored once there is any."""
        filled, missing = cast("Sequence[float]", places), 0
        try:
            added = doubles(filled)
        except struct.error:  # some are missing, which costs less to find out than to look for
            missing = places.count(None)
            if missing < len(places):
                missing = sum(not isinstance(place, int | float) for place in places)
            elif not known:
                return missing
        if not known:
            known.extend(_ZEROS * (len(self.ys) - len(places)))
        before = known[-1] if known else -math.inf
        if missing:
            filled = fill_missing(places, max(before, 0.0))
            added = doubles(filled)
        if filled[0] < before or sorted(filled) != (filled if isinstance(filled, list) else list(filled)):
            added = self._straightened(added, before, steps=known is self._steps)
        known.extend(added)
        return missing

    def _straightened(self, places: array[float], highest: float, *, steps: bool) -> array[float]:
        """Let places that go back stay where the line was: ranks that share a log overtake each other by little."""
        found = array("d")
        for place in places:
            if place < highest:
                self._steps_restart = self._steps_restart or (steps and place < highest / 2)
            else:
                highest = place
            found.append(highest)
        return found

    def follow(self, other: Series, values: Sequence[float]) -> None:
        """More points: `values` at the places and times of another series' next points."""
        begin = len(self.ys)
        end = begin + len(values)
        self.ys.extend(doubles(values))
        self.ts.extend(other.ts[begin:end])
        for mine, theirs in ((self._steps, other._steps), (self._epochs, other._epochs)):
            mine.extend(theirs[len(mine) : end])
        self._without_step, self._without_epoch = other._without_step, other._without_epoch
        self._steps_restart = other._steps_restart
        self._spill()

    def cut(self, step: float | None, epoch: float | None) -> None:
        """Take back the points from a step on, or from an epoch on where steps are not known: they are repeated."""
        keep = len(self.ys)
        if step is not None and self.axis == "step":
            keep = search(self._steps, step)
        elif epoch is not None and self.axis == "epoch":
            keep = search(self._epochs, epoch)
        if keep == len(self.ys):
            return
        self.version += 1
        for points in (self.ys, self.ts, self._steps, self._epochs):
            points.truncate(keep)
        self._levels.truncate(keep)

    @property
    def axis(self) -> Literal["step", "epoch", "index"]:
        """What the points are best drawn over."""
        if not self._without_step and not self._steps_restart:
            return "step"
        if not self._without_epoch:
            return "epoch"
        return "index"

    def xs(self, axis: Axis | None = None) -> Sequence[float]:
        """The points' places on an axis, the series' own by default; they never go back."""
        axis = axis or self.axis
        if axis == "step":
            return self._steps
        if axis == "epoch":
            return self._epochs
        return self.ts if axis == "time" else range(len(self.ys))

    @property
    def last(self) -> float | None:
        """The newest value."""
        return self.ys[-1] if self.ys else None

    @property
    def low(self) -> float | None:
        """The lowest value."""
        return self._levels.summary(0, len(self), self.ys)[0] if self.ys else None

    @property
    def high(self) -> float | None:
        """The highest value."""
        return self._levels.summary(0, len(self), self.ys)[1] if self.ys else None

    def best(self, goal: Literal["min", "max"]) -> float | None:
        """The best value for a goal."""
        return self.high if goal == "max" else self.low

    def best_index(self, goal: Literal["min", "max"]) -> int | None:
        """The index of the first point with the best value."""
        best, which = self.best(goal), goal == "max"
        begin, end = 0, len(self.ys)
        while end - begin > _FINE:
            middle = (begin + end) // 2
            if self._levels.summary(begin, middle, self.ys)[which] == best:
                end = middle
            else:
                begin = middle
        return begin + self.ys[begin:end].index(best) if best is not None else None

    def place(self, index: int) -> tuple[float | None, float | None]:
        """Step and epoch of a point, where every point of the series has one."""
        step = self._steps[index] if self._steps and not self._without_step else None
        return step, self._epochs[index] if self._epochs and not self._without_epoch else None

    def nearest(self, x: float, axis: Axis | None = None) -> int | None:
        """The index of the point nearest to a place, for a cursor; of several at one place the last."""
        xs = self.xs(axis)
        if not xs:
            return None
        right = search(xs, x, right=True)
        if right == len(xs) or (right and x - xs[right - 1] <= xs[right] - x):
            return right - 1
        return search(xs, xs[right], right=True) - 1

    def reduce(self, width: int, lo: float, hi: float, axis: Axis | None = None) -> list[Bucket]:
        """The points between lo and hi in at most `width` columns of equal breadth; empty ones are left out.

        No extreme is lost: each column holds the lowest and highest of its points.
        """
        places = self.xs(axis)
        if width < 1 or not places or hi < lo:
            return []
        at, end = search(places, lo), search(places, hi, right=True)
        most = WHOLE * width
        xs, x_base = places.window(at, end, most) if isinstance(places, Column) else (places, 0)
        ys, base = self.ys.window(at, end, most)
        buckets: list[Bucket] = []
        width = width if hi > lo else 1
        breadth = (hi - lo) / width
        column = taken = 0
        dense = isinstance(xs, Column) and ys is self.ys
        while at < end:
            if dense and not at % _FINE:
                at, column = self._add_blocks(buckets, cast("Column", xs), at, column, (lo, breadth, width))
                if at >= end:
                    break
            x = xs[at - x_base]
            if width > 1:
                place = int((x - lo) / breadth)
                column = width - 1 if place >= width else max(place, column)
            last = column >= width - 1
            stop = end if last else first_from(xs, lo + (column + 1) * breadth, at, end, (taken, x_base))
            if stop - at > WHOLE and not last:
                stop -= stop % _FINE  # whole blocks: an edge is off by less than half a column, no point is lost
            if stop > at:
                low, high, mean = self._levels.summary(at, stop, self.ys, ys, base)
                buckets.append(Bucket(x, ys[at - base], low, high, ys[stop - 1 - base], mean))
                taken, at = stop - at, stop
            column += 1
        return buckets

    def _add_blocks(
        self, buckets: list[Bucket], xs: Column, at: int, column: int, columns: tuple[float, float, int]
    ) -> tuple[int, int]:
        """The same for columns of more than WHOLE points from the start of a block in the file on, until one is not.

        `columns`: where the first one begins, their breadth, how many. The next point's index and its column at least.
        """
        lo, breadth, width = columns
        (firsts, lasts), (y_firsts, y_lasts) = xs.blocks, self.ys.blocks
        block, count = at // _FINE, min(len(firsts), len(y_firsts))
        while block < count:
            x = firsts[block]
            column = max(column, int((x - lo) / breadth))
            edge = lo + (column + 1) * breadth
            stop = bisect_left(firsts, edge, block, count)
            if stop == count or column >= width - 1:
                break
            stop -= lasts[stop - 1] >= edge
            if (stop - block) * _FINE <= WHOLE:
                break
            low, high, mean = self._levels.summary(block * _FINE, stop * _FINE, self.ys)
            buckets.append(Bucket(x, y_firsts[block], low, high, y_lasts[stop - 1], mean))
            block, column = stop, column + 1
        return block * _FINE, column
