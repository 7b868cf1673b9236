"""The fast path of tqdm's bars: one cut for all numbers of a line, names looked up once, values only where they change.

What is told is what `BarLayout.read` tells.
"""

from __future__ import annotations

from autotrain_tui.metrics.formats.tqdm import BarLayout
from autotrain_tui.metrics.parsing.line_layout import Layout, place_in_epoch
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.quick_line import cutter, has_digit

__all__ = ["quick_bar"]


def quick_bar(layout: Layout, line: bytes) -> Layout:
    """The fast reader of a bar whose counts are whole numbers and whose names hold no digit; else the layout."""
    if not isinstance(layout, BarLayout) or layout.aside or layout.scaled or layout.rest is not None:
        return layout
    if layout.epochs is not None and layout.epochs[1] - layout.epochs[0] > _LONGEST_COUNT:
        return layout
    if any(has_digit(line[slice(*pair.name)]) for pair in layout.pairs):
        return layout
    return _QuickBar(layout)


_LONGEST_COUNT = 15  # digits


class _QuickBar:
    """Reads the bars of one layout."""

    __slots__ = ("_cut", "_layout", "_names")

    def __init__(self, layout: BarLayout) -> None:
        self._layout = layout
        nowhere = (0, 0)
        places = [layout.count, layout.total or nowhere, layout.rate or nowhere]
        places += [layout.epoch or nowhere, layout.epochs or nowhere]
        self._cut = cutter([*places, *(pair.value for pair in layout.pairs)])
        self._names: list[str | None] | None = None

    def read(self, line: bytes, state: State) -> None:
        """Read place and progress, then the values beside the bar."""
        layout = self._layout
        count_text, total_text, rate_text, epoch_text, epochs_text, *values = self._cut(line)
        count, total = int(count_text), int(total_text) if total_text else None
        rate = None
        if rate_text:
            value = float(rate_text) * layout.rate_scale
            if value > 0:
                rate = 1 / value if layout.seconds_each else value
        if epoch_text:
            epoch = float(epoch_text)
            if layout.from_zero:
                state.first_epoch = 0.0
            epochs = int(epochs_text) if epochs_text else None
            place = place_in_epoch(state, epoch, epochs, count, total, rate=rate)
        else:
            place = state.bars.see(layout.key, count, total or None, rate, has_values=bool(values))
        if place.step is not None:
            state.step = place.step
        if place.progress is not None:
            state.progress(place.progress)
        if values:
            self._tell(line, values, place.step, place.epoch, state)

    def _tell(self, line: bytes, values: list[bytes], step: int | None, epoch: float | None, state: State) -> None:
        names = self._names
        if names is None:
            names = self._names = [state.name(line[slice(*pair.name)], pair.prefix) for pair in self._layout.pairs]
        shown = state.bar_text
        for name, text in zip(names, values, strict=True):
            if name is not None and shown.get(name) != text:
                shown[name] = text
                state.put(name, text, step, epoch)
