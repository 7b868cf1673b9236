"""Metrics mode's panes: a curve of the grid, the list of metrics, and the legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType

from autotrain_tui.metrics.parsing.series_kinds import SeriesKind
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.curve_pane import FRAME_CELLS, CurvePane
from autotrain_tui.tui.model.curve_picture import LEGEND_FROM
from autotrain_tui.tui.widgets.clicks import Clicks
from autotrain_tui.tui.widgets.line import Line, cut, fit, line, right
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["GridCurve", "KindHeading", "Legend", "MetricEntry", "metric_head", "metric_line"]

_VALUE = 9
_WITH_BEST = 40
"""Cells from which the best value stands beside the last one."""


class GridCurve(CurvePane, can_focus=True):
    """A curve of the grid."""

    BINDING_GROUP_TITLE = "Curves"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "screen.browse('zoom')",
            "Zoom",
            id="metrics.enter",
            show=False,
            tooltip="Give this curve the window",
        )
    ]
    name_shown = ""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self._clicks = Clicks()
        self.cursor: float | None = None
        """The place on x that the grid's cursor reads; None while it is off."""

    @property
    def has_curve(self) -> bool:
        """Whether there is a point to read."""
        return self.picture is not None and any(len(curve.series) for curve in self.picture.curves)

    @property
    def x_range(self) -> tuple[float, float]:
        """All of x that the picture has."""
        from autotrain_tui.tui.charts.chart import x_range

        return x_range(self.picture) if self.picture is not None else (0.0, 1.0)

    @property
    def read_range(self) -> tuple[float, float]:
        """The part of x that the cursor reads."""
        from autotrain_tui.tui.charts.chart import read_range

        return read_range(self.picture) if self.picture is not None else (0.0, 1.0)

    def point(self, cursor: float | None) -> None:
        """Read this place, or none."""
        if cursor != self.cursor:
            self.cursor = cursor
            self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The metric's name; at the right the value at the cursor, or the last and the best one."""
        if self.cursor is None or self.picture is None or not self.has_curve:
            return super().frame_facts()
        from autotrain_tui.tui.charts.cursor_values import cursor_facts  # inside, as in `CurvePane.paint`

        title = self.picture.title
        room = self.outer_size.width - FRAME_CELLS - cell_len(title)
        in_legend = self.content_size.height >= LEGEND_FROM
        return title, cursor_facts(self.picture, self.cursor, in_legend=in_legend, room=room)

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Curve and axes, with the cursor."""
        if self.cursor is None or self.picture is None or not self.has_curve:
            return super().paint(width, height)
        from autotrain_tui.tui.charts.chart import picture_lines
        from autotrain_tui.tui.charts.cursor_values import values_in_legend

        return picture_lines(values_in_legend(self.picture, self.cursor, width), width, height, self.cursor)

    def place_at(self, x: int) -> float | None:
        """The place on x under a column of the content; None beside the curve."""
        if self.picture is None or not self.has_curve:
            return None
        from autotrain_tui.tui.charts.chart import frame_of

        frame, _ = frame_of(self.picture, self.content_size.width, max(4, self.content_size.height))
        column = x - frame.gutter - 2
        return frame.place(column) if 0 <= column < frame.width else None

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The next click only chooses the curve again."""
        super().watch_has_focus(_has_focus)
        if not _has_focus:
            self._clicks.left()

    def on_click(self, event: events.Click) -> None:
        """A click on the curve that has the focus gives it the window."""
        if self._clicks.again(event):
            self.screen.run_worker(self.run_action("screen.browse('zoom')"))


class MetricEntry(msgspec.Struct, frozen=True):
    """A metric in the side list."""

    name: str
    colour: str
    last: float | None
    picked: bool
    best: float | None = None
    """None if its goal is unknown."""


class KindHeading(msgspec.Struct, frozen=True):
    """The heading of a kind of metrics in the side list; what stands under it may be folded."""

    kind: SeriesKind
    count: int
    folded: bool

    @property
    def name(self) -> str:
        """What tells it from the list's other entries: no metric is named like this."""
        return f"\n{self.kind}"


def metric_head(width: int) -> Line:
    """The heading of the side list."""
    words = right("last", _VALUE) + (right("best", _VALUE) if width >= _WITH_BEST else "")
    return line((fit("   metric", width - len(words) - 1) + words, "muted"))


def metric_line(entry: MetricEntry | KindHeading, width: int) -> tuple[Line]:
    """A metric in one line: its colour (a block when it is picked), its name, its last value; or a kind's heading."""
    if isinstance(entry, KindHeading):
        return (line(" ", ("▸" if entry.folded else "▾", "muted"), " ", (f"{entry.kind} {entry.count}", "muted bold")),)
    value = right(fmt.value(entry.last), _VALUE)
    if width >= _WITH_BEST:
        value += right(fmt.value(entry.best) if entry.best is not None else "", _VALUE)
    room = max(4, width - len(value) - 5)
    return (
        line(
            " ",
            ("━" if not entry.picked else "■", entry.colour),
            " ",
            (fit(sanitize(entry.name), room), "bold" if entry.picked else ""),
            (f" {value}", "muted"),
        ),
    )


class Legend(LineWidget):
    """The sessions' colours, when several are drawn; empty for one alone."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.labels: tuple[tuple[str, str], ...] = ()

    def show(self, labels: Sequence[tuple[str, str]]) -> None:
        """Show these colours and labels."""
        if tuple(labels) != self.labels:
            self.labels = tuple(labels)
            self.display = bool(labels)
            self.refresh(layout=True)
            self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """What it is, and how many."""
        return "Sessions", str(len(self.labels))

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as it is long
        """One a line."""
        return [cut(line(" ", ("━", colour), " ", label), width) for colour, label in self.labels]
