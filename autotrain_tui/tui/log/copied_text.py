"""Text of a log for the clipboard: whole lines as they are shown, read from the file, with what is folded between."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from autotrain_tui.text.escape_filter import LINE_LIMIT, size_text
from autotrain_tui.tui.log.window import LogWindow

__all__ = ["COPY_LIMIT", "Copied", "copied_text"]

COPY_LIMIT = 1024 * 1024
"""Bytes that are copied at most: many terminals refuse a longer sequence, and then take nothing of it."""
_PART = 64
"""Lines that are read at once."""


class Copied(NamedTuple):
    """What was read of a selection."""

    text: str
    lines: int
    whole: bool
    """Whether that is all of it; else it ends at COPY_LIMIT."""
    shortened: int
    """Lines that are longer than what is shown of a line."""

    @property
    def sentence(self) -> str:
        """What to tell of it."""
        count = f"{self.lines:,} line{'s' * (self.lines != 1)}"
        size = size_text(len(self.text.encode()))
        told = f"copied {count}, {size}"
        if not self.whole:
            told = f"copied the first {count}: no more than {size_text(COPY_LIMIT)} at once"
        if self.shortened:
            told += f"; {self.shortened:,} of them cut at {size_text(LINE_LIMIT)}"
        return told


def copied_text(window: LogWindow, first: int, last: int, part: Callable[[int], tuple[int, int] | None]) -> Copied:
    """The lines from the one at the place `first` to the one at `last`.

    `part` returns the characters of the line at a place that are wanted, None for all of them; an end of -1 is the
    line's end. Lines inside of folded tracebacks belong to it; lines that a filter hides do not.
    """
    pieces: list[str] = []
    size, shortened, at = 0, 0, first
    while lines := window.unfolded.forward(at, _PART):
        for line in lines:
            if line.start > last:
                break
            text = window.viewport.shown(line).text
            begin, end = part(line.start) or (0, -1)
            piece = text[begin : len(text) if end < 0 else end]
            taken = len(piece.encode()) + bool(pieces)
            if size + taken > COPY_LIMIT and pieces:
                return Copied("\n".join(pieces), len(pieces), whole=False, shortened=shortened)
            pieces.append(piece)
            size += taken
            shortened += line.size > LINE_LIMIT and end < 0
        if lines[-1].next > last:
            break
        at = lines[-1].next
    return Copied("\n".join(pieces), len(pieces), whole=True, shortened=shortened)
