"""Texts of numbers cut out of lines, and what they say.

All lines of one shape have the same length and their numbers at the same places, so that the numbers of many lines are
cut in one call, and a column of them is parsed in one call, by the JSON parser, which takes a fifth of float()'s time.
What JSON does not know (`+1`, `.5`, `007`, nan) is left to float().
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import cast

import msgspec

__all__ = ["LineCutter", "Span", "float_of", "floats_of", "has_digit", "whole_numbers_of"]

Span = tuple[int, int]
Texts = tuple[bytes, ...]

_DIGITS = frozenset(b"0123456789")
_float = msgspec.json.Decoder(float).decode
_floats = msgspec.json.Decoder(list[float]).decode
_whole_numbers = msgspec.json.Decoder(list[int]).decode


class LineCutter:
    """Cuts the texts at some places out of lines of one length; an empty place gives an empty text.

    Quickest where the places come in the order of the line.
    """

    __slots__ = ("_fields", "_order", "cut")

    def __init__(self, spans: Sequence[Span], length: int) -> None:
        self._fields: struct.Struct | None = None
        self._order: list[int] | None = None
        self.cut: Callable[[bytes], Texts] = _sliced(spans)
        order = sorted((i for i, (begin, end) in enumerate(spans) if begin < end), key=spans.__getitem__)
        parts, at = [], 0
        for i in order:
            begin, end = spans[i]
            if begin < at or end > length:
                return  # they overlap
            parts.append(f"{begin - at}x{end - begin}s")
            at = end
        if len(order) < len(spans):
            parts.append("0s")  # what an empty place gives
        self._fields = struct.Struct("".join(parts) + f"{length - at}x")
        unpack = self._fields.unpack
        where = [order.index(i) if i in order else len(order) for i in range(len(spans))]
        if where == [*range(len(parts))]:
            self.cut = unpack
            return
        self._order = where
        if len(where) > 1:
            pick = cast("Callable[[Texts], Texts]", itemgetter(*where))
            self.cut = lambda line: pick(unpack(line))

    def columns(self, lines: Sequence[bytes]) -> list[Texts]:
        """The texts of several lines, a column for each place."""
        if self._fields is None:
            return list(zip(*map(self.cut, lines), strict=True))
        columns = list(zip(*self._fields.iter_unpack(b"".join(lines)), strict=True))
        return columns if self._order is None else [columns[i] for i in self._order]


def _sliced(spans: Sequence[Span]) -> Callable[[bytes], Texts]:
    slices = [slice(*span) for span in spans]
    if len(slices) == 1:
        only = slices[0]
        return lambda line: (line[only],)
    return cast("Callable[[bytes], Texts]", itemgetter(*slices))


def float_of(text: bytes) -> float:
    """The number that a text says; ValueError for none."""
    try:
        return _float(text)
    except msgspec.DecodeError:
        return float(text)


def floats_of(texts: Sequence[bytes]) -> list[float]:
    """The numbers that texts say; ValueError where one says none."""
    try:
        return _floats(b"[%b]" % b",".join(texts))
    except msgspec.DecodeError:
        return list(map(float, texts))


def whole_numbers_of(texts: Sequence[bytes]) -> list[int]:
    """The whole numbers that texts say; ValueError where one says none."""
    try:
        return _whole_numbers(b"[%b]" % b",".join(texts))
    except msgspec.DecodeError:
        return list(map(int, texts))


def has_digit(text: bytes) -> bool:
    """Whether a digit stands in a text."""
    return not _DIGITS.isdisjoint(text)
