"""The fast path of tqdm's bars: one cut for all numbers of a line, names looked up once, values only where they change.

What is told is what `BarLayout.read` tells.
"""

from __future__ import annotations

from autotrain_tui.metrics.formats.tqdm import BarLayout
from autotrain_tui.metrics.parsing.line_layout import Layout
from autotrain_tui.metrics.parsing.number_texts import LineCutter, float_of, has_digit
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["quick_bar"]

_LONGEST_COUNT = 15  # digits


def quick_bar(layout: Layout, line: bytes) -> Layout:
    """The fast reader of a bar whose names hold no digit; else the layout."""
    if layout.__class__ is not BarLayout or layout.aside:
        return layout
    if layout.epochs is not None and layout.epochs[1] - layout.epochs[0] > _LONGEST_COUNT:
        return layout
    if any(has_digit(line[slice(*pair.name)]) for pair in layout.pairs):
        return layout
    return _QuickBar(layout, len(line))


class _QuickBar:
    """Reads the bars of one layout."""

    __slots__ = ("_cut", "_layout", "_names", "_scales")

    def __init__(self, layout: BarLayout, length: int) -> None:
        self._layout = layout
        nowhere = (0, 0)
        places = [layout.epoch or nowhere, layout.epochs or nowhere]
        places += [layout.count, layout.total or nowhere, layout.rate or nowhere]
        self._cut = LineCutter([*places, *(pair.value for pair in layout.pairs)], length).cut
        self._scales = (layout.count_scale, layout.total_scale) if layout.scaled else None
        self._names: list[str | None] | None = None

    def read(self, line: bytes, state: State) -> None:
        """Read place and progress, then the values beside the bar."""
        layout = self._layout
        epoch_text, epochs_text, count_text, total_text, rate_text, *texts = self._cut(line)
        if self._scales is None:
            count, total = int(count_text), int(total_text) if total_text else None
        else:
            count = int(float(count_text) * self._scales[0])
            total = int(float(total_text) * self._scales[1]) if total_text else None
        rate = float_of(rate_text) * layout.rate_scale if rate_text else 0.0
        each = (1 / rate if layout.seconds_each else rate) if rate > 0 else None
        step: int | None
        epoch: float | None
        if epoch_text:
            epoch = number_of_epoch = float_of(epoch_text)
            if layout.from_zero:
                state.first_epoch = 0.0
            number, epochs = state.enter_epoch(number_of_epoch, int(epochs_text) if epochs_text else None)
            state.step = step = (number - 1) * total + count if total else count
            state.progress(Progress(count, total, float(number), epochs, each, bool(total)))
        else:
            place = state.bars.see(layout.key, count, total or None, each, has_values=bool(texts))
            step, epoch = place.step, place.epoch
            if step is not None:
                state.step = step
            if place.progress is not None:
                state.progress(place.progress)
        if texts:
            state.bar_values(self._names or self._find_names(line, state), texts, step, epoch)
        if layout.rest is not None:
            layout.rest.read(line[layout.end :], state)

    def _find_names(self, line: bytes, state: State) -> list[str | None]:
        self._names = [state.name(line[slice(*pair.name)], pair.prefix) for pair in self._layout.pairs]
        return self._names
