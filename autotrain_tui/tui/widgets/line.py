"""Lines as plain values: what a widget draws, before a theme gives it colours.

A `Line` is a tuple of spans; a span is text and its colour token (`accent`, `muted bold`, …). As values, two lines can
be compared, so that only changed rows are repainted, and the content of a pane can be tested without a screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

__all__ = [
    "EMPTY",
    "Line",
    "Span",
    "blocks",
    "columns",
    "cut",
    "fill",
    "fit",
    "flow",
    "level",
    "line",
    "meter",
    "right",
    "spark",
    "spread",
    "tint",
    "width_of",
]

Span = tuple[str, str]
Line = tuple[Span, ...]

EMPTY: Line = ()

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"


def line(*spans: Span | str) -> Line:
    """A line of some spans; a plain string has the default colour, an empty one is left out."""
    pieces = (span if isinstance(span, tuple) else (span, "") for span in spans)
    return tuple(piece for piece in pieces if piece[0])


def width_of(spans: Iterable[Span]) -> int:
    """Cells that the line takes."""
    return sum(cell_len(text) for text, _ in spans)


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells: filled with spaces, or ended with `…`."""
    if width <= 0:
        return ""
    length = cell_len(text)
    if length == width:
        return text
    return text + " " * (width - length) if length < width else set_cell_size(text, width - 1) + "…"


def right(text: str, width: int) -> str:
    """The text at the right edge of `width` cells."""
    return " " * (width - cell_len(text)) + text


def cut(spans: Line, width: int) -> Line:
    """The line in at most `width` cells, ended with `…` where it was longer."""
    if width_of(spans) <= width:
        return spans
    kept: list[Span] = []
    left = width
    for text, colour in spans:
        length = cell_len(text)
        if length < left or (length == left and text is spans[-1][0]):
            kept.append((text, colour))
            left -= length
            continue
        if left > 0:
            kept.append((fit(text + "  ", left), colour))
        break
    return tuple(kept)


def fill(spans: Line, width: int) -> Line:
    """The line with blanks up to `width` cells."""
    return (*spans, *line(" " * (width - width_of(spans))))


def spread(left: Line, end: Line, width: int) -> Line:
    """`left` at the left edge, `end` at the right edge; if there is no room, `left` is cut."""
    taken = width_of(end)
    left = cut(left, max(0, width - taken - 1))
    gap = max(0, width - taken - width_of(left))
    return cut((*left, *line(" " * gap), *end), width)


def tint(spans: Line, colour: str, width: int) -> Line:
    """The line filled up to `width`, with `colour` added to every span (a cursor's background)."""
    gap = width - width_of(spans)
    return tuple((text, f"{old} {colour}" if old else colour) for text, old in (*spans, *line(" " * max(0, gap))))


def level(share: float | None) -> str:
    """The colour token of a gauge: normal, warning from 80 %, error from 95 %."""
    if share is None:
        return "muted"
    return "error" if share >= 95 else "warning" if share >= 80 else "gauge"


def blocks(fraction: float | None, width: int) -> tuple[str, str]:
    """A bar of `width` cells by eighths of a cell: its filled part and its empty part."""
    if fraction is None or width <= 0:
        return "", " " * max(0, width)
    eighths = round(max(0.0, min(1.0, fraction)) * width * 8)
    if fraction > 0:
        eighths = max(1, eighths)
    if fraction < 1:
        eighths = min(eighths, width * 8 - 1)
    whole, part = divmod(eighths, 8)
    filled = "█" * whole + (_EIGHTHS[part] if part else "")
    return filled, " " * (width - len(filled))


def meter(fraction: float | None, width: int, colour: str) -> Line:
    """A bar between its caps, `width` cells in all: `▕███▏      ▏`."""
    filled, empty = blocks(fraction, width - 2)
    return line(("▕", "frame"), (filled, f"{colour} track"), (empty, "track"), ("▏", "frame"))


def spark(values: Sequence[float | None], width: int, top: float | None = 100.0) -> str:
    """The last `width` values as small bars up to `top` (None: the largest value); a gap where there is no value."""
    shown = values[-width:]
    if top is None:
        top = max((number for number in shown if number is not None), default=0.0)
    drawn = ""
    for number in shown:
        if number is None:
            drawn += " "
        else:
            share = number / top if top > 0 else 0.0
            drawn += _LEVELS[max(0, min(7, int(share * 8)))]
    return right(drawn, width)


def columns(cells: Sequence[Line], count: int, width: int, gap: str = " │ ") -> list[Line]:
    """Cells in `count` columns, filled downwards, in lines of `width` cells."""
    count = max(1, count)
    rows = -(-len(cells) // count)
    each = (width - len(gap) * (count - 1)) // count
    lines: list[Line] = []
    for row in range(rows):
        spans: list[Span] = []
        for column in range(count):
            place = column * rows + row
            if column:
                spans.append((gap, "frame"))
            cell = cut(cells[place], each) if place < len(cells) else EMPTY
            spans += [*cell, *line(" " * (each - width_of(cell)))]
        lines.append(tuple(spans))
    return lines


def flow(text: str, width: int, colour: str = "", limit: int | None = None) -> list[Line]:
    """A sentence broken between words into lines of `width` cells, `limit` of them at most."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    if limit is not None and len(lines) > limit:
        lines = [*lines[: limit - 1], " ".join(lines[limit - 1 :])]
    return [cut(line((piece, colour)), width) for piece in lines]
