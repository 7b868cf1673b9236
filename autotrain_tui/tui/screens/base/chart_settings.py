"""The keys that change how curves are drawn, for every screen that draws several: axis, smoothing, log, dots."""

from __future__ import annotations

import msgspec
from textual.binding import Binding, BindingType

from autotrain_tui.tui.charts.dot_canvas import chosen_dots, toggle_dots
from autotrain_tui.tui.model.session_curves import AXES, Drawing

__all__ = ["DRAWING_BINDINGS", "DrawingKeys"]

_WEIGHTS = (0.0, 0.6, 0.9, 0.97)

DRAWING_BINDINGS: tuple[BindingType, ...] = (
    Binding("a", "axis", "Axis", id="curves.axis", tooltip="Draw over time, steps or epochs"),
    Binding("o", "smooth", "Smooth", id="curves.smooth", tooltip="Smooth by an exponential mean: 0.6, 0.9, 0.97"),
    Binding("y", "log", "Log", id="curves.log", tooltip="A logarithmic y axis, and back"),
    Binding("D", "dots", "Dots", id="curves.dots", tooltip="Draw with braille or with blocks"),
)


class DrawingKeys:
    """Part of a screen: put `DRAWING_BINDINGS` among its bindings."""

    def __init__(self) -> None:
        super().__init__()
        self.drawing = Drawing()

    def redraw(self, *, fresh: bool) -> None:
        """Draw with `drawing`; `fresh`: x has another meaning now."""
        raise NotImplementedError

    def drawing_label(self, binding: Binding) -> str | None:
        """How a key is called now; None for keys of others."""
        return {
            "curves.axis": f"Over {self.drawing.axis}",
            "curves.smooth": f"Smooth {self.drawing.weight:g}" if self.drawing.weight else "Smooth",
            "curves.log": "Linear" if self.drawing.log else "Log",
            "curves.dots": "Blocks" if chosen_dots().name == "braille" else "Braille",
        }.get(binding.id or "")

    def action_axis(self) -> None:
        """Over time, steps, epochs in turn."""
        place = AXES.index(self.drawing.axis)
        self.drawing = msgspec.structs.replace(self.drawing, axis=AXES[(place + 1) % len(AXES)])
        self.redraw(fresh=True)

    def action_smooth(self) -> None:
        """Smoother, and back to not at all."""
        place = _WEIGHTS.index(self.drawing.weight)
        self.drawing = msgspec.structs.replace(self.drawing, weight=_WEIGHTS[(place + 1) % len(_WEIGHTS)])
        self.redraw(fresh=False)

    def action_log(self) -> None:
        """Logarithmic or linear."""
        self.drawing = msgspec.structs.replace(self.drawing, log=not self.drawing.log)
        self.redraw(fresh=False)

    def action_dots(self) -> None:
        """Braille or blocks."""
        toggle_dots()
        self.redraw(fresh=False)
