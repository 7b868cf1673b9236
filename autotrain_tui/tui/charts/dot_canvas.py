"""Dots smaller than a cell: braille, quadrant blocks, or ASCII strokes where the terminal has neither.

`AUTOTRAIN_CURVES=blocks` or `ascii` chooses another than braille from the start; a key changes it while the screen is
open.
"""

from __future__ import annotations

import os
import re
from codecs import charmap_decode
from collections.abc import Iterable, Mapping

import msgspec

from autotrain_tui.tui.model.encoding import is_plain
from autotrain_tui.tui.widgets.line import Line

__all__ = ["ASCII", "BLOCKS", "BRAILLE", "DotCanvas", "Dots", "chosen_dots", "next_dots", "toggle_dots"]


class Dots(msgspec.Struct, frozen=True):
    """Characters made of dots: two columns of `down` rows each, at most four.

    `glyphs[16 * left + right]`: bit n of a column = row n from the top. `shade`: what a cell of a band is drawn with,
    if not with its dots.
    """

    name: str
    down: int
    glyphs: str
    shade: str = ""


_LEFT, _RIGHT = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)  # dots of the Unicode chart U+2800


def _braille(left: int, right: int) -> str:
    mask = sum(bit for row, bit in enumerate(_LEFT) if left >> row & 1)
    mask += sum(bit for row, bit in enumerate(_RIGHT) if right >> row & 1)
    return chr(0x2800 + mask) if mask else " "


def _stroke(left: int, right: int) -> str:
    """The ASCII sign that looks most like these dots of three rows."""
    if left & right == 0b111:
        return "#"
    both = left | right
    if both & (both - 1) == 0:
        return {0: " ", 1: "'", 2: "-", 4: "_"}[both]
    if not left or not right or left == right:
        return "|"
    return "\\" if left < right else "/"  # the lower row is the greater bit


def _table(rows: Iterable[str]) -> str:
    """Glyphs by left and right column, in a table of 256."""
    return "".join(f"{row:16}" for row in rows).ljust(256)


BLOCKS = Dots("blocks", 2, _table((" ▝▗▐", "▘▀▚▜", "▖▞▄▟", "▌▛▙█")))
BRAILLE = Dots("braille", 4, _table("".join(_braille(left, right) for right in range(16)) for left in range(16)))
ASCII = Dots("ascii", 3, _table("".join(_stroke(left, right) for right in range(8)) for left in range(8)), ":")

_ALL = (BRAILLE, BLOCKS, ASCII)


def _wanted(environment: Mapping[str, str]) -> Dots:
    """The dots that the environment asks for; braille if it asks for none that there are."""
    if is_plain(environment):
        return ASCII
    word = environment.get("AUTOTRAIN_CURVES", "").strip().lower()
    return next((dots for dots in _ALL if dots.name == word), BRAILLE)


_chosen = _wanted(os.environ)


def chosen_dots() -> Dots:
    """The dots that curves are drawn with."""
    return _chosen


def next_dots() -> Dots:
    """The dots that `toggle_dots` would choose."""
    return _ALL[(_ALL.index(_chosen) + 1) % len(_ALL)]


def toggle_dots() -> Dots:
    """Go from braille to blocks, to ASCII, and back."""
    global _chosen  # noqa: PLW0603  a setting of the one screen there is in a process
    _chosen = next_dots()
    return _chosen


_RUNS = re.compile(rb"\0*([^\0])(?:\1|\0)*")
"""A run of cells of one colour; blank cells take that of the cells before them."""
_SHADED = 0xFF
"""The index of the sign for a cell of a band, in a table that has one."""
_USED = bytes([0xFF, *[0] * 255])
"""Turns an empty cell into a mask that keeps what lies under it."""


class _DotLayer:
    """Dots by columns, since curves are drawn by columns: filling one is a slice. Each cell has one colour."""

    def __init__(self, width: int, height: int) -> None:
        self.halves = [bytearray(height) for _ in range(2 * width)]
        self.colours = [bytearray(height) for _ in range(width)]

    def fill(self, spans: Iterable[tuple[int, int, int]], colour: int, down: int, pattern: tuple[int, int]) -> None:
        """Set both ends of each span, and between them the dots of a cell's pattern (of even and of odd columns)."""
        height, masks = len(self.colours[0]), [mask & (1 << down) - 1 for mask in pattern]
        above = [[mask & ~((1 << row) - 1) | 1 << row for row in range(down)] for mask in masks]
        below = [[mask & (1 << row + 1) - 1 | 1 << row for row in range(down)] for mask in masks]
        inside, own = [bytes([mask]) * height for mask in masks], bytes([colour]) * height
        halves, cells = self.halves, self.colours
        for column, top, bottom in spans:
            half, colours, odd = halves[column], cells[column >> 1], column & 1
            first, last = top // down, bottom // down
            if first == last:
                row = bottom % down
                half[first] |= above[odd][top % down] & (1 << row + 1) - 1 | 1 << row
                colours[first] = colour
                continue
            half[first] |= above[odd][top % down]
            half[last] |= below[odd][bottom % down]
            if last - first > 1:
                half[first + 1 : last] = inside[odd][: last - first - 1]
            colours[first : last + 1] = own[: last - first + 1]

    def cells(self) -> bytes:
        """The index of each cell's glyph, column by column."""
        left, right = b"".join(self.halves[::2]), b"".join(self.halves[1::2])
        return (int.from_bytes(left, "big") << 4 | int.from_bytes(right, "big")).to_bytes(len(left), "big")


class DotCanvas:
    """`width` x `height` cells of dots. Rows count from the top; later marks give a cell their colour token.

    Bands lie under everything else: a cell with a dot of a line shows the line alone, so that it stays thin.
    """

    def __init__(self, width: int, height: int, dots: Dots | None = None) -> None:
        self.width, self.height = width, height
        self.dots = dots or chosen_dots()
        self._over, self._under = _DotLayer(width, height), _DotLayer(width, height)
        self._tokens: dict[str, int] = {}
        """The colour tokens, and the numbers from 1 that stand for them."""

    @property
    def columns(self) -> int:
        """Columns of dots."""
        return 2 * self.width

    @property
    def rows(self) -> int:
        """Rows of dots."""
        return self.dots.down * self.height

    def blank(self, row: int, cell: int) -> bool:
        """Whether a cell has no dot of a line."""
        return not self._over.colours[cell][row]

    def mark(self, spans: Iterable[tuple[int, int, int]], colour: str) -> None:
        """Set dots of a line: (column, first row, last row), both rows included, from the top."""
        full = (1 << self.dots.down) - 1
        self._over.fill(spans, self._number(colour), self.dots.down, (full, full))

    def shade(self, spans: Iterable[tuple[int, int, int]], colour: str) -> None:
        """Set dots of a band: both ends of each span, and every second dot between them."""
        self._under.fill(spans, self._number(colour), self.dots.down, (0b0101, 0b1010))

    def _number(self, colour: str) -> int:
        return self._tokens.setdefault(colour, len(self._tokens) + 1)

    def lines(
        self,
        backdrop: Mapping[int, tuple[str, str]] | None = None,
        signs: Mapping[tuple[int, int], tuple[str, str]] | None = None,
    ) -> list[Line]:
        """The canvas as lines. `backdrop`: the character and colour token of a column of cells without dots; `signs`:
        those of a cell (row, cell), whatever is drawn there.
        """
        cells, colours, height = *self._merged(), self.height
        glyphs = self.dots.glyphs[:_SHADED] + (self.dots.shade or self.dots.glyphs[_SHADED])
        texts = [charmap_decode(cells[row::height], "strict", glyphs)[0] for row in range(height)]
        rows = [colours[row::height] for row in range(height)]
        put = [(row, cell, sign) for (row, cell), sign in (signs or {}).items()]
        for cell, sign in (backdrop or {}).items():
            column = colours[cell * height : (cell + 1) * height]
            put += [(row, cell, sign) for row in range(height) if not column[row] and (row, cell) not in (signs or ())]
        for row, cell, (character, token) in put:
            texts[row] = f"{texts[row][:cell]}{character}{texts[row][cell + 1 :]}"
            rows[row] = rows[row][:cell] + bytes([self._number(token)]) + rows[row][cell + 1 :]
        tokens = ["", *self._tokens]
        return [
            tuple((text[run.start() : run.end()], tokens[run[1][0]]) for run in _RUNS.finditer(row)) or ((text, ""),)
            for text, row in zip(texts, rows, strict=True)
        ]

    def _merged(self) -> tuple[bytes, bytes]:
        """The cells' glyphs and colours: those of the lines where there are any, else those of the bands."""
        over, under = self._over.cells(), self._under.cells()
        colours = b"".join(self._over.colours)
        if not any(under):
            return over, colours
        if self.dots.shade:
            under = under.translate(bytes([0, *[_SHADED] * 255]))
        mask, size = int.from_bytes(over.translate(_USED), "big"), len(over)
        below = (int.from_bytes(each, "big") & mask for each in (under, b"".join(self._under.colours)))
        cells, tokens = (
            (int.from_bytes(each, "big") | low).to_bytes(size, "big")
            for each, low in zip((over, colours), below, strict=True)
        )
        return cells, tokens
