"""The fast path of tqdm's bars: one cut for all numbers of a line, names looked up once, values only where they change.

What is told is what `BarLayout.read` tells.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import le

from msgspec.structs import replace

from autotrain_tui.metrics.formats.tqdm import BarLayout
from autotrain_tui.metrics.parsing.line_layout import Layout
from autotrain_tui.metrics.parsing.number_texts import LineCutter, float_of, has_digit, whole_number, whole_numbers_of
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["QuickBar", "quick_bar"]

_LONGEST_COUNT = 15  # digits
_PLACES = (None, None, None, None, None)  # of the texts of a line: epoch, epochs, count, total, rate


def quick_bar(layout: Layout, line: bytes) -> Layout:
    """The fast reader of a bar whose names hold no digit; else the layout."""
    if layout.__class__ is not BarLayout or layout.aside:
        return layout
    if layout.epochs is not None and layout.epochs[1] - layout.epochs[0] > _LONGEST_COUNT:
        return layout
    if any(has_digit(line[slice(*pair.name)]) for pair in layout.pairs):
        return layout
    return QuickBar(layout)


class QuickBar:
    """Reads the bars of one layout; the cut is made when its shape comes again."""

    __slots__ = ("_cut", "_cutter", "_has_values", "_layout", "_names", "_recurs", "_scales")

    def __init__(self, layout: BarLayout) -> None:
        self._layout = layout
        self._recurs = False
        self._has_values = layout.pairs != ()
        self._cutter: LineCutter | None = None
        self._cut: Callable[[bytes], tuple[bytes, ...]] | None = None
        self._scales = (layout.count_scale, layout.total_scale) if layout.scaled else None
        self._names: tuple[str | None, ...] | None = None  # of the texts: the first are the bar's place

    def _make_cut(self, line: bytes) -> Callable[[bytes], tuple[bytes, ...]]:
        layout, nowhere = self._layout, (0, 0)
        places = [layout.epoch or nowhere, layout.epochs or nowhere]
        places += [layout.count, layout.total or nowhere, layout.rate or nowhere]
        self._cutter = LineCutter([*places, *(pair.value for pair in layout.pairs)], len(line))
        self._cut = self._cutter.cut
        return self._cut

    def read(self, line: bytes, state: State) -> None:
        """Read place and progress, then the values beside the bar."""
        cut = self._cut
        if cut is None:
            if not self._recurs:
                self._recurs = True
                self._layout.read(line, state)
                return
            cut = self._make_cut(line)
        layout = self._layout
        texts = cut(line)
        epoch_text, total_text, rate_text = texts[0], texts[3], texts[4]
        if self._scales is None:
            count, total = whole_number(texts[2]), whole_number(total_text) if total_text else None
        else:
            count = int(float(texts[2]) * self._scales[0])
            total = int(float(total_text) * self._scales[1]) if total_text else None
        rate = float_of(rate_text) * layout.rate_scale if rate_text else 0.0
        each = None if rate <= 0 else 1 / rate if layout.seconds_each else rate
        step: int | None
        epoch: float | None
        if epoch_text:
            epoch = number_of_epoch = float_of(epoch_text)
            if layout.from_zero:
                state.first_epoch = 0.0
            number, epochs = state.enter_epoch(number_of_epoch, whole_number(texts[1]) if texts[1] else None)
            state.step = step = state.step_in_epoch(number, count, total)
            state.progress(Progress(count, total, float(number), epochs, each, bool(total)))
        else:
            place = state.see_bar(layout.key, count, total or None, each, has_values=self._has_values)
            step, epoch = place.step, place.epoch
            if step is not None:
                state.step = step
            if place.progress is not None:
                state.progress(place.progress)
        if self._has_values:
            state.bar_values(self._names or self._find_names(line, state), texts, step, epoch)
        if layout.rest is not None:
            layout.rest.read(line[layout.end :], state)

    def read_run(self, lines: list[bytes], state: State) -> None:
        """Read redraws that follow each other: of one bar that goes on, only the last one's progress matters."""
        self.read(lines[0], state)
        if not self._read_between(lines, state):
            for line in lines[1:-1]:
                self.read(line, state)
        self.read(lines[-1], state)

    def _read_between(self, lines: list[bytes], state: State) -> bool:
        """Tell the values of all but the first and the last; False where it is not plainly one bar that goes on."""
        layout, cutter = self._layout, self._cutter
        if cutter is None or self._scales is not None or layout.rest is not None:
            return False
        first, last = cutter.cut(lines[1]), cutter.cut(lines[-1])
        if first[0] != last[0] or first[3] != last[3]:  # the epoch, the total
            return False
        epochs, all_epochs, count_texts, totals, _, *texts = cutter.columns(lines)
        counts = whole_numbers_of(count_texts)
        if any(len(set(column)) > 1 for column in (epochs, all_epochs, totals)) or not all(map(le, counts, counts[1:])):
            return False
        total, epoch, before = int(totals[0]) if totals[0] else 0, None, 0
        if epochs[0]:
            epoch = float_of(epochs[0])
            before = state.steps_before(state.counted(epoch)[0], total or counts[-1])
        elif not state.bars.goes_on(layout.key, counts[-1], total or None):
            return False
        names, shown = (self._names or ())[len(_PLACES) :], None
        for count, row in zip(counts[1:-1], [*zip(*texts, strict=True)][1:-1], strict=False):
            if row != shown:
                state.bar_values(names, row, before + count, epoch)
                shown = row if len(set(names)) == len(names) else None
        return True

    def _find_names(self, line: bytes, state: State) -> tuple[str | None, ...]:
        pairs = self._layout.pairs
        self._names = (*_PLACES, *[state.name(line[slice(*pair.name)], pair.prefix) for pair in pairs])
        self._layout = replace(self._layout, pairs=())  # they are known: half of what a shape takes
        return self._names
