"""What a chart shows, before it is drawn: curves placed on one x axis, stage borders, facts. Pure data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Axis, Bucket, Series

__all__ = ["LEGEND_FROM", "Curve", "Picture"]

LEGEND_FROM = 8
"""Lines from which a picture is drawn with a line of its own for the values of the x axis, and one for its legend."""


class Curve(msgspec.Struct, frozen=True):
    """One line of a picture: a series whose places on `axis` begin at `start` on the picture's x axis."""

    series: Series
    start: float = 0.0
    colour: str = "curve-1"
    axis: Axis = "time"
    label: str = ""
    """Whose it is, for a legend and a read-out; curves of one label are one line."""
    quiet: bool = False
    """Only a background (what a smoothed line was made from)."""
    smooth: bool = False
    """A line that was smoothed: it has no band of its own."""

    @property
    def ends(self) -> tuple[float, float]:
        """The first and the last place on x."""
        places = self.series.xs(self.axis)
        return (self.start + places[0], self.start + places[-1]) if places else (self.start, self.start)

    def columns(self, count: int, x: tuple[float, float]) -> Iterator[tuple[int, Bucket]]:
        """What falls into each of `count` columns of the range x; empty ones are left out."""
        across = count / (x[1] - x[0]) if x[1] > x[0] else 0.0
        for bucket in self.series.reduce(count, x[0] - self.start, x[1] - self.start, self.axis):
            place = int((bucket.x + self.start - x[0]) * across)
            yield max(0, min(count - 1, place)), bucket

    def at(self, x: float) -> tuple[float, float] | None:
        """The point nearest to a place, as (place on x, value); None outside of the line's ends."""
        first, last = self.ends
        if not len(self.series) or not first <= x <= last:
            return None
        index = self.series.nearest(x - self.start, self.axis)
        return None if index is None else (self.start + self.series.xs(self.axis)[index], self.series.ys[index])


class Picture(msgspec.Struct, frozen=True):
    """What a curve pane shows. `borders`: where a stage begins on x, and its label. `facts` is already in words."""

    title: str
    curves: tuple[Curve, ...] = ()
    borders: Sequence[tuple[float, str]] = ()
    facts: str = ""
    empty: str = "no values yet"
    end: float | None = None
    """The right edge of x; the last point's when None."""
    axis: Axis = "time"
    log: bool = False
    marks: tuple[float, ...] = ()
    """Places on x where a resumed attempt began to count again."""
    best: tuple[float, float] | None = None
    """The best value's place on x, and the value; None if the metric has no goal."""
    legend: tuple[tuple[str, str], ...] = ()
    """Names and colours of the lines, for a line of their own; empty if the title says it."""
    window: tuple[float, float] | None = None
    """The part of x that is looked at; None: all of it."""
