"""The keys that change how curves are drawn, for every screen that draws several: axis, smoothing, log, dots."""

from __future__ import annotations

import msgspec
from textual.binding import Binding, BindingType

from autotrain_tui.tui.charts.dot_canvas import next_dots, toggle_dots
from autotrain_tui.tui.model.session_curves import AXES, Drawing
from autotrain_tui.tui.model.view_settings import ViewSettings

__all__ = ["CHART_BINDINGS", "ChartSettings"]

_WEIGHTS = (0.0, 0.6, 0.9, 0.97)

CHART_BINDINGS: tuple[BindingType, ...] = (
    Binding("a", "chart('axis')", "Axis", id="curves.axis", tooltip="Draw over time, steps or epochs"),
    Binding(
        "o", "chart('smooth')", "Smooth", id="curves.smooth", tooltip="Smooth by an exponential mean: 0.6, 0.9, 0.97"
    ),
    Binding("y", "chart('log')", "Log", id="curves.log", tooltip="A logarithmic y axis, and back"),
    Binding(
        "t",
        "chart('loading')",
        "No loading",
        id="curves.loading",
        tooltip="Over time: leave out what passes before each stage's first value",
        show=False,
    ),
    Binding("D", "chart('dots')", "Dots", id="curves.dots", tooltip="Draw with braille, blocks or ASCII"),
)
"""A screen that has them has an `action_chart`."""


class ChartSettings:
    """How a screen's curves are drawn, changed one setting at a time."""

    def __init__(self) -> None:
        self.drawing = Drawing()
        self._chosen = False
        """Whether a person has changed anything."""

    def begin_over(self, axis: str) -> None:
        """Draw over this axis, unless a person has changed how curves are drawn."""
        if not self._chosen and axis in AXES:
            self.drawing = msgspec.structs.replace(self.drawing, axis=AXES[AXES.index(axis)])

    def restore(self, left: ViewSettings) -> None:
        """Draw as a person left it; values that are not known any more are passed over."""
        drawing = self.drawing
        self.drawing = Drawing(
            AXES[AXES.index(left.axis)] if left.axis in AXES else drawing.axis,
            left.weight if left.weight in _WEIGHTS else drawing.weight,
            left.log,
            left.loading,
        )
        self._chosen = self._chosen or left.axis in AXES

    def left(self, *, framing: str = "", filter: str = "") -> ViewSettings:  # noqa: A002  the record's name for it
        """How it is left, for the next time; an axis that nobody chose is not kept."""
        drawing = self.drawing
        axis = drawing.axis if self._chosen else ""
        return ViewSettings(axis, drawing.weight, drawing.log, drawing.loading, framing, filter)

    def label(self, binding: Binding) -> str | None:
        """What a key is called now; None for keys of others."""
        return {
            "curves.axis": f"Over {self.drawing.axis}",
            "curves.smooth": f"Smooth {self.drawing.weight:g}" if self.drawing.weight else "Smooth",
            "curves.loading": "No loading" if self.drawing.loading else "Loading",
            "curves.log": "Linear" if self.drawing.log else "Log",
            "curves.dots": next_dots().name.capitalize().replace("Ascii", "ASCII"),
        }.get(binding.id or "")

    def change(self, setting: str) -> bool:
        """The next value of `axis`, `smooth`, `log`, `loading` or `dots`; whether x has another meaning now."""
        drawing, self._chosen = self.drawing, True
        match setting:
            case "axis":
                self.drawing = msgspec.structs.replace(drawing, axis=AXES[(AXES.index(drawing.axis) + 1) % len(AXES)])
            case "smooth":
                weight = _WEIGHTS[(_WEIGHTS.index(drawing.weight) + 1) % len(_WEIGHTS)]
                self.drawing = msgspec.structs.replace(drawing, weight=weight)
            case "log":
                self.drawing = msgspec.structs.replace(drawing, log=not drawing.log)
            case "loading":
                self.drawing = msgspec.structs.replace(drawing, loading=not drawing.loading)
            case _:
                toggle_dots()
        return setting in ("axis", "loading")
