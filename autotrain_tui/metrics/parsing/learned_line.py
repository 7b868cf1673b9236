"""How a line is read whose names need its recurrence (`line_shapes.py`)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from autotrain_tui.metrics.parsing.line_layout import Layout, Span
from autotrain_tui.metrics.parsing.line_shapes import BELIEVED_AFTER, HeldRow, LineShape, Names
from autotrain_tui.metrics.parsing.number_texts import LineCutter, has_digit
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.quick_line import told_columns
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["SIZE_RANK", "Candidate", "Counter", "LearnedLine"]

SIZE_RANK = 6
"""The rank of a number that says how much of something there is: where it grows the line is a report, at no step."""


_NOWHERE = (0, 0)
_LONGEST_COUNT = 18  # digits


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A named number that is a series when its line turns out to be a report."""

    name: Span
    value: Span
    suffix: str = ""
    prefix: str = ""


class Counter(msgspec.Struct, frozen=True, gc=False):
    """A whole number that may count; of two that do the lower `rank` is the axis."""

    value: Span
    total: Span | None
    rank: int


class _Believed:
    """What is told of a shape that waits for nothing more: its names looked up once, its numbers cut in one go.

    `axis` is the number that counts on the line, where nothing better says its place.
    """

    __slots__ = ("_cutter", "_names", "counts")

    def __init__(self, told: list[Candidate], axis: Counter | None, line: bytes, state: State) -> None:
        self.counts = axis is not None
        self._names = [state.name(line[slice(*one.name)], one.prefix, one.suffix) for one in told]
        count, total = (axis.value, axis.total or _NOWHERE) if axis is not None else (_NOWHERE, _NOWHERE)
        self._cutter = LineCutter([count, total, *(one.value for one in told)], len(line))

    def read(self, line: bytes, state: State, step: int | None, epoch: float | None) -> None:
        """Tell a line's values at a place."""
        _, _, *values = self._cutter.cut(line)
        state.put_all(self._names, values, step, epoch)

    def read_counted(self, line: bytes, state: State) -> None:
        """Tell a line's values at the number that counts."""
        count, total, *values = self._cutter.cut(line)
        state.put_all(self._names, values, _see_count(state, count, total), None)

    def read_run(self, lines: list[bytes], state: State) -> bool:
        """Tell the values of several lines column by column; False where each is to be read by itself."""
        if self._cutter.cut(lines[0])[0] >= self._cutter.cut(lines[-1])[0]:
            return False
        counts, totals, *columns = self._cutter.columns(lines)
        if told_columns(columns, counts, self._names, None, state) is None:
            return False
        _see_count(state, counts[-1], totals[-1])
        return True


def _see_count(state: State, count: bytes, total: bytes) -> int:
    """A number counted on; it is progress where nothing better tells that."""
    step = state.step = int(count)
    if not state.progress_is_known:
        of = int(total) if total and len(total) <= _LONGEST_COUNT else None
        state.learned_progress(Progress(step, of if of is not None and step <= of else None))
    return step


class LearnedLine:
    """Lines of one shape. `known` reads what is believed at once, and has the place when it names one."""

    __slots__ = (
        "_believed",
        "_counts",
        "_only_counts",
        "_ranks",
        "_same_names",
        "_shape",
        "_waiting_cut",
        "candidates",
        "counters",
        "key",
        "known",
        "placed",
        "words",
    )

    def __init__(
        self,
        known: Layout | None,
        words: str,
        key: str,
        candidates: tuple[Candidate, ...],
        counters: tuple[Counter, ...],
        *,
        placed: bool,
    ) -> None:
        self.known = known
        self.words = words
        self.key = key
        self.candidates = candidates
        self.counters = counters
        self.placed = placed  # the known part says a step or an epoch
        self._shape: LineShape | None = None
        self._believed: _Believed | None = None
        self._waiting_cut: Callable[[bytes], tuple[bytes, ...]] | None = None
        self._same_names: tuple[bytes, ...] | None = None
        self._ranks = tuple([counter.rank for counter in counters])
        self._only_counts = known is None and not candidates
        self._counts = [slice(*counter.value) for counter in counters]  # digits alone, and not many

    def read(self, line: bytes, state: State) -> None:
        """Read what is known, then what is believed of the rest, or wait."""
        shape = self._shape
        if shape is None or shape.has_left:
            shape, self._believed = self._find_shape(line, state), None
        elif self._only_counts and not shape.believed and self.words not in state.shapes.by_words:
            self._count(line, shape, state)
            return
        axis = None if shape.axis is None or self.placed else self.counters[shape.axis]
        if self._believed is not None:
            if axis is not None and self.known is None:
                self._believed.read_counted(line, state)
            else:
                self._believed.read(line, state, *self._place(line, state, axis))
            return
        if not shape.believed and not shape.given_up and self.words in state.shapes.by_words:
            self._take_after(shape, line, state)
            axis = None if shape.axis is None or self.placed else self.counters[shape.axis]
        step, epoch = self._place(line, state, axis)
        if shape.given_up:
            return
        if shape.waits:
            self._wait(line, shape, state, step, epoch)
            return
        told = [one for one, changed in zip(self.candidates, shape.changed, strict=True) if changed]
        if told and not any(has_digit(line[slice(*one.name)]) for one in told):
            self._believed, self._waiting_cut = _Believed(told, axis, line, state), None
        for one in told:
            name, value = line[slice(*one.name)], line[slice(*one.value)]
            state.value(name, value, step, epoch, one.prefix, one.suffix)

    def read_run(self, lines: list[bytes], state: State) -> None:
        """Read lines that follow each other: column by column once all of the shape is believed."""
        self.read(lines[0], state)
        believed, rest = self._believed, lines[1:]
        if believed is not None and self.known is None and believed.counts and believed.read_run(rest, state):
            return
        for line in rest:
            self.read(line, state)

    def _find_shape(self, line: bytes, state: State) -> LineShape:
        shape = state.shapes.get(self.key)
        if shape is None:
            shape = LineShape(len(self.candidates), len(self.counters), line[:240])
            if not state.shapes.add(self.key, shape):
                shape.given_up = shape.has_left = True
        self._shape = shape
        return shape

    def _take_after(self, shape: LineShape, line: bytes, state: State) -> None:
        """The same words are believed already, of lines where other numbers have a fraction."""
        sibling, rank = state.shapes.by_words[self.words]
        state.shapes.release(shape)  # of places that the series has passed
        if rank is None or rank in self._ranks:
            names = [line[slice(*one.name)] for one in self.candidates]
            shape.take_after(sibling, names, None if rank is None else self._ranks.index(rank))

    def _place(self, line: bytes, state: State, axis: Counter | None) -> tuple[int | None, float | None]:
        """Read the axis, and what is known of the line; the place of the rest."""
        step = None
        if axis is not None:
            step = _see_count(state, line[slice(*axis.value)], line[slice(*axis.total)] if axis.total else b"")
        if self.known is None:
            return (state.step, state.epoch) if step is None else (step, None)
        if step is not None:
            state.see_heading(step)
        self.known.read(line, state)
        return state.place

    def _wait(self, line: bytes, shape: LineShape, state: State, step: int | None, epoch: float | None) -> None:
        """See the shape once more; tell what is believed from now on, and what was held back of it."""
        table = state.shapes
        if not self.candidates:
            self._count(line, shape, state)
            return
        row = HeldRow(self._values_of(line), tuple([int(line[count]) for count in self._counts]), step, epoch)
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

    def _count(self, line: bytes, shape: LineShape, state: State) -> None:
        """See the numbers of a shape that may count, and names no other."""
        shape.count += 1
        if shape.see_counts([int(line[count]) for count in self._counts]) and shape.count > 1:
            state.shapes.moves += 1

    def _values_of(self, line: bytes) -> Names:
        """The names and values of the candidates; from the second line on cut at once.

        Names without a digit are the same in each line.
        """
        if self._waiting_cut is None:
            names = tuple([line[slice(*one.name)] for one in self.candidates])
            if self._same_names is None:  # the first line: most of an odd log's never come again
                self._same_names = () if any(map(has_digit, names)) else names
                return tuple(
                    [(name, line[slice(*one.value)]) for name, one in zip(names, self.candidates, strict=True)]
                )
            self._waiting_cut = LineCutter([one.value for one in self.candidates], len(line)).cut
        names = self._same_names or tuple([line[slice(*one.name)] for one in self.candidates])
        return tuple(zip(names, self._waiting_cut(line), strict=True))

    def _decide(self, shape: LineShape, state: State) -> None:
        """Believe the shape when something counts."""
        axis = None if self.placed else shape.counting(self._ranks)
        if axis is None and not shape.counted_nearby:
            shape.given_up = shape.is_hopeless
            return
        if axis is not None and self._ranks[axis] == SIZE_RANK:
            axis = None
        shape.believed, shape.axis = True, axis
        state.shapes.by_words.setdefault(self.words, (shape, None if axis is None else self._ranks[axis]))
        self._tell(shape, [i for i, changed in enumerate(shape.changed) if changed], shape.held, state)

    def _tell(self, shape: LineShape, which: list[int], rows: list[HeldRow], state: State) -> None:
        for i in which:
            for row in rows:
                step, epoch = row.step, row.epoch
                if shape.axis is not None:
                    step, epoch = row.counts[shape.axis], None
                name, value = row.values[i]
                state.value(name, value, step, epoch, self.candidates[i].prefix, self.candidates[i].suffix)
