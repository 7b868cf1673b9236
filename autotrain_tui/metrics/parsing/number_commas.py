"""Numbers with commas, made plain before lines are read: `98,851` is 98851, and where a program prints decimal commas
`0,6663` is 0.6663.

A comma between digits can be a thousands' sign, a decimal sign, or stand between two numbers (a CSV row, a list, a
time `10:00:00,123`). A number that can only be a decimal (`0,69`, `51,2345`) settles it for the log: from there on
`12,345` is a decimal too. The text keeps its length, so that columns stay where they are.
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern

__all__ = ["PlainNumbers"]

_COMMA = lazy_pattern(
    rb"(?:(?<=[ \t=:|])(?<!\d:)(?<![\d\],)],[ \t])|(?<=\d/))(?<!\d\d\d\d/)"
    rb"(?:-?(?P<grouped>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?)|-?(?P<other>\d{1,15},\d{1,20}))"
    rb"(?=[%\s;|)\]:/}\"'<]|,(?:\s|$)|\.\s|[A-Za-z]|$)"
)
# begins with the comma, so that the search runs from one to the next; a logger's milliseconds are none of ours
_MIGHT = lazy_pattern(rb",(?<=\d,)(?<!:\d\d,)(?=\d)")
_BRACKETED = lazy_pattern(rb"\s*\[(?P<count>[1-9]\d{0,2}(?:,\d{3})+)\](?=\s)")  # `[1,000] F1: 88.24%`
_SURE_DECIMALS = 4  # digits behind a comma that no thousands' group has


class PlainNumbers:
    """Rewrites the numbers of one log; remembers whether its program prints decimal commas."""

    def __init__(self) -> None:
        self._decimal = False
        self._counts_in_thousands = False

    def rewrite(self, block: bytes) -> bytes:
        """Whole lines with their numbers in plain form, of the same length."""
        found = _MIGHT.search(block)
        if found is None:
            return block
        parts, done = [], 0
        while found is not None:
            begin = block.rfind(b"\n", done, found.start()) + 1 or done
            end = block.find(b"\n", found.end()) + 1 or len(block)
            parts.append(block[done:begin])
            parts.append(_COMMA.sub(self._plain, self._plain_count(block[begin:end])))
            done = end
            found = _MIGHT.search(block, done)
        parts.append(block[done:])
        return b"".join(parts)

    def _plain_count(self, line: bytes) -> bytes:
        """The line with its first number in plain form. `[1,200]` may be an epoch and a step; `[1,050]` can't."""
        match = _BRACKETED.match(line)
        if match is None:
            return line
        count = match["count"]
        self._counts_in_thousands = self._counts_in_thousands or b",0" in count
        if not self._counts_in_thousands:
            return line
        plain = b"[" + count.replace(b",", b"") + b"]"
        return plain.rjust(match.end()) + line[match.end() :]

    def _plain(self, match: re.Match[bytes]) -> bytes:
        text = match.group()
        grouped = match["grouped"]
        if grouped is not None and not (self._decimal and text.count(b",") == 1 and b"." not in text):
            return text.replace(b",", b"").rjust(len(text))
        whole, _, part = text.partition(b",")
        if (whole.lstrip(b"-") == b"0" and len(part) > 1) or len(part) >= _SURE_DECIMALS:
            self._decimal = True
        return whole + b"." + part
