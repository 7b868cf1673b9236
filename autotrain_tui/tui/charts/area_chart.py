"""A gauge's recent past as an area chart, drawn with the same dots as curves: two moments a cell. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from autotrain_tui.tui.charts.dot_canvas import DotCanvas
from autotrain_tui.tui.widgets.line import Line, level, line

__all__ = ["SECONDS", "TimeScale", "area_chart", "fitting_scale", "recent", "samples_of_column", "stretched_chart"]

SECONDS = 120
"""The shortest time span of a chart; at one sample a second, the number of samples."""


_WIDEST = 16
"""Columns of a sample at most, in a chart that has only a few."""


class TimeScale(NamedTuple):
    """`each` samples share a column, or one sample is `wide` columns wide."""

    each: int = 1
    wide: int = 1

    def samples(self, columns: int) -> int:
        """How many samples so many columns show."""
        return columns * self.each // self.wide


def fitting_scale(count: int, columns: int) -> TimeScale:
    """The scale at which `count` samples fill more than half of a chart of `columns`, as soon as there are enough.

    The scales double, so that a chart is drawn anew only a few times until it has its two minutes.
    """
    wide = _WIDEST
    while wide > 1 and count * wide > columns:
        wide //= 2
    each, most = 1, samples_of_column(columns)
    while each < most and count > columns * each:
        each *= 2
    return TimeScale(min(each, most), wide)


def samples_of_column(width: int) -> int:
    """How many samples share one of `width` columns."""
    return max(1, -(-SECONDS // width))


def recent(values: Sequence[float | None], width: int, scale: TimeScale | None = None) -> list[float | None]:
    """The last samples in `width` columns, the newest at the right; samples that share a column are averaged.

    Without a `scale` they are the last two minutes, and a wider chart reaches further back.
    """
    if width <= 0:
        return []
    each, wide = scale if scale is not None else (samples_of_column(width), 1)
    shown = list(values[-each * width :])
    if wide > 1:
        shown = [number for number in shown[-(width // wide + 1) :] for _ in range(wide)][-width:]
    columns: list[float | None] = []
    for end in range(len(shown), 0, -each):
        known = [number for number in shown[max(0, end - each) : end] if number is not None]
        columns.append(sum(known) / len(known) if known else None)
    columns += [None] * (width - len(columns))
    return columns[::-1]


def area_chart(
    values: Sequence[float | None],
    width: int,
    height: int,
    top: float | None = 100.0,
    colour: str = "",
    *,
    scale: TimeScale | None = None,
) -> list[Line]:
    """The recent values up to `top` (None: the largest one), in `height` lines; a missing value leaves a gap.

    Without a `colour`, what is near to `top` is amber and red: higher rows, or of a single row, higher columns.
    """
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    by_load = not colour and top is not None
    colour = colour or "gauge"
    canvas = DotCanvas(width, height)
    columns = recent(values, canvas.columns, scale)
    if top is None:
        top = max((number for number in columns if number is not None), default=0.0)
    spans = list(_spans(columns, top, canvas.rows))
    if by_load and height == 1:
        for token, part in groupby(spans, lambda span: level(100.0 * (canvas.rows - span[1]) / canvas.rows)):
            canvas.mark(part, token)
        return canvas.lines()
    canvas.mark(spans, colour)
    lines = canvas.lines()
    if by_load:  # a row has the colour of a load that fills it
        tokens = [level(100.0 * (height - row) / height) for row in range(height)]
        lines = [line(*((text, token) for text, _ in each)) for each, token in zip(lines, tokens, strict=True)]
    return lines


def stretched_chart(
    values: Sequence[float | None], width: int, height: int, top: float | None = 100.0, colour: str = ""
) -> list[Line]:
    """As `area_chart`, at the scale at which the values that there are fill it."""
    return area_chart(values, width, height, top, colour, scale=fitting_scale(len(values), 2 * max(1, width)))


def _spans(columns: Sequence[float | None], top: float, rows: int) -> Iterator[tuple[int, int, int]]:
    """The dots of each column: at least one, so that a value of 0 is visible, unlike a missing one."""
    for column, number in enumerate(columns):
        if number is not None and math.isfinite(number):
            high = max(1, min(rows, round(number / top * rows))) if top > 0 else 1
            yield column, rows - high, rows - 1
