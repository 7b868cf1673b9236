"""Characters that may be displayed: printable, visible, with at most a few combining marks each.

The categories are Python's own Unicode tables (`unicodedata`); characters unknown to them count as not printable.
"""

from __future__ import annotations

import unicodedata

__all__ = ["printable"]

_MARKS = 4
"""Combining marks kept on one character; more would draw over the lines above and below."""


class _Printable(dict[int, str | None]):
    """What each character becomes (for `str.translate`), found once per character; the first few thousand are kept."""

    def __missing__(self, codepoint: int) -> str | None:
        kept = _replacement(chr(codepoint))
        if len(self) < 8192:
            self[codepoint] = kept
        return kept


# Letters that draw nothing (Hangul fillers) and marks that only change how another character looks.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")
_TABLE = _Printable()


def _replacement(character: str) -> str | None:
    """The character itself when it is printable and seen; white space as spaces; None where it is dropped."""
    category = unicodedata.category(character)
    if category in ("Cf", "Cc") or character in _INVISIBLE or unicodedata.name(character, "").startswith("VARIATION"):
        return None
    if category in ("Zs", "Zl", "Zp"):
        return "  " if character == "\u3000" else " "
    return character if character.isprintable() else "\ufffd"


def printable(text: str) -> str:
    """Text without controls (they are gone by now), made printable, with marks thinned out."""
    if text.isascii():
        return text
    text = text.translate(_TABLE)
    if not any(map(_is_mark, text)):
        return text
    kept, marks = [], _MARKS  # a mark with nothing before it would sit on what is drawn before the line
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= _MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    """Does it sit on the character before it, taking no cell (marks, and Hangul vowels and finals of the old way)?"""
    return character > "\u02ff" and (unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff")
