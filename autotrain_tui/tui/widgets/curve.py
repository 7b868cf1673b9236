"""Curves in braille: 2x4 dots a cell, every dot column from its least to its greatest value, so that no peak is lost.

`plot` and `picture_lines` are pure; `CurvePane` frames one picture with its axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui import figures
from autotrain_tui.tui.widgets.line import Line, cut, flow, line, right
from autotrain_tui.tui.widgets.painted import Painted

if TYPE_CHECKING:
    from autotrain_tui.metrics.series import Bucket, Series

__all__ = ["CurvePane", "Picture", "Track", "area", "axis_line", "picture_lines", "plot", "ticks"]

_TINY, _HUGE = 1e-300, 1e300
_Spans = dict[int, tuple[float, float]]
# Dots of a braille cell, by column and row (Unicode chart U+2800)
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Track(msgspec.Struct, frozen=True):
    """One line of a picture: a series over its seconds, which begin at `start` on the picture's x axis."""

    series: Series
    start: float = 0.0
    ink: str = "curve-1"

    @property
    def ends(self) -> tuple[float, float]:
        """The first and the last place on x."""
        times = self.series.ts
        return (self.start + times[0], self.start + times[-1]) if times else (self.start, self.start)

    def columns(self, count: int, x: tuple[float, float]) -> Iterator[tuple[int, Bucket]]:
        """What falls into each of `count` columns of the range x; empty ones are left out."""
        across = count / (x[1] - x[0]) if x[1] > x[0] else 0.0
        for bucket in self.series.reduce(count, x[0] - self.start, x[1] - self.start, "time"):
            place = int((bucket.x + self.start - x[0]) * across)
            yield max(0, min(count - 1, place)), bucket


class Picture(msgspec.Struct, frozen=True):
    """What a curve pane shows. `borders`: where a stage begins on x, and its label. `best` is already in words."""

    title: str
    tracks: tuple[Track, ...] = ()
    borders: tuple[tuple[float, str], ...] = ()
    facts: str = ""
    empty: str = "no values yet"
    end: float | None = None
    """The right edge of x; the last point's when None."""


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
    return _paint(((_spans(track, 2 * width, x), track.ink) for track in tracks), width, height, y)


def area(values: Sequence[float | None], width: int, height: int, top: float, ink: str) -> list[Line]:
    """The last values as a filled curve from 0 to `top`, one dot column each, the newest at the right."""
    shown = values[-2 * width :]
    first = 2 * width - len(shown)
    spans = {first + at: (0.0, number) for at, number in enumerate(shown) if number is not None}
    return _paint([(spans, ink)], width, height, (0.0, top))


def _paint(tracks: Iterable[tuple[_Spans, str]], width: int, height: int, y: tuple[float, float]) -> list[Line]:
    """Dot columns as lines of braille."""
    cells = [[0] * width for _ in range(height)]
    inks = [[""] * width for _ in range(height)]
    last_row = 4 * height - 1
    span = y[1] - y[0]
    if not _TINY < span < math.inf:
        return [_row(masks, colours) for masks, colours in zip(cells, inks, strict=True)]
    down = last_row / span
    for spans, ink in tracks:
        for column, (low, high) in spans.items():
            top = last_row - round((max(y[0], min(high, y[1])) - y[0]) * down)
            bottom = last_row - round((max(y[0], min(low, y[1])) - y[0]) * down)
            for row in range(top, bottom + 1):
                cells[row >> 2][column >> 1] |= _DOTS[column & 1][row & 3]
                inks[row >> 2][column >> 1] = ink
    return [_row(masks, colours) for masks, colours in zip(cells, inks, strict=True)]


def _spans(track: Track, count: int, x: tuple[float, float]) -> _Spans:
    """Each dot column that the line passes, with the least and greatest value there."""
    spans: _Spans = {}
    before: tuple[int, float] | None = None
    for column, bucket in track.columns(count, x):
        _widen(spans, column, bucket.low, bucket.high)
        if before is not None and column > before[0]:
            _draw_line(spans, before, (column, bucket.first))
        before = column, bucket.last
    return spans


def _draw_line(spans: _Spans, start: tuple[int, float], end: tuple[int, float]) -> None:
    """A straight line: in each column it goes from half a column before to half a column after, so that it has no
    gaps however steep.
    """
    slope = (end[1] - start[1]) / (end[0] - start[0])
    for column in range(start[0], end[0] + 1):
        before = start[1] + slope * max(0.0, column - 0.5 - start[0])
        after = start[1] + slope * min(float(end[0] - start[0]), column + 0.5 - start[0])
        _widen(spans, column, min(before, after), max(before, after))


def _widen(spans: _Spans, column: int, low: float, high: float) -> None:
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


def _value_range(tracks: Sequence[Track]) -> tuple[float, float]:
    """From the least to the greatest value; never empty, never beyond what can be reckoned with."""
    low = max(-_HUGE, min(value for track in tracks if (value := track.series.low) is not None))
    high = min(_HUGE, max(value for track in tracks if (value := track.series.high) is not None))
    if high - low > max(abs(low), abs(high)) * 1e-9 + _TINY:
        return low, high
    spare = abs(high) * 0.05 if abs(high) > _TINY else 0.5  # one value, or values that no axis could tell apart
    return low - spare, high + spare


def picture_lines(picture: Picture, width: int, height: int) -> list[Line]:
    """The picture with its axes, in `height` lines of `width` cells."""
    tracks = [track for track in picture.tracks if len(track.series)]
    if not tracks or height < 3:
        words = flow(picture.empty, max(8, width - 2), "muted")
        return [*[()] * max(0, (height - len(words)) // 2), *(line(" ", *each) for each in words)]
    low, high = _value_range(tracks)
    x = (min([track.ends[0] for track in tracks] + [0.0] * bool(picture.borders)),
         max(track.ends[1] for track in tracks) if picture.end is None else picture.end)
    if x[1] <= x[0]:
        x = (x[0], x[0] + 1.0)
    rows = height - 1
    labels = {round((high - tick) / (high - low) * (rows - 1)): tick for tick in ticks(low, high, max(1, rows // 2))}
    texts = {row: figures.value(tick, 6) for row, tick in labels.items()}
    gutter = max((len(text) for text in texts.values()), default=3)
    room = max(4, width - gutter - 3)
    drawn = plot(tracks, room, rows, x, (low, high))
    lines = [line((f" {right(texts.get(row, ''), gutter)}", "muted"), ("┤" if row in texts else "│", "frame"), *body)
             for row, body in enumerate(drawn)]
    lines.append(line(" " * (gutter + 1), ("└", "frame"), *axis_line(x, picture.borders, room)))
    return [cut(each, width) for each in lines]


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
