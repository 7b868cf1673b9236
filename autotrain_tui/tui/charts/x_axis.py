"""The x axis of a chart: stages' names on its rule, round values under it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len

from autotrain_tui.tui.model.axis import place_labels, x_text, x_ticks
from autotrain_tui.tui.model.stage_places import border_starts
from autotrain_tui.tui.widgets.line import Line, line

__all__ = ["axis_line", "ticks_line"]


def axis_line(x: tuple[float, float], borders: Sequence[tuple[float, str]], width: int) -> Line:
    """The x axis: a rule with a mark where each stage begins and its label: all of it, its first word, or nothing."""
    drawn = ["─"] * width
    # of several stages that start in one cell the last one is named
    named: dict[int, int] = {}
    before: int | None = None
    for place, at in enumerate(border_starts(borders)):
        if at < x[0]:
            before = place
        elif at <= x[1] and x[1] > x[0]:
            named[min(width - 1, int((at - x[0]) / (x[1] - x[0]) * width))] = place
    inside = [(column, borders[place][1], place > 0) for column, place in named.items()]
    if before is not None and (not inside or inside[0][0] > 0):
        inside.insert(0, (0, borders[before][1], False))
    free = 0
    for place, (column, label, marked) in enumerate(inside):
        if marked:
            drawn[column] = "┴"
        if column < free:
            continue
        end = inside[place + 1][0] if place + 1 < len(inside) else width
        text = next((text for text in (label, label.split(" ")[0]) if column + cell_len(text) + 2 <= end), "")
        free = column + 1
        for letter in text:
            cells = cell_len(letter)
            drawn[free : free + cells] = [letter, *[""] * (cells - 1)] if cells else []
            free += cells
    return line(("".join(drawn), "faint"))


def ticks_line(
    x: tuple[float, float], width: int, indent: int, axis: str, column_of: Callable[[float], int | None]
) -> Line:
    """The values under the x axis, after `indent` cells; `column_of` gives the cell of a place."""
    drawn = [" "] * width

    def write(start: int, text: str) -> None:
        drawn[start : start + len(text)] = text

    labels = [
        (column, x_text(place, axis))
        for place in x_ticks(*x, max(2, width // 12), axis)
        if (column := column_of(place)) is not None
    ]
    place_labels(labels, width, write)
    return line((" " * indent + "".join(drawn), "muted"))
