"""The charts of a pane of gauges, drawn again only when they have something new.

The first samples are drawn so wide that they fill the chart. Later a column holds several samples, and is drawn when
all of them are there: so each sample stands in one column for good, the chart stands still meanwhile, and an idle
screen has less to paint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autotrain_tui.tui.charts.area_chart import fitting_scale, stretched_chart
from autotrain_tui.tui.charts.dot_canvas import chosen_dots
from autotrain_tui.tui.widgets.line import Line

__all__ = ["Curves", "PastCharts"]

Curves = Mapping[str, Sequence[float | None]]
"""A gauge's recent values by the name that `gauges.history` gives it, oldest first."""


class PastCharts:
    """The curves that a pane shows, and what was drawn of them."""

    def __init__(self) -> None:
        self._curves: Curves = {}
        self._drawn: dict[tuple[object, ...], list[Line]] = {}
        self._sample: object = None
        self._newer = 0
        """Samples since the curves were taken."""
        self._of: object = None

    def take(self, sample: object, curves: Curves, cells: int, of: object) -> Curves:
        """The curves to be drawn: those from before until a column of a chart as wide as `cells` has all its samples.

        `sample`: the newest; `of`: what the curves are of, which brings new ones at once.
        """
        self._newer += sample is not self._sample
        self._sample = sample
        longest = max(map(len, curves.values()), default=0)
        if (
            self._newer >= fitting_scale(longest, 2 * max(1, cells)).each
            or of != self._of
            or curves.keys() != self._curves.keys()
        ):
            self._newer, self._of, self._curves = 0, of, curves
            self._drawn.clear()
        return self._curves

    def chart(
        self, place: int, values: Sequence[float | None], size: tuple[int, int], top: float | None, colour: str
    ) -> list[Line]:
        """The chart of a gauge, by its place in the pane; `size` is its width and its rows."""
        key = (place, size, top, colour, chosen_dots().name)
        found = self._drawn.get(key)
        if found is None:
            found = self._drawn[key] = stretched_chart(values, *size, top, colour)
        return found
