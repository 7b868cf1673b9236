"""Starts of lines in a block of whole lines, as bytes: line by line would be many times slower."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["line_starts", "lines_matching", "lines_with", "same_lines", "without_escapes"]

_ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


def lines_with(block: bytes, needle: bytes) -> Iterator[int]:
    """Starts of the lines that hold a text."""
    at = block.find(needle)
    while at >= 0:
        yield block.rfind(b"\n", 0, at) + 1
        end = block.find(b"\n", at + len(needle))
        at = block.find(needle, end + 1) if end >= 0 else -1


def lines_matching(block: bytes, pattern: re.Pattern[bytes]) -> Iterator[int]:
    """Starts of the lines that match."""
    at = 0
    while at < max(1, len(block)) and (match := pattern.search(block, at)) is not None:
        if match.start() >= len(block) > 0 and block.endswith(b"\n"):
            return  # no line follows the last newline
        yield block.rfind(b"\n", 0, match.start()) + 1
        end = block.find(b"\n", match.start())
        if end < 0:
            return
        at = end + 1


def without_escapes(block: bytes) -> bytes:
    """The same lines without escape sequences; the block itself if it has none."""
    if b"\x1b" not in block:
        return block
    # A last line of nothing but escapes is still a line: its newline says so.
    return _ESCAPES.sub(b"", block) + (b"" if block.endswith(b"\n") else b"\n")


def line_starts(block: bytes) -> list[int]:
    """Starts of all lines."""
    starts = [0, *(match.end() for match in re.finditer(rb"\n", block))]
    return starts[:-1] if starts[-1] == len(block) else starts


def same_lines(clean: bytes, block: bytes, found: list[int]) -> list[int]:
    """Starts of lines in `clean` as starts of the same lines in `block`."""
    if not found:
        return found
    starts = line_starts(block)
    number = at = 0
    there = []
    for start in found:
        number += clean.count(b"\n", at, start)
        at = start
        there.append(starts[number])
    return there
