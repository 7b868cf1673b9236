"""Numbers with a sign of magnitude: `loss=1.2k`, `tokens_per_sec: 12.3K`, `consumed_tokens: 1.05M`.

A line that has one is read with those numbers written out in the same length (`12e2`), so that its columns stay where
they are. Only numbers with a decimal point behind a name are: `64k` is a setting, and a bar's `1.2k/5.0k` its own.
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["LineWithThousands", "plain_thousands"]

_NUMBER = lazy_pattern(
    rb"(?<=[A-Za-z)\"'][ :=])(?P<sp> ?)(?P<sign>-?)(?P<whole>\d{1,6})\.(?P<part>\d{1,6})(?P<unit>[kKM])"
    rb"(?=[\s,;|)\]}]|$)"
)
_POWERS = {b"k": 3, b"K": 3, b"M": 6}


def plain_thousands(line: bytes) -> bytes:
    """The line with its numbers in plain form; the very same object if it has none."""
    if b"." not in line or not (b"k" in line or b"K" in line or b"M" in line):
        return line
    return _NUMBER.sub(_written_out, line) if _NUMBER.search(line) else line


def _written_out(found: re.Match[bytes]) -> bytes:
    power = _POWERS[found["unit"]] - len(found["part"])
    if power < 0:  # more digits than the power has: the point moves
        digits = found["whole"] + found["part"]
        text = digits[:power] + b"." + digits[power:]
    else:
        text = b"%b%be%d" % (found["whole"], found["part"], power)
    return found["sp"] + found["sign"] + text.ljust(len(found.group()) - len(found["sp"] + found["sign"]))


class LineWithThousands:
    """Reads lines of one shape after their numbers are written out."""

    __slots__ = ("rest",)

    def __init__(self, rest: Layout) -> None:
        self.rest = rest

    def read(self, line: bytes, state: State) -> None:
        """Read the line in plain form."""
        self.rest.read(plain_thousands(line), state)
