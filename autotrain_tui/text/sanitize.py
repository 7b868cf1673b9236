"""The one gate for texts that others named (FAULTS rule 13), for those who mostly show plain words.

Its tables are imported when the first text needs them: they cost a plain command time.
"""

from __future__ import annotations

__all__ = ["plain"]


def plain(text: str) -> str:
    """The text as it may be shown, in one line: as `sanitise.plain` makes it."""
    if text.isascii() and text.isprintable():
        return text
    from autotrain_tui.text.escape_filter import plain as gate  # its tables cost a plain command time

    return gate(text)
