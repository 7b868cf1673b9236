"""How a line is read whose names need its recurrence (`line_shapes.py`)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from autotrain_tui.metrics.parsing.line_layout import Layout, Span, count_of
from autotrain_tui.metrics.parsing.line_shapes import BELIEVED_AFTER, HeldRow, LineShape, Names
from autotrain_tui.metrics.parsing.number_texts import LineCutter, has_digit
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.quick_line import told_columns
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["Candidate", "Counter", "LearnedLine"]


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A named number that is a series when its line turns out to be a report."""

    name: Span
    value: Span
    suffix: str = ""


class Counter(msgspec.Struct, frozen=True, gc=False):
    """A whole number that may count; of two that do the lower `rank` is the axis."""

    value: Span
    total: Span | None
    rank: int


class LearnedLine:
    """Lines of one shape. `known` reads what is believed at once, and has the place when it names one."""

    def __init__(
        self,
        known: Layout | None,
        key: str,
        candidates: tuple[Candidate, ...],
        counters: tuple[Counter, ...],
        *,
        placed: bool,
    ) -> None:
        self.known = known
        self.key = key
        self.candidates = candidates
        self.counters = counters
        self._shape: LineShape | None = None
        self.placed = placed  # the known part says a step or an epoch
        self._told: list[str | None] = []
        self._spans: list[Span] = []
        self._cutter: LineCutter | None = None
        self._run_cutter: LineCutter | None = None
        self._waiting_cut: Callable[[bytes], tuple[bytes, ...]] | None = None
        self._same_names: tuple[bytes, ...] | None = None
        self._ranks = tuple(counter.rank for counter in counters)

    def read(self, line: bytes, state: State) -> None:
        """Read what is known, then what is believed of the rest, or wait."""
        shape = self._shape
        if shape is None or shape.has_left:
            shape = self._shape = self._find_shape(line, state)
        if shape.axis is not None and not self.placed:
            step, epoch = self._place(line, state, self.counters[shape.axis])
        elif self.known is not None:
            self.known.read(line, state)
            step, epoch = state.place
        else:
            step, epoch = state.step, state.epoch
        if shape.given_up:
            return
        if self._cutter is not None or not shape.waits:
            cutter = self._cutter or self._prepare(shape, line, state)
            if cutter is None:
                for one, changed in zip(self.candidates, shape.changed, strict=True):
                    if changed:
                        name, value = line[slice(*one.name)], line[slice(*one.value)]
                        state.value(name, value, step, epoch, "", one.suffix)
                return
            state.put_all(self._told, cutter.cut(line), step, epoch)
            return
        self._wait(line, shape, state, step, epoch)

    def read_run(self, lines: list[bytes], state: State) -> None:
        """Read lines that follow each other: column by column once all of the shape is believed."""
        self.read(lines[0], state)
        shape = self._shape
        rest = lines[1:]
        if shape is not None and not shape.waits and shape.axis is not None and self.known is None and self._told:
            axis = self.counters[shape.axis]
            if self._run_cutter is None:
                self._run_cutter = LineCutter([axis.value, *self._spans], len(lines[0]))
            steps, *columns = self._run_cutter.columns(rest)
            if told_columns(columns, steps, self._told, None, state) is not None:
                self._step(rest[-1], state, axis)
                return
        for line in rest:
            self.read(line, state)

    def _prepare(self, shape: LineShape, line: bytes, state: State) -> LineCutter | None:
        """What is believed of the shape stays so: look its names up once, and cut its numbers in one go.

        None where names hold digits: they may differ from line to line.
        """
        told = [one for one, changed in zip(self.candidates, shape.changed, strict=True) if changed]
        if not told or any(has_digit(line[slice(*one.name)]) for one in told):
            return None
        self._told = [state.name(line[slice(*one.name)], "", one.suffix) for one in told]
        self._spans = [one.value for one in told]
        self._cutter = LineCutter(self._spans, len(line))
        return self._cutter

    def _find_shape(self, line: bytes, state: State) -> LineShape:
        shape = state.shapes.get(self.key)
        if shape is None:
            shape = LineShape(len(self.candidates), len(self.counters), line[:240])
            if not state.shapes.add(self.key, shape):
                shape.given_up = shape.has_left = True
        return shape

    def _place(self, line: bytes, state: State, axis: Counter) -> tuple[int | None, float | None]:
        """Read the axis, and what is known of the line; the place of the rest."""
        step = self._step(line, state, axis)
        if self.known is not None:
            if step is not None:
                state.see_heading(step)
            self.known.read(line, state)
            return state.place
        return (state.step, state.epoch) if step is None else (step, None)

    @staticmethod
    def _step(line: bytes, state: State, axis: Counter) -> int | None:
        """The axis' number, told as progress where nothing better tells it."""
        step, total = count_of(line, axis.value), count_of(line, axis.total)
        if step is not None:
            state.step = step
            state.learned_progress(Progress(step, total if total is not None and step <= total else None))
        return step

    def _wait(self, line: bytes, shape: LineShape, state: State, step: int | None, epoch: float | None) -> None:
        """See the shape once more; tell what is believed from now on, and what was held back of it."""
        table = state.shapes
        counts = tuple([count_of(line, counter.value) for counter in self.counters])
        if not self.candidates:
            shape.count += 1
            shape.see_counts(counts)
            table.moves += shape.count > 1 and shape.counting(self._ranks) is not None
            return
        row = HeldRow(self._values_of(line), counts, step, epoch)
        fresh = shape.see(row, table.moves)
        table.hold(shape, row)
        if shape.believed:
            self._tell(shape, fresh, shape.held, state)
            told = [i for i, changed in enumerate(shape.changed) if changed and i not in fresh]
            self._tell(shape, told, [row], state)
        elif shape.count >= BELIEVED_AFTER and any(shape.changed):
            self._decide(shape, state)
        elif shape.is_hopeless:
            shape.given_up = True
        if shape.given_up or not shape.waits:
            table.release(shape)

    def _values_of(self, line: bytes) -> Names:
        """The names and values of the candidates; names without a digit are the same in each line."""
        if self._waiting_cut is None:
            names = tuple([line[slice(*one.name)] for one in self.candidates])
            self._same_names = None if any(map(has_digit, names)) else names
            self._waiting_cut = LineCutter([one.value for one in self.candidates], len(line)).cut
        names = self._same_names or tuple([line[slice(*one.name)] for one in self.candidates])
        return tuple(zip(names, self._waiting_cut(line), strict=True))

    def _decide(self, shape: LineShape, state: State) -> None:
        """Believe the shape when something counts."""
        axis = None if self.placed else shape.counting(self._ranks)
        if axis is None and not shape.counted_nearby:
            shape.given_up = shape.is_hopeless
            return
        shape.believed, shape.axis = True, axis
        self._tell(shape, [i for i, changed in enumerate(shape.changed) if changed], shape.held, state)

    def _tell(self, shape: LineShape, which: list[int], rows: list[HeldRow], state: State) -> None:
        for i in which:
            for row in rows:
                step, epoch = row.step, row.epoch
                if shape.axis is not None:
                    step, epoch = row.counts[shape.axis], None
                name, value = row.values[i]
                state.value(name, value, step, epoch, "", self.candidates[i].suffix)
