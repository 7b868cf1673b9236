"""Whether bytes are those of a text, such as a log with colours and bars."""

from __future__ import annotations

__all__ = ["is_binary"]

_CONTROL = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}
_MOST_CONTROL = 0.02
"""Share of control characters that a text may have."""


def is_binary(head: bytes) -> bool:
    """Whether the first bytes of a file are not those of a text."""
    control = sum(byte in _CONTROL for byte in head)
    return b"\0" in head or control > _MOST_CONTROL * len(head)
