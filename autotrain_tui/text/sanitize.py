"""`sanitize`: every text of a stage, a plan or a file passes it before a person sees it (FAULTS 13)."""

from __future__ import annotations

__all__ = ["sanitize"]


def sanitize(data: bytes | str, *, newlines: bool = False) -> str:
    """Printable text of anything a stage wrote or named: a line, a metric, a file, an error.

    One line comes out, line ends as spaces, unless `newlines` keeps them. A line over `escape_filter.LINE_LIMIT` is
    truncated with a note.
    """
    if isinstance(data, str) and data.isascii() and data.isprintable():
        return data
    from autotrain_tui.text.escape_filter import styled  # its tables cost a plain command time

    lines = data.split(b"\n") if isinstance(data, bytes) else data.split("\n")
    return ("\n" if newlines else " ").join(styled(line).text for line in lines)
