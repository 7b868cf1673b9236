"""The mark at the right edge of a list that is longer than its pane: drawn, and moved with the mouse."""

from __future__ import annotations

from textual.geometry import Offset, Size

from autotrain_tui.tui.widgets.line import Line, cut, line, width_of

__all__ = ["entry_at", "with_scroll_mark"]


def entry_at(offset: Offset, size: Size, head: int, each: int, count: int) -> int | None:
    """The entry that has as much of the list before it as the row under the mouse; None beside the mark.

    `head`: lines of the heading; `each`: lines of an entry; `count`: entries in all. A list that fits has no mark.
    """
    rows = size.height - head
    if offset.x < size.width - 1 or offset.y < head or count * each <= rows:
        return None
    return round(min(1.0, (offset.y - head) / max(1, rows - 1)) * (count - 1))


def with_scroll_mark(lines: list[Line], top: int, total: int, width: int, height: int) -> list[Line]:
    """The lines with a thin mark at the right edge: where in the whole list we are."""
    size = max(1, height * height // total)
    start = round((height - size) * top / max(1, total - height))
    return [
        (
            *cut(each, width - 1),
            *line(" " * (width - 1 - width_of(each))),
            ("▐" if start <= at < start + size else " ", "muted"),
        )
        for at, each in enumerate(lines)
    ]
