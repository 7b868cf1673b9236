"""A picture of curves as numbers and paths that a browser draws at any width: the same for the server's SVG and the
script's. x runs from 0 to 1000, y from 0 (top) to 1000; texts are ready, places are percent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autotrain_tui.tui.model.axis import Scale, tick_texts, x_text, x_ticks
from autotrain_tui.web.reading.safe_text import safe

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Bucket
    from autotrain_tui.tui.model.curve_picture import Curve, Picture

__all__ = ["SIDE", "Json", "drawing_of"]

Json = dict[str, Any]
SIDE = 1000
"""Units of a side of the drawing."""

_COLUMNS = (60, 2000)
_Y_TICKS, _X_TICKS = 5, 5
_FEW = 24
"""Fewer buckets than this show every value: a spike among few is a value like any other."""


def drawing_of(
    picture: Picture, columns: int, window: tuple[float, float] | None = None, *, reading: bool = False
) -> Json:
    """The picture in `columns` columns (at most two pixels each is enough), of the part `window` of x if given.

    A first spike does not flatten the rest: the scale ends near the 98th percentile and `cut` says so.
    `reading`: there are more points than were read yet, so that the last value is not known.
    """
    columns = min(max(columns, _COLUMNS[0]), _COLUMNS[1])
    lines = [curve for curve in picture.curves if len(curve.series)]
    whole = _x_range(picture, lines)
    low, high = window if window is not None and window[1] > window[0] else whole
    found = [list(curve.columns(columns, (low, high))) for curve in lines]
    scale, cut = _y_scale([bucket for each in found for _, bucket in each], log=picture.log)
    return {
        "title": safe(picture.title),
        "facts": "reading the rest …" if reading else safe(picture.facts),
        "reading": reading,
        "empty": safe(picture.empty),
        "axis": picture.axis,
        "log": picture.log,
        "x": [low, high],
        "whole": list(whole),
        "y": [scale.low, scale.high],
        "cut": cut,
        "y_ticks": _y_ticks(scale) if any(found) else [],
        "x_ticks": [
            [_percent(place, low, high), x_text(place, picture.axis)]
            for place in x_ticks(low, high, _X_TICKS, picture.axis)
        ],
        "borders": [
            [_percent(place, low, high), safe(label)] for place, label in picture.borders if low <= place <= high
        ],
        "lines": [
            _line(curve, [bucket for _, bucket in buckets], (low, high), scale)
            for curve, buckets in zip(lines, found, strict=True)
            if buckets
        ],
    }


def _line(curve: Curve, buckets: Sequence[Bucket], x: tuple[float, float], scale: Scale) -> Json:
    return {
        "colour": curve.colour,
        "quiet": curve.quiet,
        "label": safe(curve.label),
        "d": _path(curve, buckets, x, scale),
        "points": [] if curve.quiet else [[bucket.x + curve.start, bucket.last] for bucket in buckets],
    }


def _path(curve: Curve, buckets: Iterable[Bucket], x: tuple[float, float], scale: Scale) -> str:
    """The line as an SVG path: each bucket's first, lowest, highest and last value at its place."""
    across = SIDE / (x[1] - x[0]) if x[1] > x[0] else 0.0
    words: list[str] = []
    before = (-1, -1)
    for bucket in buckets:
        left = round((bucket.x + curve.start - x[0]) * across)
        nearer = abs(bucket.first - bucket.low) <= abs(bucket.first - bucket.high)
        between = (bucket.low, bucket.high) if nearer else (bucket.high, bucket.low)
        for value in (bucket.first, *between, bucket.last):
            if not math.isfinite(value) or (scale.log and value <= 0):
                continue
            point = left, round(SIDE * (1 - scale.share(value)))
            if point != before:
                words.append(f"{'L' if words else 'M'}{point[0]} {point[1]}")
                before = point
    if len(words) == 1:  # one point alone would draw nothing
        words.append("h1")
    return "".join(words)


def _x_range(picture: Picture, lines: Sequence[Curve]) -> tuple[float, float]:
    low = min((curve.ends[0] for curve in lines), default=0.0)
    low = min([low, *(place for place, _ in picture.borders)])
    high = max([picture.end or low, *(curve.ends[1] for curve in lines)])
    return (low, high) if high > low else (low, low + 1.0)


def _y_scale(buckets: Sequence[Bucket], *, log: bool) -> tuple[Scale, bool]:
    """The scale, and whether some values lie beyond it."""
    lows = sorted(bucket.low for bucket in buckets if math.isfinite(bucket.low) and (not log or bucket.low > 0))
    highs = sorted(bucket.high for bucket in buckets if math.isfinite(bucket.high) and (not log or bucket.high > 0))
    if not lows or not highs:
        return Scale(0.1 if log else 0.0, 1.0, log), False
    low, high = lows[0], highs[-1]
    cut = False
    if not log and len(highs) >= _FEW:
        near_high, near_low = highs[int(len(highs) * 0.98) - 1], lows[int(len(lows) * 0.02) + 1]
        usual = near_high - near_low
        if usual > 0 and high > near_high + 2 * usual:
            high, cut = near_high + 0.2 * usual, True
        if usual > 0 and low < near_low - 2 * usual:
            low, cut = near_low - 0.2 * usual, True
    if high <= low:
        around = abs(low) * 0.1 or 1.0
        low, high = (low / 2, low * 2) if log else (low - around, high + around)
    elif not log:
        low, high = low - (high - low) * 0.04, high + (high - low) * 0.04
    return Scale(low, high, log), cut


def _y_ticks(scale: Scale) -> list[list[Any]]:
    places = scale.ticks(_Y_TICKS)
    return [
        [round(100 * (1 - scale.share(place)), 2), text] for place, text in zip(places, tick_texts(places), strict=True)
    ]


def _percent(place: float, low: float, high: float) -> float:
    return round(100 * (place - low) / (high - low), 2)
