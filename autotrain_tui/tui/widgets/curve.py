"""Curves in braille: 2x4 dots a cell, every column reduced to its least and greatest value so that no peak is lost.

`plot` is pure and works on reduced points; `CurvePane` frames one curve with its axis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autotrain_tui import figures
from autotrain_tui.tui.widgets.line import Line, cut, flow, line, right
from autotrain_tui.tui.widgets.painted import Painted

__all__ = ["CurvePane", "Picture", "Track", "area", "axis_line", "picture_lines", "plot", "ticks"]

# Dots of a braille cell, by column and row (Unicode chart U+2800)
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


@dataclass(frozen=True, slots=True)
class Track:
    """One line of a picture: points in the order of x. `ink` is its colour."""

    points: Sequence[tuple[float, float]]
    ink: str = "curve-1"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a curve pane shows. `borders`: where a stage begins on x, and its label. `best` is already in words."""

    title: str
    tracks: tuple[Track, ...] = ()
    borders: tuple[tuple[float, str], ...] = ()
    facts: str = ""
    empty: str = "no values yet"
    end: float | None = None
    """The right edge of x; the last point's when None."""
    mark: float | None = field(default=None)
    """A value worth a line of its own (the best so far)."""


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values in [low, high], `most` or fewer (1, 2 or 5 times a power of ten apart)."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return [low] if math.isfinite(low) else []
    raw = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    found: list[float] = []
    while first * step <= high + step * 1e-9 and len(found) < 50:
        found.append(first * step)
        first += 1
    return found


def plot(tracks: Iterable[Track], width: int, height: int, x: tuple[float, float],
         y: tuple[float, float]) -> list[Line]:
    """The tracks in `height` lines of `width` cells; later tracks lie above earlier ones."""
    cells = [[0] * width for _ in range(height)]
    inks = [[""] * width for _ in range(height)]
    across = (2 * width - 1) / (x[1] - x[0]) if x[1] > x[0] else 0.0
    down = (4 * height - 1) / (y[1] - y[0]) if y[1] > y[0] else 0.0
    last_row = 4 * height - 1
    for track in tracks:
        for column, low, high in _columns(track.points, x, across, 2 * width):
            top = last_row - round((high - y[0]) * down)
            bottom = last_row - round((low - y[0]) * down)
            if not down:
                top = bottom = last_row // 2
            for row in range(max(0, top), min(last_row, bottom) + 1):
                cells[row >> 2][column >> 1] |= _DOTS[column & 1][row & 3]
                inks[row >> 2][column >> 1] = track.ink
    return [_row(masks, colours) for masks, colours in zip(cells, inks, strict=True)]


def _columns(points: Sequence[tuple[float, float]], x: tuple[float, float], across: float,
             count: int) -> Iterable[tuple[int, float, float]]:
    """Each dot column that the line passes, with the least and greatest value there (lines between points drawn)."""
    spans: dict[int, tuple[float, float]] = {}
    before: tuple[int, float] | None = None
    for at, number in points:
        if not math.isfinite(number) or at < x[0] or at > x[1]:
            before = None
            continue
        column = min(count - 1, int((at - x[0]) * across + 0.5))
        if before is None or column <= before[0]:
            low = number if before is None else min(number, before[1])
            _widen(spans, column, low, number if before is None else max(number, before[1]))
        else:
            _draw_line(spans, before, (column, number))
        before = column, number
    return ((column, low, high) for column, (low, high) in spans.items())


def _draw_line(spans: dict[int, tuple[float, float]], start: tuple[int, float], end: tuple[int, float]) -> None:
    """A straight line: in each column it goes from half a column before to half a column after, so that it has no
    gaps however steep.
    """
    slope = (end[1] - start[1]) / (end[0] - start[0])
    for column in range(start[0], end[0] + 1):
        before = start[1] + slope * max(0.0, column - 0.5 - start[0])
        after = start[1] + slope * min(float(end[0] - start[0]), column + 0.5 - start[0])
        _widen(spans, column, min(before, after), max(before, after))


def _widen(spans: dict[int, tuple[float, float]], column: int, low: float, high: float) -> None:
    old = spans.get(column)
    spans[column] = (low, high) if old is None else (min(old[0], low), max(old[1], high))


def _row(masks: Sequence[int], inks: Sequence[str]) -> Line:
    spans: list[tuple[str, str]] = []
    for mask, ink in zip(masks, inks, strict=True):
        character = chr(0x2800 + mask) if mask else " "
        if spans and (spans[-1][1] == ink or not mask):
            spans[-1] = (spans[-1][0] + character, spans[-1][1])
        else:
            spans.append((character, ink))
    return tuple(spans)


def axis_line(x: tuple[float, float], borders: Sequence[tuple[float, str]], width: int) -> Line:
    """The x axis: a rule with a mark and a label where each stage begins."""
    drawn = ["─"] * width
    free = 0
    for place, (at, label) in enumerate(borders):
        if not x[0] <= at <= x[1] or x[1] <= x[0]:
            continue
        column = int((at - x[0]) / (x[1] - x[0]) * (width - 1))
        if column < free or column >= width:
            continue
        drawn[column] = "┬" if place else "─"
        for offset, letter in enumerate(label, 1):
            if column + offset < width:
                drawn[column + offset] = letter
        free = column + len(label) + 2
    return line(("".join(drawn), "faint"))


def picture_lines(picture: Picture, width: int, height: int) -> list[Line]:
    """The picture with its axes, in `height` lines of `width` cells."""
    values = [number for track in picture.tracks for _, number in track.points if math.isfinite(number)]
    if not values or height < 3:
        words = flow(picture.empty, max(8, width - 2), "muted")
        return [*[()] * max(0, (height - len(words)) // 2), *(line(" ", *each) for each in words)]
    low, high = min(values), max(values)
    if high == low:
        low, high = low - (abs(low) * 0.05 or 0.5), high + (abs(high) * 0.05 or 0.5)
    starts = [track.points[0][0] for track in picture.tracks if track.points]
    ends = [track.points[-1][0] for track in picture.tracks if track.points]
    x = (min(0.0, *starts) if picture.borders else min(starts), max(ends) if picture.end is None else picture.end)
    if x[1] <= x[0]:
        x = (x[0], x[0] + 1.0)
    rows = height - 1
    labels = {round((high - tick) / (high - low) * (rows - 1)): tick for tick in ticks(low, high, max(1, rows // 2))}
    texts = {row: figures.value(tick, 6) for row, tick in labels.items()}
    gutter = max((len(text) for text in texts.values()), default=3)
    room = max(4, width - gutter - 3)
    drawn = plot(picture.tracks, room, rows, x, (low, high))
    lines = [line((f" {right(texts.get(row, ''), gutter)}", "muted"), ("┤" if row in texts else "│", "frame"), *body)
             for row, body in enumerate(drawn)]
    lines.append(line(" " * (gutter + 1), ("└", "frame"), *axis_line(x, picture.borders, room)))
    return [cut(each, width) for each in lines]


def area(values: Sequence[float | None], width: int, height: int, top: float, ink: str) -> list[Line]:
    """The last values as a filled curve from 0 to `top`, one dot column each, the newest at the right."""
    shown = values[-2 * width :]
    start = 2 * width - len(shown)
    points = Track([(float(start + at), number) for at, number in enumerate(shown) if number is not None], ink)
    filled = [Track([(at, low), (at, 0.0)], ink) for at, low in points.points]
    return plot((*filled, points), width, height, (0.0, 2.0 * width - 1), (0.0, top))


class CurvePane(Painted):
    """One picture, framed."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.picture: Picture | None = None

    def show(self, picture: Picture | None) -> None:
        """Draw this picture."""
        self.picture = picture
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The metric's name and its last and best values."""
        return (self.picture.title, self.picture.facts) if self.picture is not None else ("Metric", "")

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Curve and axes."""
        return picture_lines(self.picture, width, height) if self.picture is not None else ()
