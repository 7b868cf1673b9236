"""One picture of curves in the whole window: pan, zoom, and a cursor that reads every curve at one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import events, on
from textual.binding import Binding, BindingType

from autotrain_tui.text import format as fmt
from autotrain_tui.text.metric_goal import best_places
from autotrain_tui.tui.charts.chart import frame_of, picture_lines, read_range, x_range
from autotrain_tui.tui.charts.cursor_values import exact, point_of
from autotrain_tui.tui.model.axis import x_text
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, line, right
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["CurveDetail", "figure_lines"]

_COLUMNS = ("at cursor", "last", "best", "lowest", "highest", "points")
_JUDGED = ("at cursor", "last", "best")
_UNITS = {"time": "running time, h:mm:ss", "step": "steps", "epoch": "epochs", "index": "readings"}
_CLOSEST = 1e-6
"""The smallest part of x that can be zoomed into."""
_WHEEL_ZOOM = 0.7
"""What one turn of the wheel leaves of the x range."""


class CurveDetail(LineWidget, can_focus=True):
    """A picture with a cursor. `show` draws another one; the visible part of x stays."""

    BINDING_GROUP_TITLE = "Curve"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "cursor(-1)", "Cursor", id="curve.left", key_display="←→", tooltip="Read the previous value"),
        Binding("right,l", "cursor(1)", "Cursor right", id="curve.right", show=False, tooltip="Read the next value"),
        Binding("home", "cursor_end(-1)", "First", id="curve.first", show=False, tooltip="Read the first value"),
        Binding("end", "cursor_end(1)", "Last", id="curve.last", show=False, tooltip="Read the last value"),
        Binding("plus", "zoom(0.5)", "Zoom", id="curve.closer", key_display="+-", tooltip="Zoom in"),
        Binding("minus", "zoom(2)", "Zoom out", id="curve.further", show=False, tooltip="Zoom out"),
        Binding(
            "shift+left,less_than_sign,comma",
            "pan(-1)",
            "Pan",
            id="curve.back",
            key_display="<>",
            tooltip="Earlier values",
        ),
        Binding(
            "shift+right,greater_than_sign,full_stop",
            "pan(1)",
            "Pan right",
            id="curve.on",
            show=False,
            tooltip="Later values",
        ),
        Binding("equals_sign", "whole", "All", id="curve.whole", tooltip="Show the whole curve"),
    ]

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002  Textual's name
        classes: str | None = None,
        marks_best: bool = False,
    ) -> None:
        """`marks_best`: the lines are of one metric, so that the best figure of them can be marked."""
        super().__init__(id=id, classes=classes)
        self._marks_best = marks_best
        self.picture: Picture | None = None
        self.goal = ""
        self.window: tuple[float, float] | None = None
        self.cursor: float | None = None

    def show(self, picture: Picture, goal: str, *, fresh: bool = False) -> None:
        """Draw this picture; `fresh`: another curve or another axis, so show all of it.

        `goal`: `max`, `min`, or "" if neither is better.
        """
        if fresh:
            self.window = self.cursor = None
        self.picture, self.goal = picture, goal
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The metric, and the unit of its x axis."""
        if self.picture is None:
            return "Metric", ""
        over = f"over {_UNITS[self.picture.axis]}"
        return self.picture.title, f"{over} · log y" if self.picture.log else over

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The curves, and under them the figures of each."""
        if self.picture is None:
            return ()
        figures_under = figure_lines(self.picture, self.cursor, self.goal, width, marks_best=self._marks_best)
        figures_under = figures_under[: max(2, height // 2 - 1)]
        above = height - len(figures_under) - 1
        if above < 4:
            figures_under, above = [], height
        drawn = picture_lines(self._seen(), width, above, self.cursor)
        gap = [EMPTY] * (above - len(drawn))
        return [*drawn, *gap, EMPTY, *figures_under] if figures_under else drawn

    def _seen(self) -> Picture:
        assert self.picture is not None
        return msgspec.structs.replace(self.picture, window=self.window)

    def _range(self) -> tuple[float, float]:
        return self.window or (x_range(self.picture) if self.picture is not None else (0.0, 1.0))

    def action_cursor(self, by: int) -> None:
        """Move the cursor by a cell; past an edge the window follows."""
        low, high = self._range()
        step = (high - low) / max(8, self.content_size.width - 8)
        place = (high if by < 0 else low) if self.cursor is None else self.cursor + by * step
        whole = read_range(self.picture) if self.picture is not None else (low, high)
        self.cursor = max(whole[0], min(whole[1], place))
        if not low <= self.cursor <= high:
            self._show_range(low + by * (high - low) / 4, high + by * (high - low) / 4)
        self.repaint()

    def action_cursor_end(self, end: int) -> None:
        """Move the cursor to the first or the last visible place."""
        low, high = self._range()
        edge = (read_range(self.picture) if self.picture is not None else (low, high))[0 if end < 0 else 1]
        self.cursor = max(low, min(high, edge))
        self.repaint()

    def action_zoom(self, factor: float) -> None:
        """Zoom in or out, around the cursor."""
        self._zoom(factor, self.cursor)

    def _zoom(self, factor: float, around: float | None) -> None:
        low, high = self._range()
        around = around if around is not None and low <= around <= high else (low + high) / 2
        self._show_range(around - (around - low) * factor, around + (high - around) * factor)
        self.repaint()

    def action_pan(self, by: int) -> None:
        """Move the window by a quarter of its width."""
        low, high = self._range()
        self._show_range(low + by * (high - low) / 4, high + by * (high - low) / 4)
        self.repaint()

    def action_whole(self) -> None:
        """Show all of x."""
        self.window = None
        self.repaint()

    def _show_range(self, low: float, high: float) -> None:
        """Show a part of x, moved into the range of the curves."""
        if self.picture is None:
            return
        whole = x_range(self.picture)
        breadth = max((whole[1] - whole[0]) * _CLOSEST, high - low)
        if breadth >= whole[1] - whole[0]:
            self.window = None
            return
        low = max(whole[0], min(low, whole[1] - breadth))
        self.window = low, low + breadth

    def _place_at(self, x: int) -> float | None:
        """The place on x under a column of the pane."""
        if self.picture is None or not any(len(curve.series) for curve in self.picture.curves):
            return None
        frame, _ = frame_of(self._seen(), self.content_size.width, max(4, self.content_size.height))
        column = x - frame.gutter - 2
        return frame.place(column) if 0 <= column < frame.width else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The cursor follows the mouse."""
        offset = event.get_content_offset(self)
        place = self._place_at(offset.x) if offset is not None else None
        if place is not None:
            self.cursor = place
            self.repaint()

    on_click = on_mouse_move

    @on(events.MouseScrollUp)
    @on(events.MouseScrollDown)
    def _wheel_turned(self, event: events.MouseEvent) -> None:
        """Zoom in or out, around the mouse."""
        offset = event.get_content_offset(self)
        factor = _WHEEL_ZOOM if isinstance(event, events.MouseScrollUp) else 1 / _WHEEL_ZOOM
        self._zoom(factor, self._place_at(offset.x) if offset is not None else None)


def figure_lines(
    picture: Picture, cursor: float | None, goal: str, width: int, *, marks_best: bool = False
) -> list[Line]:
    """A heading and a line for each label: what it reads at the cursor, its last, best, lowest, highest value.

    `marks_best`: the best value of a column of `_JUDGED` has a star.
    """
    groups: dict[str, list[Curve]] = {}
    for curve in picture.curves:
        groups.setdefault(curve.label, []).append(curve)
    each = 13 if marks_best else 11
    taken = [name for name in _COLUMNS if (name != "best" or goal) and (name != "at cursor" or cursor is not None)]
    room = max(8, width - each * len(taken) - 4)
    while len(taken) > 2 and room < min(18, max(map(len, groups), default=0)):
        taken.pop()
        room = max(8, width - each * len(taken) - 4)
    room = min(room, max([12, *(len(label or picture.title) + 2 for label in groups)]))
    place = f"at {x_text(cursor, picture.axis)}" if cursor is not None else ""
    heads = [place if name == "at cursor" else name for name in taken]
    lines = [line((" " * (room + 3) + "".join(right(head, each) for head in heads), "muted"))]
    figures = [_figures_of(curves, cursor, goal) for curves in groups.values()]
    judged = [key for key in taken if marks_best and key in _JUDGED]
    best = {key: best_places([each[key] for each in figures], goal) for key in judged}
    for at, (label, curves) in enumerate(groups.items()):
        cells = []
        for key in taken:
            marked = at in best.get(key, ())
            text = fmt.count(figures[at][key]) if key == "points" else exact(figures[at][key])
            colour = "success bold" if marked else "bold" if key == "at cursor" else ""
            cells.append((right(f"★ {text}" if marked else text, each), colour))
        own = next((curve for curve in curves if not curve.quiet), curves[0])
        lines.append(line(" ", ("━", own.colour), " ", fit(label or picture.title, room), *cells))
    return [cut(one, width) for one in lines]


def _figures_of(curves: Sequence[Curve], cursor: float | None, goal: str) -> dict[str, float | None]:
    """The figures of one line by column; the cursor reads what is drawn, the rest speaks of what was measured."""
    own = [curve for curve in curves if not curve.quiet]
    raw = [curve for curve in curves if curve.quiet] or own
    series = [curve.series for curve in raw]
    lows = [value for one in series if (value := one.low) is not None]
    highs = [value for one in series if (value := one.high) is not None]
    reading = point_of(own, cursor) if cursor is not None else None
    return {
        "at cursor": reading[1] if reading is not None else None,
        "last": series[-1].last if series else None,
        "best": (min(lows) if goal == "min" else max(highs)) if lows and goal else None,
        "lowest": min(lows, default=None),
        "highest": max(highs, default=None),
        "points": sum(map(len, series)),
    }
