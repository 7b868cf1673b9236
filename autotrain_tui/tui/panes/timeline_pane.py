"""Stages as bars on a time axis: solid what is done, outlined what is to come, a whisker for how sure that is."""

from __future__ import annotations

import math

from autotrain_tui.text import format as fmt
from autotrain_tui.tui.model.schedule import Axis, TimelineRow
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, line, right

__all__ = ["axis_line", "bar_line", "row_line", "time_ticks"]

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)
_TIME, _NOTE = 9, 10
_LEAST_BAR = 12


def row_line(row: TimelineRow, width: int) -> tuple[Line]:
    """A stage: number, sign, name, bar, time, and how much it is over."""
    names, room, notes = _columns(width, row.axis)
    faded = row.start is None
    name = fit(row.name, names)
    drawn = line(
        right(str(row.index), 3),
        " ",
        (row.style.sign, row.style.colour),
        " ",
        (name, "muted" if faded else "error" if row.trouble else ""),
        " ",
    )
    bar = bar_line(row, room)
    note = f"{right(row.note, notes - 1)} " if notes > 1 else " "
    tail = line((right(row.time, _TIME), "muted" if faded else ""), (note, row.note_colour))
    return ((*drawn, *bar, *tail),)


def axis_line(axis: Axis | None, width: int) -> Line:
    """The axis above the rows: times at their places, and the budget's edge named."""
    if axis is None:
        return EMPTY
    names, room, _ = _columns(width, axis)
    if room < _LEAST_BAR:
        return EMPTY
    cells: list[tuple[int, str, str]] = []
    if axis.edge is not None:
        label = f"budget {fmt.short_clock(axis.edge)}"
        at = _place(axis.edge, axis, room)
        cells.append((max(0, min(at - len(label) + 1, room - len(label))), label, "warning"))
    for seconds, label in time_ticks(axis.span, max(3, room // 8)):
        at = _place(seconds, axis, room)
        if at + len(label) <= room and all(
            at + len(label) < start or at > start + len(text) for start, text, _ in cells
        ):
            cells.append((at, label, "muted"))
    spans: list[tuple[str, str]] = [(" " * (names + 7), "")]
    place = 0
    for at, label, colour in sorted(cells):
        spans += [*line(" " * (at - place)), (label, colour)]
        place = at + len(label)
    return cut(tuple(spans), width)


def time_ticks(span: float, most: int) -> list[tuple[float, str]]:
    """Round times from 0 to `span` seconds, `most` of them at most, with their labels."""
    step = next((step for step in _STEPS if span / step < most), math.ceil(span / most / 604800) * 604800)
    return [(at * step, _label(at * step, step)) for at in range(int(span / step) + 1)]


def _label(seconds: int, step: int) -> str:
    if not seconds:
        return "0"
    if step < 60:
        return fmt.clock(seconds)
    if step < 3600:
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours}:{minutes:02d} h" if hours else f"{minutes} min"
    if step < 86400:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} d"


def _columns(width: int, axis: Axis) -> tuple[int, int, int]:
    """Cells for names, for bars and for notes, which give way to the bars."""
    names = max(8, min(axis.names, width // 3))
    room = width - names - 7 - _TIME
    notes = _NOTE if axis.notes and (room - _NOTE >= _LEAST_BAR or room - 1 < _LEAST_BAR) else 1
    return names, max(0, room - notes), notes


def _place(seconds: float, axis: Axis, room: int) -> int:
    return max(0, min(room - 1, int(seconds / axis.span * room)))


def bar_line(row: TimelineRow, room: int) -> Line:
    """The row's part of the axis, `room` cells: its bar, the budget's edge, now."""
    if room < _LEAST_BAR:
        return line(" " * room)
    cells = [(" ", "")] * room
    axis = row.axis
    edge = _place(axis.edge, axis, room) if axis.edge is not None else None
    if axis.now is not None:
        cells[_place(axis.now, axis, room)] = ("╎", "accent")
    if edge is not None:
        cells[edge] = ("┃", "warning")
    if row.start is not None:
        _paint(cells, row, edge)
    return _joined(cells)


def _paint(cells: list[tuple[str, str]], row: TimelineRow, edge: int | None) -> None:
    """The bar itself over the cells."""
    axis, room = row.axis, len(cells)
    start = row.start or 0.0
    first = _place(start, axis, room)
    last = max(first, _place(max(start, row.end - 1e-6), axis, room))
    past = start + row.done
    over = row.done >= row.end - start - 1e-6  # done to its end: no cell of it is left open by rounding
    far = _place(row.end + row.spread, axis, room) if row.spread else last
    for at in range(first, far + 1):
        beyond = edge is not None and at >= edge
        colour = "warning" if beyond else row.style.colour if row.style.colour != "muted" else "gauge"
        if at > last:
            cells[at] = ("┄", "warning" if beyond else "muted")
        elif row.done and (over or first == last or (at + 0.5) / room * axis.span <= past):
            cells[at] = ("▆", colour)
        elif not row.known:
            cells[at] = ("?", "muted")
        else:
            cells[at] = ("├" if at == first < last else "┤" if at == last else "─", colour)


def _joined(cells: list[tuple[str, str]]) -> Line:
    """Neighbours of the same colour token as one span."""
    spans: list[tuple[str, str]] = []
    for glyph, colour in cells:
        if spans and spans[-1][1] == colour:
            spans[-1] = (spans[-1][0] + glyph, colour)
        else:
            spans.append((glyph, colour))
    return tuple(spans)
