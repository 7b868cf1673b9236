"""Plain signs for terminals that are not UTF-8: the one place where the drawing becomes ASCII, cell for cell.

The screen is drawn as ever; the last filter before the terminal maps signs, frames, bars and curves, and shows as `?`
what has no equivalent. The letters of SCREENS.md's column of signs are here and nowhere else.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

__all__ = ["PlainSigns", "plain_signs"]

_SIGNS = str.maketrans(
    {
        # states
        "▶": ">",
        "✓": "+",
        "✗": "x",
        "⏸": '"',
        "❄": "*",
        "■": "#",
        "↷": "-",
        "‖": "=",
        "·": ".",
        # words and pointers
        "–": "-",
        "—": "-",
        "…": "~",
        "±": "~",
        "×": "x",
        "→": ">",
        "←": "<",
        "↑": "^",
        "↓": "v",
        "▸": ">",
        "▾": "v",
        "⏎": "^",
        "°": " ",
        "’": "'",
        "“": '"',
        "”": '"',
        "●": "*",
        "○": "o",
        "◐": "+",
        "◆": "*",
        "★": "*",
        "▲": "^",
        "▼": "v",
        "⚠": "!",
        "\u00a0": " ",
        # frames and axes
        **dict.fromkeys("─━═╌╍┄┅┈┉▔▁", "-"),
        **dict.fromkeys("│┃║╎╏┆┇┊┋▏▕▎", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋", "+"),
        # bars, from a little to a lot
        **dict.fromkeys("▂░▖▗▘▝", "."),
        **dict.fromkeys("▃▄▒▚▞▀", ":"),
        **dict.fromkeys("▅▆▇█▓▙▛▜▟▉▊▋▌▍▐", "#"),
        # braille: few dots, many dots
        **{chr(0x2800 + dots): " .:"[min(2, (dots.bit_count() + 2) // 3)] for dots in range(256)},
    }
)


def plain_signs(text: str) -> str:
    """The text in ASCII, as many cells wide as it was."""
    if text.isascii():
        return text
    text = text.translate(_SIGNS)
    if text.isascii():
        return text
    return "".join(letter if letter.isascii() else "?" * cell_len(letter) for letter in text)


class PlainSigns(LineFilter):
    """Every line as ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  the base's form
        """The same styles over plain signs."""
        return [Segment(plain_signs(text), style, control) for text, style, control in segments]
