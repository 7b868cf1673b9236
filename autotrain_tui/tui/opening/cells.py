"""Texts in cells, for the first picture: widths, frames, bars. As `tui.widgets.line`, without what that imports."""

from __future__ import annotations

import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Span = tuple[str, str]
    Line = list[Span]

__all__ = ["box", "cells_of", "fit", "flow", "meter", "right", "width_of"]

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def box(title: str, facts: str, lines: Sequence[Line], width: int, height: int) -> list[Line]:
    """A frame around some lines."""
    room = width - 6
    if facts and width_of([(title, "")]) + width_of([(facts, "")]) + 3 > room:
        facts = fit(facts, room - width_of([(title, "")]) - 3) if room - len(title) - 3 >= 6 else ""
    title = fit(title, room) if width_of([(title, "")]) > room else title
    shown: Line = [("╭─ ", "frame-lit"), (title, "bold")]
    end: Line = [(" ", ""), (facts, "muted"), (" ─╮", "frame-lit")] if facts else [("─╮", "frame-lit")]
    rule = width - width_of(shown) - width_of(end) - 1
    rows: list[Line] = [[*shown, (" " + "─" * rule, "frame-lit"), *end]]
    for at in range(height - 2):
        line = lines[at] if at < len(lines) else []
        rows.append([("│", "frame"), *line, (" " * (width - 2 - width_of(line)), ""), ("│", "frame-lit")])
    return [*rows, [("╰" + "─" * (width - 2) + "╯", "frame")]]


def meter(fraction: float, width: int, colour: str) -> Line:
    """A bar between its caps."""
    inner = width - 2
    eighths = round(max(0.0, min(1.0, fraction)) * inner * 8)
    eighths = max(1, eighths) if fraction > 0 else eighths
    eighths = min(eighths, inner * 8 - 1) if fraction < 1 else eighths
    whole, part = divmod(eighths, 8)
    filled = "█" * whole + (_EIGHTHS[part] if part else "")
    return [("▕", "frame"), (filled, f"{colour} track"), (" " * (inner - len(filled)), "track"), ("▏", "frame")]


def width_of(spans: Sequence[Span]) -> int:
    """Cells that the spans take."""
    return sum(map(cells_of, (text for text, _ in spans)))


def cells_of(text: str) -> int:
    """Cells that the text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells: filled with blanks, or ended with `…`."""
    if (cells := cells_of(text)) <= width:
        return text + " " * (width - cells)
    while cells_of(text) > width - 1:
        text = text[: max(0, len(text) - max(1, (cells_of(text) - width) // 2))]
    return text + "…" + " " * (width - 1 - cells_of(text))


def right(text: str, width: int) -> str:
    """The text at the right edge."""
    return " " * (width - cells_of(text)) + text


def flow(text: str, width: int, most: int) -> list[str]:
    """A sentence broken between words."""
    lines: list[str] = []
    for word in text.split():
        if lines and cells_of(lines[-1]) + 1 + cells_of(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [fit(line, width) for line in lines]
