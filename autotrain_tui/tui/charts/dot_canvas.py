"""Dots smaller than a cell: quadrant blocks, which practically every monospace font has, or braille, which is finer.

`AUTOTRAIN_CURVES=braille` chooses braille from the start; a key in Metrics mode changes it while the screen is open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import add

import msgspec

from autotrain_tui.tui.widgets.line import Line

__all__ = ["BLOCKS", "BRAILLE", "DotCanvas", "Dots", "chosen_dots", "toggle_dots"]


class Dots(msgspec.Struct, frozen=True):
    """Characters made of dots: two columns of `down` rows each. `glyphs[left][right]`: bit n = row n from the top."""

    name: str
    down: int
    glyphs: tuple[str, ...]


_LEFT, _RIGHT = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)  # dots of the Unicode chart U+2800


def _braille(left: int, right: int) -> str:
    mask = sum(bit for row, bit in enumerate(_LEFT) if left >> row & 1)
    mask += sum(bit for row, bit in enumerate(_RIGHT) if right >> row & 1)
    return chr(0x2800 + mask) if mask else " "


BLOCKS = Dots("blocks", 2, (" ▝▗▐", "▘▀▚▜", "▖▞▄▟", "▌▛▙█"))
BRAILLE = Dots("braille", 4, tuple("".join(_braille(left, right) for right in range(16)) for left in range(16)))

_chosen = BRAILLE if os.environ.get("AUTOTRAIN_CURVES", "").lower() == "braille" else BLOCKS


def chosen_dots() -> Dots:
    """The dots that curves are drawn with."""
    return _chosen


def toggle_dots() -> Dots:
    """Switch between blocks and braille."""
    global _chosen  # noqa: PLW0603  a setting of the one screen there is in a process
    _chosen = BLOCKS if _chosen is BRAILLE else BRAILLE
    return _chosen


class DotCanvas:
    """`width` x `height` cells of dots. Rows count from the top; later marks give a cell their colour token.

    Kept by columns, since curves are drawn by columns: filling one is a slice.
    """

    def __init__(self, width: int, height: int, dots: Dots | None = None) -> None:
        self.width, self.height = width, height
        self.dots = dots or chosen_dots()
        self._halves = [[0] * height for _ in range(2 * width)]
        self._colours = [[""] * height for _ in range(width)]
        self._used: list[str] = []

    @property
    def columns(self) -> int:
        """Columns of dots."""
        return 2 * self.width

    @property
    def rows(self) -> int:
        """Rows of dots."""
        return self.dots.down * self.height

    def mark(self, spans: Iterable[tuple[int, int, int]], colour: str) -> None:
        """Set dots: (column, first row, last row), both rows included, from the top."""
        if colour not in self._used:
            self._used.append(colour)
        down = self.dots.down
        full = (1 << down) - 1
        for column, top, bottom in spans:
            half, colours = self._halves[column], self._colours[column >> 1]
            first, last = top // down, bottom // down
            above, below = full & ~((1 << top % down) - 1), (1 << bottom % down + 1) - 1
            if first == last:
                half[first] |= above & below
                colours[first] = colour
                continue
            half[first] |= above
            half[last] |= below
            half[first + 1 : last] = [full] * (last - first - 1)
            colours[first : last + 1] = [colour] * (last - first + 1)

    def lines(self, backdrop: Mapping[int, tuple[str, str]] | None = None) -> list[Line]:
        """The canvas as lines; `backdrop`: the character and colour token of a column of cells without dots."""
        glyphs = "".join(self.dots.glyphs)
        shift = 1 << self.dots.down
        left = [[bits * shift for bits in half] for half in self._halves[::2]]
        texts = [
            "".join(map(glyphs.__getitem__, map(add, ones, twos)))
            for ones, twos in zip(zip(*left, strict=True), zip(*self._halves[1::2], strict=True), strict=True)
        ]
        if not backdrop and len(self._used) <= 1:
            colour = self._used[0] if self._used else ""
            return [((text, colour),) for text in texts]
        return [
            _spans(text, colours, backdrop or {})
            for text, colours in zip(texts, zip(*self._colours, strict=True), strict=True)
        ]


def _spans(text: str, colours: Sequence[str], backdrop: Mapping[int, tuple[str, str]]) -> Line:
    """A row in spans of one colour token; blanks take that of the cell before them."""
    spans: list[tuple[str, str]] = []
    for cell, (mark, own) in backdrop.items():
        if text[cell] == " ":
            text = f"{text[:cell]}{mark}{text[cell + 1 :]}"
            colours = (*colours[:cell], own, *colours[cell + 1 :])
    at = 0
    for colour, run in groupby(colours):
        length = len(list(run))
        piece = text[at : at + length]
        at += length
        if spans and (spans[-1][1] == colour or not piece.strip(" ")):
            spans[-1] = (spans[-1][0] + piece, spans[-1][1])
        else:
            spans.append((piece, colour))
    return tuple(spans)
