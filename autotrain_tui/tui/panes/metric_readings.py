"""The newest readings of one metric as a table, with its range above: what the program said last, in figures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.cursor_values import exact
from autotrain_tui.tui.model.axis import x_text
from autotrain_tui.tui.model.newest_readings import MetricReadings, PlacedReading
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, line, right, spread
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["ReadingsPane", "reading_lines"]

_CELLS = {"time": 8, "step": 8, "epoch": 7, "value": 10, "change": 10}
"""The columns from left to right, with the least cells of each."""
_PLACES = ("step", "epoch")
_FIRST_GIVEN_ROOM = ("value", "step", "epoch", "change", "time")


def reading_lines(readings: MetricReadings, width: int, height: int) -> list[Line]:
    """The range, then a line for each of the newest readings that there is room for, a heading before each stage's."""
    if not readings.stages:
        return [EMPTY, line("  ", ("no value yet", "muted"))]
    best = {"min": "lowest", "max": "highest"}.get(readings.goal)
    lines = [
        spread(
            line(" ", (name, "muted"), (" ★ best" if name == best else "", "faint")),
            line((exact(value), "bold" if name == best else ""), " "),
            width,
        )
        for name, value in readings.figures.items()
    ]
    cells = _columns(readings.places, width)
    head = "".join(right(name, room) for name, room in cells.items())
    lines += [EMPTY, line((f"{head} ", "muted"))]
    for at, (stage, _) in enumerate(readings.stages):
        if len(readings.stages) > 1:
            lines.append(line(" ", (sanitize(stage), "muted bold")))
        lines += _rows(readings.newest(at, max(0, height - len(lines))), cells, readings.colour)
        if len(lines) >= height:
            break
    return [cut(each, width) for each in lines[:height]]


def _columns(places: Collection[str], width: int) -> dict[str, int]:
    """The columns that there is room for, in their order, with their cells; a place that no point has takes none."""
    taken, room = set[str](), width - 1
    for name in _FIRST_GIVEN_ROOM:
        if (name in places or name not in _PLACES) and _CELLS[name] <= room:
            taken.add(name)
            room -= _CELLS[name]
    return {name: cells + room // len(taken) for name, cells in _CELLS.items() if name in taken}


def _rows(newest: Sequence[PlacedReading], cells: Mapping[str, int], colour: str) -> Iterator[Line]:
    """A line for each, the newest value in the curve's colour."""
    decimals = _decimals([reading.value for reading in newest])
    for number, (time, step, epoch, value, change) in enumerate(newest):
        texts = {
            "time": fmt.clock(time),
            "step": fmt.count(step),
            "epoch": x_text(epoch, "epoch") if epoch is not None else fmt.UNKNOWN,
            "value": _text(value, decimals, ""),
            "change": "" if change is None else "=" if not change else _text(change, decimals, "+"),
        }
        colours = {"value": "" if number else f"{colour} bold"}
        yield line(*((right(texts[name], room), colours.get(name, "muted")) for name, room in cells.items()))


def _decimals(values: Sequence[float]) -> int | None:
    """Decimals with which all of these can be written alike, in little room; None: as each is best written."""
    texts = [exact(value) for value in values]
    if not all(text.replace(".", "").lstrip("-").isdigit() for text in texts):
        return None
    whole = max((len(text.partition(".")[0]) for text in texts), default=0)
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    return decimals if whole + decimals < _CELLS["value"] - 1 else None


def _text(value: float, decimals: int | None, sign: str) -> str:
    """A value, or the difference of two, `sign` before what is not negative."""
    if decimals is not None:
        return f"{value:{sign}.{decimals}f}"
    return f"{sign * (value > 0)}{fmt.value(value, 8)}" if sign else exact(value)


class ReadingsPane(LineWidget):
    """The pane. It shows the metric of the current curve, or the one under the list's cursor."""

    LEAST_HEIGHT = 9
    """Lines, with its frame, below which it says too little."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.readings: MetricReadings | None = None

    def show(self, readings: MetricReadings) -> None:
        """Draw this metric's points."""
        self.readings = readings
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The metric, and how many points of it there are."""
        if self.readings is None:
            return "Readings", ""
        count = self.readings.count
        return sanitize(self.readings.name), f"{fmt.count(count)} reading{'s' * (count != 1)}"

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Range and table."""
        return reading_lines(self.readings, width, height) if self.readings is not None else ()
