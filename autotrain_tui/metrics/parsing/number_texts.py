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

__all__ = [
    "LineCutter",
    "Span",
    "decode_float",
    "float_of",
    "floats_of",
    "has_digit",
    "whole_number",
    "whole_number_of",
    "whole_numbers_of",
]

Span = tuple[int, int]
Texts = tuple[bytes, ...]

_DIGITS = frozenset(b"0123456789")
decode_float = msgspec.json.Decoder(float).decode
_decode_whole = msgspec.json.Decoder(int).decode  # twice as quick as int()
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
        self.cut: Callable[[bytes], Texts]
        printed = sorted((i for i, (begin, end) in enumerate(spans) if begin < end), key=spans.__getitem__)
        in_turn = printed == sorted(printed)
        order = [*range(len(spans))] if in_turn else [*printed, *(set(range(len(spans))) - set(printed))]
        parts, at = [], 0
        for begin, end in map(spans.__getitem__, order):
            if begin == end:
                parts.append("0s")
                continue
            if begin < at or end > length:
                self.cut = _sliced(spans)  # they overlap
                return
            parts.append(f"{begin - at}x{end - begin}s")
            at = end
        self._fields = struct.Struct("".join(parts) + f"{length - at}x")
        self.cut = unpack = self._fields.unpack
        if not in_turn:
            self._order = [order.index(i) for i in range(len(spans))]
            pick = cast("Callable[[Texts], Texts]", itemgetter(*self._order))
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
        return decode_float(text)
    except msgspec.DecodeError:
        return float(text)


def floats_of(texts: Sequence[bytes]) -> list[float]:
    """The numbers that texts say; ValueError where one says none."""
    try:
        return _floats(b"[%b]" % b",".join(texts))
    except msgspec.DecodeError:
        return list(map(float, texts))


def whole_number(digits: bytes) -> int:
    """The number that some digits say; ValueError for none."""
    try:
        return _decode_whole(digits)
    except msgspec.DecodeError:
        return int(digits)


def whole_number_of(text: bytes) -> int:
    """The number that a text says, without its fraction; ValueError for none."""
    return whole_number(text) if text.isdigit() else int(float(text))


def whole_numbers_of(texts: Sequence[bytes]) -> list[int]:
    """The whole numbers that texts say; ValueError where one says none."""
    try:
        return _whole_numbers(b"[%b]" % b",".join(texts))
    except msgspec.DecodeError:
        return list(map(int, texts))


def has_digit(text: bytes) -> bool:
    """Whether a digit stands in a text."""
    return not _DIGITS.isdisjoint(text)
