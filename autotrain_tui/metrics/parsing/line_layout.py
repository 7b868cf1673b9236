"""Where in a line the numbers stand.

A log repeats a few shapes: lines that differ in their digits only. A family finds out once, from one line, where the
numbers of its shape stand (a layout); every further line of that shape is read by slicing. So a layout may depend on
anything in the line except which digits its numbers hold. Offsets are bytes.
"""

from __future__ import annotations

import math
from typing import Protocol

import msgspec

from autotrain_tui.metrics.parsing.metric_names import is_split_word, words_of
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.progress_bars import ReportPlace
from autotrain_tui.metrics.parsing.reading_events import Progress
from autotrain_tui.metrics.parsing.report_blocks import among_settings, block_of

__all__ = ["Glued", "Layout", "LineLayout", "Nothing", "Pair", "Span", "count_of", "place_in_epoch", "show_progress"]

Span = tuple[int, int]


class Layout(Protocol):
    """How lines of one shape are read."""

    def read(self, line: bytes, state: State) -> None:
        """Hand the line's numbers to the state."""


class Pair(msgspec.Struct, frozen=True, gc=False):
    """A metric's label and value; `prefix` goes before the label, as in `val_` for `val: loss 0.3`."""

    name: Span
    value: Span
    prefix: str = ""


class Glued(msgspec.Struct, frozen=True, gc=False):
    """Two writers' texts on one line; each part is read as if it stood alone."""

    parts: tuple[tuple[int, int, Layout], ...]

    def read(self, line: bytes, state: State) -> None:
        """Read part by part."""
        for begin, end, layout in self.parts:
            layout.read(line[begin:end], state)


class Nothing(msgspec.Struct, frozen=True, gc=False):
    """A shape that holds nothing of interest."""

    def read(self, line: bytes, state: State) -> None:
        """Nothing."""


class Count(msgspec.Struct, frozen=True, gc=False):
    """What a line counts: the run's step of its values; step and total as printed; whether within the epoch."""

    step: int | None
    printed: int | None = None
    total: int | None = None
    within: bool = False
    evaluates: bool = False


class LineLayout(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line that says its own place and values: `epoch 3/10 step 20/500 loss 0.5`.

    `run_step` is the step of the whole run where the line says that beside one of the epoch.
    `restarts`: whether the step counts from the start in each epoch; None when only the numbers can tell.
    `apart`: the line speaks of evaluation, so its count is no progress and its values stand at the last training step.
    `inherits`: the line has no place of its own and belongs to the last one.
    """

    pairs: tuple[Pair, ...] = ()
    step: Span | None = None
    total: Span | None = None
    run_step: Span | None = None
    epoch: Span | None = None
    epochs: Span | None = None
    restarts: bool | None = None
    apart: bool = False
    evaluates: bool = False  # all its values are of an evaluation: so is its count, if the training has another one
    from_zero: bool = False  # this format counts epochs from 0, also where the log begins with a later one
    inherits: bool = False
    shows_progress: bool = True
    epoch_is_done: bool = False  # the epoch says how much is done (transformers: 0.33), not which is in work
    completes: bool = False  # it says that its epoch has ended
    indented: bool = False  # it may be quoted source text or a setting: the lines above tell
    lone: bool = False  # it is one `name: value` and nothing else, as settings are
    ambiguous: bool = False  # whose name is a setting's as well: `iou`, `precision`

    def read(self, line: bytes, state: State) -> None:
        """Read place, then values, then progress."""
        if self.repeats(line, state):
            return
        split = ""
        if self.indented:
            quoted, split = block_of(line, state, alone=self.step is None and self.epoch is None)
            if quoted:
                return
        if self.lone and among_settings(line[slice(*self.pairs[0].name)], state, ambiguous=self.ambiguous):
            return
        epoch = state.epoch
        if self.epoch is not None:
            epoch = self.see_epoch(line, state)
        count = self.count(line, state, epoch)
        self.tell(line, state, count.step, epoch, "eval" if count.evaluates else split)
        self.close(state, count, epoch)

    def repeats(self, line: bytes, state: State) -> bool:  # noqa: ARG002  a family may know better
        """Whether the line says again what an earlier one said."""
        return False

    def tell(self, line: bytes, state: State, step: int | None, epoch: float | None, split: str) -> None:
        """Tell the values; `split` is the part of the data they are of, where the line does not say it."""
        for pair in self.pairs:
            name, value = pair.name, pair.value
            prefix = pair.prefix or (_prefix(line[name[0] : name[1]], split) if split else "")
            state.value(line[name[0] : name[1]], line[value[0] : value[1]], step, epoch, prefix)

    def see_epoch(self, line: bytes, state: State) -> float:
        """Read the epoch."""
        span = self.epoch or (0, 0)
        epoch = float(line[span[0] : span[1]])
        if self.from_zero:
            state.first_epoch = 0.0
        state.see_epoch(epoch, count_of(line, self.epochs))
        if self.step is None and not self.pairs and not self.completes:
            state.see_epoch_heading()
        else:
            state.epoch_is_heading = False
        return epoch

    def count(self, line: bytes, state: State, epoch: float | None) -> Count:
        """The step of the values, and what the line counts."""
        if self.step is None or self.apart:
            if self.inherits or self.apart:
                return Count(state.step)
            return Count(state.step_of_heading() if self.epoch is None else None)
        printed, total = count_of(line, self.step), count_of(line, self.total)
        if printed is None:
            return Count(None)
        if total is not None and printed > total:
            total = None
        if printed == 0 and total is not None and self.epochs is not None:
            state.counts_from_zero = True
        if self.evaluates and state.training_counts:
            return Count(state.step)
        state.training_counts = state.training_counts or (total is not None and not self.evaluates)
        below = self.epoch is None and self.restarts is None and state.epoch_is_heading and total is not None
        if below and total is not None:
            state.see_count(printed, total)
            if state.evaluates:
                return Count(state.step, evaluates=True)
        in_epoch = epoch if self.restarts or self.epoch is not None or below else None
        step, within = state.run_step(printed, total, in_epoch, self.restarts)
        if self.run_step is not None:
            step = count_of(line, self.run_step) or step
        state.step = step
        if not self.pairs:
            state.see_heading(step)
        return Count(step, printed, total, within)

    def close(self, state: State, count: Count, epoch: float | None) -> None:
        """The line is read: keep its place, and tell how far it is."""
        state.place = (count.step, epoch)
        if self.pairs and not self.apart and not state.bars.trains:
            state.bars.see_values()
        if self.epoch_is_done:
            if epoch is not None and count.step is None:
                state.progress(Progress(epoch=max(1.0, float(math.ceil(epoch)))))
        elif self.shows_progress and not self.apart and not count.evaluates:
            place = epoch if self.epoch is not None or count.within else None
            complete = self.completes or (bool(self.pairs) and self.step is None)
            show_progress(state, count.printed, count.total, within=count.within, epoch=place, complete=complete)


def _prefix(name: bytes, split: str) -> str:
    return "" if any(is_split_word(word) for word in words_of(name.decode("latin-1"))) else split + "_"


def show_progress(
    state: State, step: int | None, total: int | None, *, within: bool, epoch: float | None, complete: bool = False
) -> None:
    """Tell how far it is; `epoch` as printed becomes the number of the epoch in work, counted from 1.

    `complete`: the line reports on the whole epoch, so that it is behind.
    """
    if step is None and epoch is None:
        return
    if epoch is None:
        state.progress(Progress(step, total, within_epoch=within or complete))
        return
    number, epochs = state.counted(epoch)
    state.progress(Progress(step, total, float(number), epochs, None, within or complete))


def place_in_epoch(
    state: State, epoch: float, epochs: int | None, count: int, total: int | None, *, rate: float | None
) -> ReportPlace:
    """Where a bar stands that says its epoch, as printed, and counts from the start in each."""
    number, all_epochs = state.enter_epoch(epoch, epochs)
    step = state.step_in_epoch(number, count, total)
    return ReportPlace(step, epoch, Progress(count, total, float(number), all_epochs, rate, bool(total)))


def count_of(line: bytes, span: Span | None) -> int | None:
    """The whole number at a span; None for none or one too long to be a count."""
    if span is None or span[1] - span[0] > 18:
        return None
    text = line[span[0] : span[1]]
    return int(text) if text.isdigit() else int(float(text))
