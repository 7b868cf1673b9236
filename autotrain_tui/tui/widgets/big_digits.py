"""Numbers three lines high, for the value of a pane that is looked for first. Pure."""

from __future__ import annotations

from autotrain_tui.tui.widgets.line import Line, line

__all__ = ["BIG_HEIGHT", "big_number", "big_width"]

BIG_HEIGHT = 3
_CELLS = 4
"""Cells of a digit, the gap after it included."""
_GLYPHS = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    "–": ("   ", "▀▀▀", "   "),
}


def big_width(digits: int) -> int:
    """Cells of a number of so many digits with its unit of one letter."""
    return digits * _CELLS + 1


def big_number(number: float | None, unit: str, digits: int, colour: str, *, plain: bool) -> list[Line]:
    """A whole number in three lines, right-aligned in `digits` places, its unit of one letter at the foot.

    An unknown number is a dash. `plain`: in one line of ordinary letters, for terminals without blocks.
    """
    text = "–" if number is None else f"{number:.0f}"
    if plain:
        return [line((f"{text} {unit}".rjust(big_width(digits)), f"{colour} bold")), (), ()]
    text = text.rjust(digits)
    rows = ["".join(_GLYPHS.get(letter, ("   ",) * 3)[row] + " " for letter in text) for row in range(BIG_HEIGHT)]
    return [line((each, colour), (unit if row == BIG_HEIGHT - 1 else " ", "muted")) for row, each in enumerate(rows)]
