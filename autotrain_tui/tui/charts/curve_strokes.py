"""Draws curves on a canvas of dots: a band from the lowest to the highest value, and the mean as a thin line. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from autotrain_tui.text import format as fmt
from autotrain_tui.tui.charts.dot_canvas import DotCanvas
from autotrain_tui.tui.charts.y_axis import YAxis
from autotrain_tui.tui.model.curve_picture import Curve

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Bucket

__all__ = ["Columns", "Signs", "draw_curves", "spike_signs"]

Columns = list[tuple[int, "Bucket"]]
"""What falls into each column of dots, in order; columns without points are left out."""
Signs = dict[tuple[int, int], tuple[str, str]]
"""Characters and their colour tokens by (row, cell)."""

_ABOVE, _BELOW = "▲", "▼"
_DOTTED = 3
"""Every third dot of the line between two stages is drawn."""
_NOISY_FROM, _NOISY_SHARE, _NOISY_DOTS = 24, 0.3, 1.5
"""A curve of so many columns is noisy if it turns in this share of them, by more than this number of dots."""
_NEIGHBOURS = 3
"""Columns at either side that the mean line of a noisy curve takes in; fewer at the ends."""


def draw_curves(canvas: DotCanvas, curves: Sequence[Curve], columns: Sequence[Columns], axis: YAxis) -> None:
    """All bands first, then the dotted joints between stages, then the lines; later curves over earlier ones."""
    lines = []
    for curve, each in zip(curves, columns, strict=True):
        means = [] if curve.quiet else list(_means(each, axis))
        noisy = not curve.smooth and _is_noisy(means, canvas.rows)
        if curve.quiet or noisy:
            band = curve.colour if curve.quiet else _band(curve)
            canvas.shade(_spans(_joined(_whole(each, axis), canvas.columns), canvas), band)
        elif not curve.smooth:
            canvas.shade(_spans(_ranges(each, axis), canvas), _band(curve))
        lines.append(_levelled(means) if noisy else means)
    for before, after in _neighbours(curves, columns):
        canvas.shade(_dotted(before, after, axis, canvas), "faint")
    for curve, means in zip(curves, lines, strict=True):
        if means:
            canvas.mark(_spans(_joined(means, canvas.columns), canvas), curve.colour)


def _band(curve: Curve) -> str:
    """The colour token of a curve's band."""
    return curve.colour.replace("curve-", "band-")


def _spans(ranges: Iterable[tuple[int, float, float]], canvas: DotCanvas) -> Iterator[tuple[int, int, int]]:
    """Columns with their lowest and highest share as rows of dots, from the top. Shares beyond 0 and 1 may be infinite:
    they are compared before they are multiplied.
    """
    rows = canvas.rows
    bottom = rows - 1
    for column, low, high in ranges:
        yield (
            column,
            (bottom - int(high * rows) if high > 0.0 else bottom) if high < 1.0 else 0,
            (bottom - int(low * rows) if low > 0.0 else bottom) if low < 1.0 else 0,
        )


def _ranges(columns: Columns, axis: YAxis) -> Iterable[tuple[int, float, float]]:
    """The lowest and the highest share of each column that has several values."""
    if axis.log:
        share = axis.share
        return [(at, share(each.low), share(each.high)) for at, each in columns if each.high > each.low]
    bottom, across = axis.bottom, 1.0 / (axis.unit * axis.rows)
    return [
        (column, (low - bottom) * across, (high - bottom) * across)
        for column, (_, _, low, high, _, _) in columns
        if high > low
    ]


_Stroke = tuple[int, float, float, float, float]
"""A column, and the shares of its first, its lowest, its highest and its last value."""


def _means(columns: Columns, axis: YAxis) -> Iterator[_Stroke]:
    share = axis.shares()
    for column, bucket in columns:
        if axis.log and bucket.mean <= 0:
            continue
        mean = share(bucket.mean)
        yield column, mean, mean, mean, mean


def _is_noisy(means: Sequence[_Stroke], rows: int) -> bool:
    """Whether the line goes up and down, by more than a dot, in so many columns that only its mean can be read."""
    if len(means) < _NOISY_FROM:
        return False
    turns, before, direction = 0, means[0][1], 0.0
    for _, share, *_ in means:
        step = share - before
        if abs(step) * rows > _NOISY_DOTS:
            turns += step * direction < 0
            before, direction = share, step
    return turns > _NOISY_SHARE * len(means)


def _levelled(means: Sequence[_Stroke]) -> list[_Stroke]:
    """The mean of each column and its neighbours."""
    sums = list(itertools.accumulate((stroke[1] for stroke in means), initial=0.0))
    found = []
    for place, stroke in enumerate(means):
        reach = min(_NEIGHBOURS, place, len(means) - 1 - place)
        mean = (sums[place + reach + 1] - sums[place - reach]) / (2 * reach + 1)
        found.append((stroke[0], mean, mean, mean, mean))
    return found


def _whole(columns: Columns, axis: YAxis) -> Iterator[_Stroke]:
    share = axis.shares()
    for column, bucket in columns:
        if axis.log and bucket.high <= 0:
            continue
        yield column, share(bucket.first), share(bucket.low), share(bucket.high), share(bucket.last)


def _joined(strokes: Iterable[_Stroke], count: int) -> Iterator[tuple[int, float, float]]:
    """The lowest and the highest share of each of `count` columns, with straight lines that leave no gap."""
    lows, highs = [math.inf] * count, [-math.inf] * count
    before, last = -1, 0.0
    for column, begin, low, high, end in strokes:  # a thousand times a drawing: min and max take three times as long
        if low < lows[column]:  # noqa: PLR1730
            lows[column] = low
        if high > highs[column]:  # noqa: PLR1730
            highs[column] = high
        if column == before + 1 and before >= 0:
            middle = (last + begin) / 2
            for at in (before, column):
                if middle < lows[at]:  # noqa: PLR1730
                    lows[at] = middle
                if middle > highs[at]:  # noqa: PLR1730
                    highs[at] = middle
        elif before >= 0 and column > before:
            # each column takes the line from half a column before to half a column after
            slope = (begin - last) / (column - before)
            for at in range(before, column + 1):
                one = last + slope * max(0.0, at - 0.5 - before)
                two = last + slope * min(float(column - before), at + 0.5 - before)
                lows[at], highs[at] = min(lows[at], one, two), max(highs[at], one, two)
        before, last = column, end
    for column, (low, high) in enumerate(zip(lows, highs, strict=True)):
        if high >= low:
            yield column, low, high


def _neighbours(
    curves: Sequence[Curve], columns: Sequence[Columns]
) -> Iterator[tuple[tuple[int, float], tuple[int, float]]]:
    """The last point of each stage of a line and the first point of the next one, as column and value."""
    ends: dict[tuple[str, str], tuple[int, float]] = {}
    for curve, each in zip(curves, columns, strict=True):
        if curve.quiet or not each:
            continue
        line = (curve.label, curve.colour)
        if line in ends and each[0][0] >= ends[line][0]:
            yield ends[line], (each[0][0], each[0][1].mean)
        ends[line] = (each[-1][0], each[-1][1].mean)


def _dotted(
    before: tuple[int, float], after: tuple[int, float], axis: YAxis, canvas: DotCanvas
) -> Iterator[tuple[int, int, int]]:
    """Every third dot of the straight line between two places."""
    if axis.log and min(before[1], after[1]) <= 0:
        return
    bottom = canvas.rows - 1
    begin, end = (bottom - min(bottom, int(axis.share(value) * canvas.rows)) for _, value in (before, after))
    across, down = after[0] - before[0], end - begin
    length = max(across, abs(down))
    for step in range(_DOTTED, length, _DOTTED):
        row = begin + round(down * step / length)
        yield before[0] + round(across * step / length), row, row


def spike_signs(canvas: DotCanvas, curves: Sequence[Curve], columns: Sequence[Columns], axis: YAxis) -> Signs:
    """A sign where values are cut at an edge, and the furthest value beside it if there is room."""
    if axis.log:
        return {}
    signs: Signs = {}
    for row, sign, edge, better in ((0, _ABOVE, axis.top, max), (axis.rows - 1, _BELOW, axis.low, min)):
        cut: dict[int, tuple[float, str]] = {}
        for curve, each in zip(curves, columns, strict=True):
            for column, bucket in each:
                value = bucket.high if sign == _ABOVE else bucket.low
                if better(value, edge) != edge:
                    cell = column >> 1
                    cut[cell] = (better(value, cut[cell][0]) if cell in cut else value, curve.colour)
        for cell, (value, colour) in cut.items():
            signs[row, cell] = (sign, colour)
            if cell - 1 not in cut:
                run = [value]
                while cell + len(run) in cut:
                    run.append(cut[cell + len(run)][0])
                text = fmt.value(better(run))
                places = range(cell + len(run), cell + len(run) + len(text))
                if places.stop <= canvas.width and all(canvas.blank(row, place) for place in places):
                    signs |= {(row, place): (letter, "muted") for place, letter in zip(places, text, strict=True)}
    return signs
