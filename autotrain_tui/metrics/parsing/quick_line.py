"""The fast path of lines that say their own place and values: one cut for all numbers of a line.

A layout's names are looked up once where they hold no digit, else again when their text changes. What is told is what
`LineLayout.read` tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import repeat
from operator import lt

from msgspec.structs import replace

from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, show_progress
from autotrain_tui.metrics.parsing.number_texts import (
    LineCutter,
    float_of,
    floats_of,
    has_digit,
    whole_number,
    whole_number_of,
    whole_numbers_of,
)
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.reading_events import Progress, Reading

__all__ = ["QuickLine", "quick_line", "told_columns"]

_LONGEST_STEP = 18  # digits
_PLACES = (None, None, None)  # of the texts of a line: epoch, epochs, step


def quick_line(layout: Layout) -> Layout:
    """The fast reader of a layout where there is one, else the layout."""
    if not isinstance(layout, LineLayout) or not layout.pairs or layout.indented or layout.lone:
        return layout
    if layout.epochs is not None and layout.epochs[1] - layout.epochs[0] > _LONGEST_STEP:
        return layout
    return QuickLine(layout)


def _grows(step: int | None, text: bytes) -> bool:
    """Whether a printed step is greater than the last one."""
    return step is not None and text.isdigit() and len(text) <= _LONGEST_STEP and step < int(text)


def told_columns(
    columns: Sequence[tuple[bytes, ...]],
    step_texts: tuple[bytes, ...],
    names: Sequence[str | None],
    epoch: float | None,
    state: State,
) -> int | None:
    """Tell the numbers of several lines, a column a name; the last step. None, and nothing told, where a number is
    not finite or a step does not grow: then each line is to be read by itself.
    """
    if not step_texts[0].isdigit() or len(step_texts[0]) > _LONGEST_STEP:
        return None
    steps = whole_numbers_of(step_texts)
    if not (state.step is not None and state.step < steps[0] and all(map(lt, steps, steps[1:]))):
        return None
    told, values = [], [floats_of(column) for column in columns]
    if not math.isfinite(sum(map(sum, values))):
        return None
    for name, column in zip(names, values, strict=True):
        if name is not None:
            told.append(list(map(Reading, repeat(name), column, steps, repeat(epoch))))
    state.put_rows(told, steps[-1])
    return steps[-1]


class QuickLine:
    """Reads the lines of one layout; the cut is made when the shape comes again, as most of an odd log do not."""

    __slots__ = ("_cut", "_cutter", "_layout", "_name_texts", "_names", "_names_from", "_recurs", "_simple", "_values")

    def __init__(self, layout: LineLayout) -> None:
        self._layout = layout
        self._recurs = False
        self._cutter: LineCutter | None = None
        self._cut: Callable[[bytes], tuple[bytes, ...]] | None = None
        self._values = len(layout.pairs)
        self._name_texts: tuple[bytes, ...] | None = None  # of the names with a digit, as in the line read last
        self._names_from = 0  # where they stand among the texts cut out of a line; 0 for nowhere
        self._names: tuple[str | None, ...] = ()  # of the texts: the first three are the line's place
        # the step counts over the whole run, or there is none
        self._simple = (
            not (layout.apart or layout.inherits or layout.run_step or layout.total)
            and (layout.step is not None or layout.epoch is not None)
            and layout.shows_progress
            and not layout.epoch_is_done
        )

    def _make_cut(self, line: bytes) -> Callable[[bytes], tuple[bytes, ...]]:
        layout = self._layout
        places = [layout.epoch or (0, 0), layout.epochs or (0, 0), layout.step or (0, 0)]
        values = [pair.value for pair in layout.pairs]
        names = [pair.name for pair in layout.pairs if has_digit(line[slice(*pair.name)])]
        self._names_from = len(places) + len(values) if names else 0
        self._cutter = LineCutter([*places, *values, *names], len(line))
        self._cut = self._cutter.cut
        return self._cut

    def read(self, line: bytes, state: State) -> None:
        """Read place, then values, then progress."""
        cut = self._cut
        if cut is None:
            if not self._recurs:
                self._recurs = True
                self._layout.read(line, state)
                return
            cut = self._make_cut(line)
        layout = self._layout
        texts = cut(line)
        epoch_text, step_text = texts[0], texts[2]
        epoch, number, epochs = state.epoch, 1, None
        if epoch_text:
            if layout.from_zero:
                state.first_epoch = 0.0
            epoch, state.epoch_is_heading = float_of(epoch_text), False
            number, epochs = state.enter_epoch(epoch, whole_number_of(texts[1]) if texts[1] else None)
        names, name_texts = self._names, texts[self._names_from :] if self._names_from else ()
        if name_texts != self._name_texts:
            self._name_texts = name_texts
            self._names = names = (
                *_PLACES,
                *[state.name(line[slice(*pair.name)], pair.prefix) for pair in layout.pairs],
            )
        if self._simple and (not step_text or step_text.isdigit()):
            if not name_texts and layout.pairs:
                self._layout = replace(layout, pairs=())  # they are known: half of what a shape takes
            step = None
            if step_text:
                step, last = whole_number(step_text), state.step
                if last is not None and step < last and layout.repeats(line, state):
                    return
                state.step = step
            state.put_all(names, texts, step, epoch)
            state.place = (step, epoch)
            if not state.bars.trains:
                state.bars.see_values()
            if epoch_text:
                state.progress(Progress(step, None, float(number), epochs, None, step is None))
            elif step is not None:
                state.progress(Progress(step))
            return
        count = layout.count(line, state, epoch)
        if count.evaluates:
            layout.tell(line, state, count.step, epoch, "eval")
        else:
            state.put_all(names, texts, count.step, epoch)
        layout.close(state, count, epoch)

    def read_run(self, lines: list[bytes], state: State) -> None:
        """Read lines that follow each other: column by column where their steps only grow."""
        self.read(lines[0], state)
        if not (self._simple and self._layout.step is not None and self._read_columns(lines[1:], state)):
            for line in lines[1:]:
                self.read(line, state)

    def _read_columns(self, lines: list[bytes], state: State) -> bool:
        """Whether the lines were read column by column; False where an epoch or a name changes, or no step grows."""
        if self._cutter is None:
            return False
        first, last = self._cutter.cut(lines[0]), self._cutter.cut(lines[-1])
        if first[0] != last[0] or first[2] >= last[2] or not _grows(state.step, first[2]):
            return False
        epochs, _, steps, *columns = self._cutter.columns(lines)
        names, columns = columns[self._values :], columns[: self._values]
        if (
            any(len(set(column)) > 1 for column in (epochs, *names))
            or tuple([column[0] for column in names]) != self._name_texts
        ):
            return False
        if self._layout.epoch is not None and float_of(epochs[0]) != state.epoch:
            return False
        step = told_columns(columns, steps, self._names[len(_PLACES) :], state.epoch, state)
        if step is None:
            return False
        state.place = (step, state.epoch)
        place = state.epoch if self._layout.epoch is not None else None
        show_progress(state, step, None, within=False, epoch=place, complete=False)
        return True
