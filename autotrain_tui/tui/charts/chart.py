"""Pictures of curves as lines of text: frame, axes, curves and what is written beside them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice

import msgspec

from autotrain_tui.text import format as fmt
from autotrain_tui.tui.charts.cursor_values import cursor_values
from autotrain_tui.tui.charts.curve_strokes import Columns, Signs, draw_curves, spike_signs
from autotrain_tui.tui.charts.dot_canvas import DotCanvas, Dots
from autotrain_tui.tui.charts.x_axis import axis_line, ticks_line
from autotrain_tui.tui.charts.y_axis import YAxis, robust_range, y_axis
from autotrain_tui.tui.model.curve_picture import LEGEND_FROM, Curve, Picture
from autotrain_tui.tui.model.stage_places import border_starts
from autotrain_tui.tui.widgets.line import Line, cut, flow, line, right

__all__ = ["Frame", "axis_line", "frame_of", "picture_lines", "plot", "read_range", "x_range"]

_LEAST_GUTTER = 5
_ROUGH_COLUMNS = 24
_LAST_FROM = 30
"""Cells from which the last values stand at the right of the curves."""
_BORDER_CELLS = 5
"""Cells a stage from which a line stands where it begins."""
_MOST_LAST = 9
"""The most cells that a last value takes."""


class Frame(msgspec.Struct, frozen=True):
    """The layout of a picture: the gutter's width, the curve's cells, the margin at the right, and both axes."""

    gutter: int
    width: int
    rows: int
    margin: int
    x: tuple[float, float]
    y: YAxis

    def column(self, x: float) -> int | None:
        """The curve's cell for a place on x; None if it is outside."""
        if not self.x[0] <= x <= self.x[1]:
            return None
        return min(self.width - 1, int((x - self.x[0]) / (self.x[1] - self.x[0]) * self.width))

    def place(self, column: int) -> float:
        """The place on x in the middle of a cell."""
        return self.x[0] + (column + 0.5) / self.width * (self.x[1] - self.x[0])


def plot(
    curves: Iterable[Curve],
    width: int,
    height: int,
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    dots: Dots | None = None,
) -> list[Line]:
    """The curves without axes in `height` lines of `width` cells; later curves are drawn over earlier ones."""
    canvas = DotCanvas(width, height, dots)
    if 1e-300 < y[1] - y[0] < math.inf:
        curves = list(curves)
        columns = [list(curve.columns(canvas.columns, x)) for curve in curves]
        draw_curves(canvas, curves, columns, YAxis(y[0], (y[1] - y[0]) / height, height))
    return canvas.lines()


def x_range(picture: Picture) -> tuple[float, float]:
    """All of x that the picture has."""
    curves = [curve for curve in picture.curves if len(curve.series)]
    if not curves:
        return 0.0, 1.0
    x = (
        min([curve.ends[0] for curve in curves] + [0.0] * bool(picture.borders)),
        max(curve.ends[1] for curve in curves) if picture.end is None else picture.end,
    )
    return x if x[1] > x[0] else (x[0], x[0] + 1.0)


def read_range(picture: Picture) -> tuple[float, float]:
    """The part of x that a cursor reads: from the first to the last point of its lines, without the time before."""
    ends = [curve.ends for curve in picture.curves if len(curve.series) and not curve.quiet]
    return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else x_range(picture)


def _kept(picture: Picture) -> list[float]:
    """Values that no range leaves out: each line's last one, and the best one."""
    if picture.window is not None:
        return []
    last = [value for curve in picture.curves if (value := curve.series.last) is not None]
    return [*last, picture.best[1]] if picture.best is not None else last


def _value_axis(picture: Picture, columns: list[Columns], rows: int) -> YAxis:
    """The axis of the values in sight; never empty, never so large that arithmetic fails."""
    buckets = [bucket for each in columns for _, bucket in each]
    lows, highs = [bucket.low for bucket in buckets], [bucket.high for bucket in buckets]
    if not buckets:
        return y_axis(0.0, 1.0, rows)
    if picture.log and max(highs) > 0:
        high = max(highs)
        return y_axis(min((low for low in lows if low > 0), default=high / 10), high, rows, log=True)
    return y_axis(*robust_range(lows, highs, _kept(picture)), rows)


def frame_of(picture: Picture, width: int, height: int) -> tuple[Frame, list[Columns]]:
    """The layout of a picture in `width` x `height` cells, and each curve's columns."""
    rows = height - (2 if height >= LEGEND_FROM else 1) - _has_legend(picture, height)
    x = picture.window or x_range(picture)
    margin = 0
    if width >= _LAST_FROM:
        margin = min(_MOST_LAST, max((len(text) + 1 for _, text, _ in _last_values(picture, x)), default=0))
    gutter = _LEAST_GUTTER
    # the labels' width depends on the visible values, which depend on the room that the labels leave: a few columns
    # tell it as a rule, so that all of them are reduced once
    axis = _value_axis(picture, _columns(picture, _ROUGH_COLUMNS, x), rows)
    while True:
        gutter = max([gutter, *(len(text) for _, text in axis.labels)])
        room = max(4, width - gutter - 3 - margin)
        columns = _columns(picture, 2 * room, x)
        axis = _value_axis(picture, columns, rows)
        if all(len(text) <= gutter for _, text in axis.labels):
            return Frame(gutter, room, rows, margin, x, axis), columns


def _columns(picture: Picture, count: int, x: tuple[float, float]) -> list[Columns]:
    """Each curve's points in so many columns."""
    return [list(curve.columns(count, x)) for curve in picture.curves]


def _last_values(picture: Picture, x: tuple[float, float]) -> list[tuple[float, str, str]]:
    """The last value of each line that ends in sight: the value, its text and its colour."""
    found: dict[str, tuple[float, float, str]] = {}
    colours = {curve.label: curve.colour for curve in picture.curves if not curve.quiet}
    for curve in picture.curves:
        end = curve.ends[1]
        if not curve.smooth and curve.series.last is not None and end >= found.get(curve.label, (-math.inf,))[0]:
            found[curve.label] = (end, curve.series.last, colours.get(curve.label, curve.colour))
    return [(value, fmt.value(value), colour) for end, value, colour in found.values() if x[0] <= end <= x[1]]


def _margin_texts(picture: Picture, frame: Frame) -> dict[int, tuple[str, str]]:
    """What stands at the right of each row: the last values at their height, one below the other if they are close."""
    texts: dict[int, tuple[str, str]] = {}
    if not frame.margin:
        return texts
    for value, text, colour in sorted(_last_values(picture, frame.x), reverse=True):
        at = frame.y.row(value)
        place = next((row for row in (at, at + 1, at - 1) if 0 <= row < frame.rows and row not in texts), None)
        if place is not None:
            texts[place] = (text, f"{colour} bold")
    return texts


def picture_lines(picture: Picture, width: int, height: int, cursor: float | None = None) -> list[Line]:
    """The picture with its axes, in `height` lines of `width` cells; `cursor` is a place on x to mark."""
    if not any(len(curve.series) for curve in picture.curves):
        words = flow(picture.empty, max(8, width - 2), "muted")
        return [*[()] * max(0, (height - len(words)) // 2), *(line(" ", *each) for each in words)][:height]
    if height < 3 or width < 12:
        return _bare_lines(picture, width, height)
    frame, columns = frame_of(picture, width, height)
    canvas = DotCanvas(frame.width, frame.rows)
    draw_curves(canvas, picture.curves, columns, frame.y)
    signs: Signs = spike_signs(canvas, picture.curves, columns, frame.y)
    if picture.best is not None and (column := frame.column(picture.best[0])) is not None:
        signs[frame.y.row(picture.best[1]), column] = ("★", "bold")
    begun = {
        column for at in islice(border_starts(picture.borders), 1, None) if (column := frame.column(at)) is not None
    }
    crowded = len(begun) * _BORDER_CELLS > frame.width  # the rule below has a mark for each all the same
    backdrop = {} if crowded else dict.fromkeys(begun, ("│", "frame"))
    backdrop |= {column: ("┆", "warning") for at in picture.marks if (column := frame.column(at)) is not None}
    if cursor is not None and (column := frame.column(cursor)) is not None:
        backdrop[column] = ("│", "accent")
        _mark_points(signs, picture, frame, cursor)
    labels, margin = dict(frame.y.labels), _margin_texts(picture, frame)
    lines = [cut(_legend_line(picture, frame.gutter), width)] if _has_legend(picture, height) else []
    blank = (" " * (frame.gutter + 1), "muted"), ("│", "frame")
    fits = frame.gutter + 2 + frame.width <= width  # else the pane has very few cells
    for row, body in enumerate(canvas.lines(backdrop, signs)):
        label = labels.get(row)
        start = ((f" {right(label, frame.gutter)}", "muted"), ("┤", "frame")) if label else blank
        if row in margin:
            lines.append(cut((*start, *body, (" ", ""), margin[row]), width))
        else:
            lines.append((*start, *body) if fits else cut((*start, *body), width))
    axis = line(" " * (frame.gutter + 1), ("└", "frame"), *axis_line(frame.x, picture.borders, frame.width))
    lines.append(cut(axis, width))
    if height >= LEGEND_FROM:
        lines.append(cut(ticks_line(frame.x, frame.width, frame.gutter + 2, picture.axis, frame.column), width))
    return lines


def _mark_points(signs: Signs, picture: Picture, frame: Frame, cursor: float) -> None:
    """A dot on each line's point that the cursor reads; the signs of the best value and of cut ones stay."""
    for value in cursor_values(picture, cursor):
        if value.point is not None and (column := frame.column(value.point[0])) is not None:
            signs.setdefault((frame.y.row(value.point[1]), column), ("●", f"{value.colour} bold"))


def _has_legend(picture: Picture, height: int) -> bool:
    """Whether a line names the curves."""
    return bool(picture.legend) and height >= LEGEND_FROM


def _legend_line(picture: Picture, gutter: int) -> Line:
    """Each curve's name in its colour."""
    parts: list[tuple[str, str]] = []
    for name, colour in picture.legend:
        parts += [("━ ", colour), (f"{name}  ", "muted")]
    return line(" " * (gutter + 2), *parts)


def _bare_lines(picture: Picture, width: int, height: int) -> list[Line]:
    """The curves alone, where there is no room for axes."""
    x = picture.window or x_range(picture)
    columns = [list(curve.columns(2 * max(1, width), x)) for curve in picture.curves]
    canvas = DotCanvas(max(1, width), max(1, height))
    draw_curves(canvas, picture.curves, columns, _value_axis(picture, columns, max(1, height)))
    return [cut(each, width) for each in canvas.lines()][:height]
