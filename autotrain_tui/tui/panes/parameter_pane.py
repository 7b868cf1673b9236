"""A scatter for each swept key, value against the metric, and how much the key matters."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.trial_parameters import ParameterView
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, fit, flow, line, right, spread, width_of
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["ParameterPane", "scatter_lines"]

_LEAST_PLOT = 4
"""Rows that a scatter must have."""
_AROUND = 3
"""Rows of a scatter's title, axis and gap."""
_GUTTER = 7
_NOT_YET = "No trial has a value yet. Each swept key is drawn here against the metric."


class ParameterPane(LineWidget, can_focus=True):
    """All swept keys, the one that matters most first; as many as there is room for."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self._views: Sequence[ParameterView] = ()
        self._metric = ""

    def show(self, views: Sequence[ParameterView], metric: str) -> None:
        """Draw these keys against this metric."""
        self._views, self._metric = views, metric
        self.repaint()

    def frame_facts(self) -> tuple[str, str]:
        """The title, and what is drawn against what."""
        return "Parameters", f"against the best {sanitize(self._metric)}" if self._metric else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """The scatters, one below the other; side by side where it is wide and low."""
        views = [view for view in self._views if view.points]
        if not views:
            return [EMPTY, *(line("  ", *each) for each in flow(_NOT_YET, max(8, width - 4), "muted"))]
        across = max(1, min(len(views), width // 44))
        down = max(1, min(-(-len(views) // across), height // (_LEAST_PLOT + _AROUND)))
        room, each = height // down, (width - 2 * (across - 1)) // across
        lines: list[Line] = []
        for row in range(down):
            blocks = [scatter_lines(view, each, room) for view in views[row * across : (row + 1) * across]]
            for place in range(room):
                spans: list[tuple[str, str]] = []
                for block in blocks:
                    drawn = cut(block[place], each)
                    spans += [*drawn, (" " * (each - width_of(drawn) + 2), "")]
                lines.append(tuple(spans[:-1]))
        return lines


def scatter_lines(view: ParameterView, width: int, height: int) -> list[Line]:
    """One key in `height` lines: its name and its weight, the points over two axes, a blank line."""
    rows, cells = height - _AROUND, width - _GUTTER - 1
    ys = [point.y for point in view.points]
    low, high = min(ys), max(ys)
    xs = [_place(view, point.x) for point in view.points]
    first, last = (0.0, float(max(1, len(view.texts) - 1))) if view.texts else (min(xs), max(xs))
    signs: dict[tuple[int, int], tuple[str, str]] = {}
    # The best are drawn last, over the others.
    for point, x in sorted(zip(view.points, xs, strict=True), key=lambda pair: pair[0].winner):
        cell = min(cells - 1, int(_share(x, first, last) * cells))
        row = min(rows - 1, int((1 - _share(point.y, low, high)) * rows))
        if signs.get((row, cell), ("", ""))[1].startswith("success"):
            continue
        signs[row, cell] = ("★" if point.winner else "●", point.colour)
    lines = [spread(line((sanitize(view.name), "bold")), line((_weight(view), "muted")), width)]
    for row in range(rows):
        label = fmt.value(high) if row == 0 else fmt.value(low) if row == rows - 1 and high > low else ""
        spans = [(right(label, _GUTTER - 1) + " ", "muted"), ("┤" if label else "│", "frame")]
        spans += [signs.get((row, cell), (" ", "")) for cell in range(cells)]
        lines.append(line(*spans))
    return [*lines, _axis(view, cells), EMPTY]


def _axis(view: ParameterView, cells: int) -> Line:
    """The ends of a key's values, or its texts at their places."""
    if view.texts:
        text = ""
        for place, value in enumerate(view.texts):
            at = int(_share(place, 0, max(1, len(view.texts) - 1)) * cells)
            at = min(at, cells - len(value))
            if at >= len(text):
                text = fit(text, at) + sanitize(value)
        return line((" " * (_GUTTER + 1) + fit(text, cells).rstrip(), "muted"))
    low, high = (f"{end(point.x for point in view.points):.4g}" for end in (min, max))
    ends = spread(line((low + " log" * view.log, "muted")), line((high, "muted")), cells)
    return line(" " * (_GUTTER + 1), *ends)


def _weight(view: ParameterView) -> str:
    """`rank correlation -0.71`; of texts the ratio, which has no direction."""
    if view.correlation is None:
        return "too few values"
    where = f" at rung {view.at_rung}" if view.at_rung else ""
    kind = "rank ratio" if view.texts else "rank correlation"
    return f"{kind} {view.correlation:+.2f}{where}" if not view.texts else f"{kind} {view.correlation:.2f}{where}"


def _place(view: ParameterView, x: float) -> float:
    return math.log10(x) if view.log else x


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5
