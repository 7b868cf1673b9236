"""Pictures of a terminal as one animated SVG: no font, no program and no library is needed to show it as it was.

Each row that looks different is drawn once, and a frame places its rows by reference; one CSS animation goes from frame
to frame. Text is fitted to the cells, and signs that must meet (lines, blocks, braille) are drawn as shapes, because a
viewer's fonts have them in other sizes or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.style import Style

__all__ = ["Frame", "Row", "animated_svg"]

CELL, LINE = 8, 17
"""Units of a cell."""
_DOTS = ((0, 0, 0x01), (0, 1, 0x02), (0, 2, 0x04), (1, 0, 0x08), (1, 1, 0x10), (1, 2, 0x20), (0, 3, 0x40), (1, 3, 0x80))
"""Column, row and bit of each dot of a braille sign (Unicode 16, table of U+2800)."""
_ARMS = {
    **dict.fromkeys("│┃╎┆┊", "tb"),
    **dict(zip("╭┌╮┐╰└╯┘", ("rb", "rb", "lb", "lb", "rt", "rt", "lt", "lt"), strict=True)),
    **dict(zip("├┤┬┴┼", ("tbr", "tbl", "lrb", "lrt", "lrtb"), strict=True)),
}
"""The sides that a line sign reaches, from the middle of its cell."""
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}

_FONT = (
    "text{font:13px 'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}"
    ".b{font-weight:bold}.u{text-decoration:underline}"
)

Span = tuple[str, str, str, bool, bool]
"""Text, its colour, its background, whether it is bold, whether it is underlined."""
Row = tuple[Span, ...]


class Frame(NamedTuple):
    """What the window shows for some seconds."""

    rows: tuple[Row, ...]
    seconds: float


def span(text: str, style: Style | None) -> Span:
    """A segment of a rendered line; a colour that the style lacks is ""."""
    style = style or Style()
    fore, back = (
        "" if colour is None or colour.is_default else colour.get_truecolor().hex
        for colour in (style.color, style.bgcolor)
    )
    if style.reverse:
        fore, back = back, fore
    return text, fore, back, bool(style.bold), bool(style.underline)


def animated_svg(frames: Sequence[Frame], columns: int, plain: tuple[str, str], title: str) -> str:
    """The SVG of frames of `columns` cells; `plain`: colours of text and background where a span has none."""
    rows: dict[Row, int] = {}
    placed = []
    height = len(frames[0].rows)
    for number, frame in enumerate(frames):
        for y, row in enumerate(frame.rows):
            place = rows.setdefault(row, len(rows))
            placed.append(f'<use href="#r{place}" y="{(number * height + y) * LINE}"/>')
    classes: dict[str, str] = {}
    drawn = [f'<g id="r{place}">{"".join(_row(row, plain, classes))}</g>' for row, place in rows.items()]
    width, tall = columns * CELL, height * LINE
    style = "".join(f".{name}{{fill:{colour}}}" for colour, name in classes.items())
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {tall}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_FONT}{style}{_steps(frames, tall)}</style>",
        "<defs>",
        *drawn,
        "</defs>",
        f'<rect width="{width}" height="{tall}" fill="{plain[1]}"/>',
        '<g class="film">',
        *placed,
        "</g>",
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def _steps(frames: Sequence[Frame], tall: int) -> str:
    """The animation: from frame to frame without anything between."""
    whole, passed, steps = sum(frame.seconds for frame in frames), 0.0, []
    for number, frame in enumerate(frames):
        steps.append(f"{passed / whole * 100:.3f}%{{transform:translateY({-number * tall}px)}}")
        passed += frame.seconds
    return f"@keyframes film{{{''.join(steps)}}}.film{{animation:film {whole:.1f}s step-end infinite}}"


def _row(row: Row, plain: tuple[str, str], classes: dict[str, str]) -> Iterable[str]:
    x = 0
    for text, fore, back, bold, underlined in row:
        cells = cell_len(text)
        if back and back != plain[1]:
            yield f'<rect x="{x * CELL}" width="{cells * CELL}" height="{LINE}" class="{_name(back, classes)}"/>'
        yield from _text(text, x, _name(fore or plain[0], classes) + " b" * bold + " u" * underlined)
        x += cells


def _name(colour: str, classes: dict[str, str]) -> str:
    return classes.setdefault(colour, f"c{len(classes)}")


def _text(text: str, x: int, style: str) -> Iterable[str]:
    """Letters as text with the single blanks between them, signs as one path, other blanks as nothing."""
    shapes: list[str] = []
    words, begin = "", x
    for sign, run in groupby(text.replace("\u00a0", " ")):
        count = len(list(run))
        shape = _shape(sign, x * CELL, count)
        if words and (shape is not None or (sign == " " and count > 1)):
            yield _words(words.rstrip(), begin, style)
            words = ""
        if shape is not None:
            shapes.append(shape)
        elif words or sign != " ":
            begin = begin if words else x
            words += sign * count
        x += count * cell_len(sign)
    if words.strip():
        yield _words(words.rstrip(), begin, style)
    if shapes:
        yield f'<path class="{style.split(maxsplit=1)[0]}" d="{"".join(shapes)}"/>'


def _words(words: str, x: int, style: str) -> str:
    length = cell_len(words) * CELL
    return f'<text x="{x * CELL}" y="13" textLength="{length}" class="{style}">{escape(words)}</text>'


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z"


def _shape(sign: str, x: float, count: int) -> str | None:
    """A sign that stands `count` times from the cell at `x` on as a path; None if it is to be written as text."""
    code, width = ord(sign), count * CELL
    if 0x2581 <= code <= 0x2588:  # lower eighths
        part = round(LINE * (code - 0x2580) / 8, 1)
        return _box(x, LINE - part, width, part)
    if sign in "─━┄":
        return _box(x, 8, width, 2 if sign == "━" else 1)
    one = _single(sign)
    return None if one is None else "".join(one(x + at * CELL) for at in range(count))


def _single(sign: str) -> Callable[[float], str] | None:
    """What draws one sign at a place; None for letters."""
    code = ord(sign)
    if 0x2800 <= code <= 0x28FF:
        dots = [(1 + 4 * column, 2 + 4 * row) for column, row, bit in _DOTS if (code - 0x2800) & bit]
        return lambda x: "".join(_box(x + right, down, 2, 2) for right, down in dots)
    if 0x2589 <= code <= 0x258F:  # left eighths
        return lambda x: _box(x, 0, 0x2590 - code, LINE)
    if sign in "▕▐":
        part = 1 if sign == "▕" else CELL // 2
        return lambda x: _box(x + CELL - part, 0, part, LINE)
    if sign in _SHADES:
        part = 4 * _SHADES[sign]
        return lambda x: "".join(_box(x + 4 * at, 2 + 8 * row, part, 3) for at in (0, 1) for row in (0, 1))
    if (arms := _ARMS.get(sign)) is None:
        return None
    return lambda x: "".join(_box(x + left, top, width, height) for left, top, width, height in map(_ARM.get, arms))


_ARM = {"l": (0, 8, 4, 1), "r": (4, 8, 4, 1), "t": (4, 0, 1, 9), "b": (4, 8, 1, 9)}
"""The line from the middle of a cell to a side: left, top, width, height."""
