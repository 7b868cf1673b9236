"""Curves as lines of text: each column of dots spans its lowest to its highest value, so that no peak is lost. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.tui.charts.dot_canvas import DotCanvas, Dots
from autotrain_tui.tui.model.axis import Scale, place_labels, tick_texts, x_text, x_ticks
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.widgets.line import Line, cut, flow, line, right

if TYPE_CHECKING:
    from autotrain_tui.metrics.curves.series import Bucket

__all__ = ["Frame", "axis_line", "frame_of", "picture_lines", "plot", "x_range"]

_TINY, _HUGE = 1e-300, 1e300
_Columns = list[tuple[int, "Bucket"]]
_TICKS_FROM = 8
"""Lines from which a picture has a separate line for the values of the x axis."""


class Frame(msgspec.Struct, frozen=True):
    """The layout of a picture: the gutter's width, the curve's cells, and the ranges of both axes."""

    gutter: int
    width: int
    rows: int
    x: tuple[float, float]
    y: Scale

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
    """The curves in `height` lines of `width` cells; later curves are drawn over earlier ones."""
    canvas = DotCanvas(width, height, dots)
    if _TINY < y[1] - y[0] < math.inf:
        scale = Scale(*y)
        for curve in curves:
            _draw(canvas, list(curve.columns(canvas.columns, x)), scale, curve.colour)
    return canvas.lines()


def _draw(canvas: DotCanvas, columns: _Columns, scale: Scale, colour: str) -> None:
    """Draw one curve: in each column the range of its values."""
    bottom = canvas.rows - 1
    canvas.mark(
        (
            (
                column,
                bottom - round(min(1.0, max(0.0, high)) * bottom),
                bottom - round(min(1.0, max(0.0, low)) * bottom),
            )
            for column, (low, high) in enumerate(zip(*_ranges(columns, scale, canvas.columns), strict=True))
            if high >= low
        ),
        colour,
    )


def _ranges(columns: _Columns, scale: Scale, count: int) -> tuple[list[float], list[float]]:
    """The lowest and the highest share of each of `count` columns, with straight lines that leave no gap."""
    share = scale.share if scale.log else scale.linear()
    lows, highs = [math.inf] * count, [-math.inf] * count

    def widen(column: int, low: float, high: float) -> None:
        if low < lows[column]:  # noqa: PLR1730  a thousand times a drawing: min and max take three times as long
            lows[column] = low
        if high > highs[column]:  # noqa: PLR1730
            highs[column] = high

    before, last = -1, 0.0
    for column, (_, first, low, high, end) in columns:
        if scale.log and high <= 0:
            continue
        widen(column, share(low), share(high))
        begin = share(first)
        if column == before + 1 and before >= 0:
            middle = (last + begin) / 2
            widen(before, middle, middle)
            widen(column, middle, middle)
        elif before >= 0 and column > before:
            # each column takes the line from half a column before to half a column after
            slope = (begin - last) / (column - before)
            for at in range(before, column + 1):
                one = last + slope * max(0.0, at - 0.5 - before)
                two = last + slope * min(float(column - before), at + 0.5 - before)
                widen(at, min(one, two), max(one, two))
        before, last = column, share(end)
    return lows, highs


def axis_line(x: tuple[float, float], borders: Sequence[tuple[float, str]], width: int) -> Line:
    """The x axis: a rule with a mark where each stage begins and its label: all of it, its first word, or nothing."""
    drawn = ["─"] * width
    places = [
        (int((at - x[0]) / (x[1] - x[0]) * width), label, place > 0)
        for place, (at, label) in enumerate(borders)
        if x[0] <= at <= x[1] and x[1] > x[0]
    ]
    # of several stages that start in one cell the last one is named
    inside = list(
        {min(width - 1, column): (min(width - 1, column), label, marked) for column, label, marked in places}.values()
    )
    begun = [label for at, label in borders if at < x[0]]
    if begun and (not inside or inside[0][0] > 0):
        inside.insert(0, (0, begun[-1], False))
    free = 0
    for place, (column, label, marked) in enumerate(inside):
        if marked:
            drawn[column] = "┴"
        if column < free:
            continue
        end = inside[place + 1][0] if place + 1 < len(inside) else width
        text = next((text for text in (label, label.split(" ")[0]) if column + len(text) + 2 <= end), "")
        for offset, letter in enumerate(text, 1):
            drawn[column + offset] = letter
        free = column + len(text) + 1
    return line(("".join(drawn), "faint"))


def _ticks_line(frame: Frame, axis: str) -> Line:
    """The values under the x axis."""
    drawn = [" "] * frame.width

    def write(start: int, text: str) -> None:
        drawn[start : start + len(text)] = text

    labels = [
        (column, x_text(place, axis))
        for place in x_ticks(*frame.x, max(2, frame.width // 12), axis)
        if (column := frame.column(place)) is not None
    ]
    place_labels(labels, frame.width, write)
    return line((" " * (frame.gutter + 2) + "".join(drawn), "muted"))


def _value_scale(columns: Sequence[_Columns], *, log: bool) -> Scale:
    """From the least to the greatest value in sight; never empty, never so large that arithmetic fails."""
    lows = [bucket.low for each in columns for _, bucket in each]
    highs = [bucket.high for each in columns for _, bucket in each]
    if log and max(highs, default=0.0) > 0:
        high = min(_HUGE, max(highs))
        low = max(min((low for low in lows if low > 0), default=high / 10), high * 1e-12, _TINY)
        return Scale(low, high, log=True) if high > low * 1.000001 else Scale(low / 2, high * 2, log=True)
    low, high = max(-_HUGE, min(lows, default=0.0)), min(_HUGE, max(highs, default=1.0))
    if high - low > max(abs(low), abs(high)) * 1e-9 + _TINY:
        return Scale(low, high)
    spare = abs(high) * 0.05 if abs(high) > _TINY else 0.5  # one value, or values too close for an axis
    return Scale(low - spare, high + spare)


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


def frame_of(picture: Picture, width: int, height: int) -> tuple[Frame, list[_Columns], Mapping[int, str]]:
    """The layout of a picture in `width` x `height` cells, each curve's columns, and the labels by row."""
    rows = height - (2 if height >= _TICKS_FROM else 1)
    x = picture.window or x_range(picture)
    gutter = 5
    while True:  # the labels' width depends on the visible values, which depend on the room that the labels leave
        room = max(4, width - gutter - 3)
        columns = [list(curve.columns(2 * room, x)) for curve in picture.curves]
        scale = _value_scale(columns, log=picture.log)
        values = scale.ticks(max(rows // 2 if rows < 16 else rows // 3, 1))
        texts = {
            round((1 - scale.share(value)) * (rows - 1)): text
            for value, text in zip(values, tick_texts(values), strict=True)
        }
        wanted = max((len(text) for text in texts.values()), default=3)
        if wanted <= gutter:
            return Frame(gutter, room, rows, x, scale), columns, texts
        gutter = wanted


def _with_sign(drawn: Line, column: int, sign: tuple[str, str]) -> Line:
    """A line of one-cell characters with a sign in place of one of them."""
    spans: list[tuple[str, str]] = []
    at = 0
    for text, colour in drawn:
        cut_at = column - at
        at += len(text)
        if 0 <= cut_at < len(text):
            spans += [(text[:cut_at], colour), sign, (text[cut_at + 1 :], colour)]
        else:
            spans.append((text, colour))
    return tuple(span for span in spans if span[0])


def picture_lines(picture: Picture, width: int, height: int, cursor: float | None = None) -> list[Line]:
    """The picture with its axes, in `height` lines of `width` cells; `cursor` is a place on x to mark."""
    if height < 3 or width < 12 or not any(len(curve.series) for curve in picture.curves):
        words = flow(picture.empty, max(8, width - 2), "muted")
        return [*[()] * max(0, (height - len(words)) // 2), *(line(" ", *each) for each in words)][:height]
    frame, columns, texts = frame_of(picture, width, height)
    canvas = DotCanvas(frame.width, frame.rows)
    for curve, each in zip(picture.curves, columns, strict=True):
        _draw(canvas, each, frame.y, curve.colour)
    backdrop = {column: ("│", "frame") for at, _ in picture.borders[1:] if (column := frame.column(at)) is not None}
    backdrop |= {column: ("┆", "warning") for at in picture.marks if (column := frame.column(at)) is not None}
    if cursor is not None and (column := frame.column(cursor)) is not None:
        backdrop[column] = ("│", "accent")
    body_lines = canvas.lines(backdrop)
    if picture.best is not None and (column := frame.column(picture.best[0])) is not None:
        row = round((1 - frame.y.share(picture.best[1])) * (frame.rows - 1))
        body_lines[row] = _with_sign(body_lines[row], column, ("★", "accent"))
    lines = [
        line((f" {right(texts.get(row, ''), frame.gutter)}", "muted"), ("┤" if row in texts else "│", "frame"), *body)
        for row, body in enumerate(body_lines)
    ]
    lines.append(line(" " * (frame.gutter + 1), ("└", "frame"), *axis_line(frame.x, picture.borders, frame.width)))
    if height >= _TICKS_FROM:
        lines.append(_ticks_line(frame, picture.axis))
    return [cut(each, width) for each in lines]
