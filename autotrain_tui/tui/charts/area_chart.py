"""A gauge's recent past as an area chart of eighth blocks: one column per moment, as many lines as fit. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.tui.widgets.line import Line, line

__all__ = ["SECONDS", "area_chart", "recent"]

SECONDS = 120
"""The shortest time span of a chart; at one sample a second, the number of samples."""

_LEVELS = " ▁▂▃▄▅▆▇█"


def recent(values: Sequence[float | None], width: int) -> list[float | None]:
    """The last two minutes in `width` columns, the newest at the right; samples that share a column are averaged, and
    a wider chart reaches further back.
    """
    if width <= 0:
        return []
    each = max(1, -(-SECONDS // width))
    shown = list(values[-each * width :])
    columns: list[float | None] = []
    for end in range(len(shown), 0, -each):
        known = [number for number in shown[max(0, end - each) : end] if number is not None]
        columns.append(sum(known) / len(known) if known else None)
    columns += [None] * (width - len(columns))
    return columns[::-1]


def area_chart(
    values: Sequence[float | None], width: int, height: int, top: float | None = 100.0, colour: str = "gauge"
) -> list[Line]:
    """The recent values up to `top` (None: the largest one), in `height` lines; a missing value leaves a gap."""
    columns = recent(values, width)
    if top is None:
        top = max((number for number in columns if number is not None), default=0.0)
    eighths = [None if number is None else _eighths(number, top, height) for number in columns]
    lines = []
    for row in range(height):
        below = (height - 1 - row) * 8
        text = "".join(" " if each is None else _LEVELS[max(0, min(8, each - below))] for each in eighths)
        lines.append(line((text, colour)))
    return lines


def _eighths(number: float, top: float, height: int) -> int:
    """At least one: a value of 0 is visible, unlike a missing one."""
    return max(1, min(height * 8, round(number / top * height * 8))) if top > 0 else 1
