"""Rows of a log as strips of cells: the log's own attributes, then search matches, then the selection on top."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from autotrain_tui.text.ansi import TRUE_COLOUR, SgrStyle
from autotrain_tui.tui.log.viewport import DisplayLine, DisplayRow

__all__ = ["RowStyles", "rich_style", "row_strip"]

CUT = "…"


class RowStyles(NamedTuple):
    """The styles of a row's parts, in the theme's colours."""

    text: Style
    context: Style
    cut: Style
    match: Style
    hit: Style
    current: Style
    selection: Style


class _Layer(NamedTuple):
    start: int
    end: int
    style: Style


@lru_cache(maxsize=512)
def rich_style(style: SgrStyle) -> Style:
    """A log's attributes in rich's terms; the 16 named colours stay names, so that the theme decides what they are."""
    return Style(
        color=_colour(style.foreground),
        bgcolor=_colour(style.background),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        reverse=style.reverse or None,
        strike=style.strike or None,
    )


def row_strip(
    row: DisplayRow,
    x: int,
    width: int,
    styles: RowStyles,
    *,
    marks: Sequence[tuple[int, int, Style]] = (),
    matches: Sequence[tuple[int, int]] = (),
    hit: bool = False,
    selected: tuple[int, int] | None = None,
) -> Strip:
    """The row from cell `x` on, exactly `width` cells wide.

    `marks`, `matches` and `selected` are in characters of the whole line; an end below 0 means the line's end. What
    does not fit ends with an ellipsis, at the left too when `x` leaves something out there.
    """
    base = styles.text + styles.current if hit else styles.text
    cut = Segment(CUT, base + styles.cut)
    layers = [_Layer(*mark) for mark in marks]
    layers += [_Layer(*match, styles.hit if hit else styles.match) for match in matches]
    if selected is not None:
        end = len(row.shown.text) + 1 if selected[1] < 0 else selected[1]
        layers.append(_Layer(selected[0], end, styles.selection))
    return (_narrow_strip if row.shown.narrow else _wide_strip)(row, (x, width), base, cut, layers)


def _narrow_strip(row: DisplayRow, window: tuple[int, int], base: Style, cut: Segment, layers: list[_Layer]) -> Strip:
    """A row whose characters take one cell each: nothing has to be measured (rich caches each text it measures)."""
    x, width = window
    begun = int(x > 0 and row.end > row.start)
    start = min(row.start + x + begun, row.end)
    end = min(row.end, start + width - begun)
    ended = int(end < row.end and width > begun)
    middle = _segments(row.shown, start, end - ended, base, layers)
    rest = width - begun - ended - (end - ended - start)
    return Strip([*[cut] * begun, *middle, *[cut] * ended, *[Segment(" " * rest, base)] * (rest > 0)], width)


def _wide_strip(row: DisplayRow, window: tuple[int, int], base: Style, cut: Segment, layers: list[_Layer]) -> Strip:
    """A row with characters of two cells, or of none."""
    x, width = window
    shown = row.shown
    start = shown.character_at(x, row.start) if x else row.start
    hidden = shown.cells(row.start, start)
    lead = 0
    if hidden < x and start < row.end:  # the left half of a wide character is cut off
        start, lead = start + 1, hidden + shown.cells(start, start + 1) - x
    end = min(row.end, shown.character_at(width + 1, start))
    used = lead + shown.cells(start, end)
    strip = Strip([*[Segment(" " * lead, base)] * (lead > 0), *_segments(shown, start, end, base, layers)], used)
    if x and row.end > row.start:
        strip = Strip([cut, *strip.crop(1, max(1, used))], max(1, used))
    if used > width:
        return Strip([*strip.crop(0, width - 1).adjust_cell_length(width - 1, base), cut], width)
    return strip.extend_cell_length(width, base)


def _segments(shown: DisplayLine, start: int, end: int, base: Style, over: list[_Layer]) -> list[Segment]:
    """text[start:end] cut where a layer begins or ends: the log's own attributes lowest, then those over it."""
    text = shown.text
    own = [span for span in shown.spans if span.start < end and span.end > start]
    visible = [_Layer(span.start, span.end, rich_style(span.style)) for span in own]
    visible += [layer for layer in over if layer.start < end and layer.end > start]
    if not visible:
        return [Segment(text[start:end], base)]
    if all(one.end <= other.start for one, other in pairwise(visible)):
        return _apart(text, start, end, base, visible)
    cuts = {start, end}
    for layer in visible:
        cuts.update((max(start, layer.start), min(end, layer.end)))
    places = sorted(cuts)
    segments = []
    for left, right in pairwise(places):
        style = base
        for layer in visible:
            if layer.start <= left < layer.end:
                style += layer.style
        segments.append(Segment(text[left:right], style))
    return segments


def _apart(text: str, start: int, end: int, base: Style, layers: list[_Layer]) -> list[Segment]:
    """Segments where no layer lies over another, which is how most lines are."""
    segments = []
    at = start
    for layer in layers:
        if layer.start > at:
            segments.append(Segment(text[at : layer.start], base))
        left, at = max(at, layer.start), min(end, layer.end)
        segments.append(Segment(text[left:at], base + layer.style))
    if at < end:
        segments.append(Segment(text[at:end], base))
    return segments


def _colour(colour: int | None) -> Color | None:
    if colour is None:
        return None
    if colour < TRUE_COLOUR:
        return Color.from_ansi(colour)
    return Color.from_rgb(colour >> 16 & 255, colour >> 8 & 255, colour & 255)
