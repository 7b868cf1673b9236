"""A log's bytes in, readings out.

Speed comes from three things: a block without a digit is not looked at; lines of a shape seen before are read by
slicing (`parsing/line_layout.py`); and who falls behind a flood jumps (`skip`), so that reading never lags without end.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import compress, count, islice, repeat
from operator import is_not

from autotrain_tui.metrics.formats.boxes import end_box
from autotrain_tui.metrics.formats.find_layout import NOTHING, find_layout
from autotrain_tui.metrics.formats.own import OwnPatterns
from autotrain_tui.metrics.formats.printed_eta import with_printed_eta
from autotrain_tui.metrics.formats.quick_bar import QuickBar, quick_bar
from autotrain_tui.metrics.formats.thousands import LineWithThousands, plain_thousands
from autotrain_tui.metrics.formats.tqdm import BarLayout
from autotrain_tui.metrics.parsing.block_text import END_OF_LINE, clean_block, shapes_of, without_drawings
from autotrain_tui.metrics.parsing.learned_line import LearnedLine
from autotrain_tui.metrics.parsing.line_layout import Layout, Nothing
from autotrain_tui.metrics.parsing.line_shapes import LineShape, NewLines
from autotrain_tui.metrics.parsing.number_commas import PlainNumbers
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.quick_line import QuickLine, quick_line
from autotrain_tui.metrics.parsing.reading_events import Event

__all__ = ["MAX_LINE", "LogReader", "clean_lines"]

MAX_LINE = 8 * 1024  # bytes; a longer line is no metric line: it is left out and counted
_BLOCK = 256 * 1024
_PIECE = 32 * 1024  # bytes read at once: what few lines need (redraws, colours) costs only the pieces that have it
# Of a block without a digit only the end is searched for a loss printed as nan: once nan, it stays so.
_NAN_WINDOW = 16 * 1024
_KEPT_BYTES = 16 * 1024
_LONGEST_RUN = 256  # a run is read line by line where its epoch changes
_SHORT_RUN = 16  # as most are
_LINES_AT_ONCE = 1024  # a shape learned among them is read in runs from the next ones on
_READ_IN_RUNS = (QuickLine, LearnedLine, QuickBar)
_RUN = 4  # lines of one shape after another that are read together
_END_OF_LINES = (None,) * _RUN
_MAX_SHAPES = 4096
_MAX_WORDS = 256  # lines without a digit that are known
_UNSEEN = Nothing()  # stands for the layout of a shape that is not known
_MAX_SHAPE = 1024  # bytes; longer lines are rare and not worth remembering

_DIGITS = tuple(bytes([digit]) for digit in b"0123456789")


def _tells_nan(block: bytes) -> bool:
    return b"nan" in block or b"NaN" in block


def clean_lines(block: bytes) -> list[bytes]:
    """A log's text as lines: redraws end one, colours and cursor movements are taken out."""
    return clean_block(block).split(b"\n")


def _length_of_run(layouts: Sequence[Layout | None], begin: int) -> int:
    """How many lines of one layout follow each other."""
    layout = layouts[begin]
    for longest in (_SHORT_RUN, _LONGEST_RUN):
        others = list(map(is_not, layouts[begin : begin + longest], repeat(layout)))
        if True in others:
            return others.index(True)
    return len(others)


class LogReader:
    """Reads one attempt's log, bytes in order in any chunking; memory is bounded whatever comes.

    Readings do not depend on the chunking; of a bar's progress only the states that matter are told.
    `patterns` are the plan's own as (metric name, regular expression) with a group `value` and, where they have them,
    `step` and `epoch`; ValueError for one that can't be used.
    """

    def __init__(self, patterns: Iterable[tuple[str, str]] = ()) -> None:
        self._own = OwnPatterns(patterns)
        self._state = State()
        self._plain_numbers = PlainNumbers()
        self._shapes: dict[bytes, Layout | None] = {}  # None: nothing of interest on lines of this shape
        self._words_known = 0  # of them lines without a digit
        self._new_lines = NewLines()
        self._rest = b""
        self._discarding = False
        self._ends_in_backspace = False
        self._ends_in_return = False
        self.lines_left_out = 0  # longer than MAX_LINE

    @property
    def names_left_out(self) -> int:
        """Distinct metric names over the cap of a thousand: "and n more"."""
        return self._state.names_left_out

    @property
    def waiting(self) -> int:
        """Bytes of a line whose end hasn't come yet: a later reader must begin with them."""
        return len(self._rest)

    def shapes(self) -> list[tuple[str, LineShape]]:
        """The line shapes that were learned, or may yet be, each with its words."""
        return self._state.shapes.shapes()

    @property
    def held_bytes(self) -> int:
        """Bytes of lines that wait until their shape is believed."""
        return self._state.shapes.held_bytes

    def feed(self, data: bytes) -> list[Event]:
        """Read more bytes; an unfinished line waits for its end."""
        if self._discarding:
            end = END_OF_LINE.search(data)
            if end is None:
                return []
            data = data[end.end() :]
            self._discarding = False
        if self._ends_in_backspace and not self._rest:
            data = data.lstrip(b"\b")  # they go on, and all of them end one line
        if self._ends_in_return and not self._rest:
            data = data.lstrip(b"\r")
            if data:
                data = data.removeprefix(b"\n")
                self._ends_in_return = False
        if self._rest:
            data = self._rest + data
        cut = max(data.rfind(b"\n"), data.rfind(b"\r"), data.rfind(b"\b")) + 1
        self._rest = data[cut:]
        if cut:
            self._ends_in_backspace = data[cut - 1 : cut] == b"\b"
            self._ends_in_return = data[cut - 1 : cut] == b"\r"
        begin = 0
        while begin < cut:
            end_of_block = data.find(b"\n", begin + _BLOCK, cut) + 1 or cut
            self._read_block(data[begin:end_of_block])
            begin = end_of_block
        if len(self._rest) > MAX_LINE:
            self._rest, self._discarding = b"", True
            self.lines_left_out += 1
        elif self._rest:
            self._peek()
        return self._state.take()

    def skip(self, count: int) -> None:
        """The caller jumps over `count` bytes. The line they cut in two is not read."""
        if count > 0:
            self._rest, self._discarding = b"", True
            self._state.tail.clear()
            self._state.box.clear()

    def finish(self) -> list[Event]:
        """The log has ended: read a last line that has no newline."""
        if self._rest:
            rest, self._rest = self._rest, b""
            self._read_block(rest + b"\n")
        end_box(self._state)
        return self._state.take()

    def _read_block(self, block: bytes) -> None:
        """Read whole lines."""
        state = self._state
        plain = not state.box and b"}" not in block  # no box and no object ends here
        if plain and not any(digit in block for digit in _DIGITS) and not _tells_nan(block[-_NAN_WINDOW:]):
            state.keep(END_OF_LINE.split(block[-_KEPT_BYTES:])[:-1])
            return
        begin = 0
        while begin < len(block):
            end = block.find(b"\n", begin + _PIECE) + 1 or len(block)
            self._read_piece(block[begin:end])
            begin = end

    def _read_piece(self, block: bytes) -> None:
        """Read whole lines, some of which may hold a number."""
        state = self._state
        block = clean_block(block)
        printed: list[bytes] = block.split(b"\n") if self._own else []
        block = self._plain_numbers.rewrite(without_drawings(block))
        state.lines = lines = block.split(b"\n")
        lines.pop()
        shapes = shapes_of(block)
        shapes.pop()
        self._read_lines(lines, shapes, printed)
        state.keep(lines)

    def _read_lines(self, lines: list[bytes], shapes: list[bytes], printed: list[bytes]) -> None:
        """Read the lines that tell something, and learn those of new shapes; the others cost no Python code each."""
        state, known = self._state, self._shapes
        for begin in range(0, len(lines), _LINES_AT_ONCE):
            layouts: list[Layout | None] = list(map(known.get, shapes[begin : begin + _LINES_AT_ONCE], repeat(_UNSEEN)))
            layouts += _END_OF_LINES
            ahead = islice(layouts, _RUN - 1, None)
            rest = compress(zip(count(begin), lines[begin : begin + _LINES_AT_ONCE], layouts, ahead), layouts)
            for index, line, seen, later in rest:
                layout = seen if seen is not _UNSEEN else self._look_at(line, shapes[index])
                if layout is None:
                    continue
                state.index = index
                if later is layout and isinstance(layout, _READ_IN_RUNS) and not printed:
                    length = _length_of_run(layouts, index - begin)
                    if length >= _RUN:
                        with contextlib.suppress(ValueError, OverflowError):
                            layout.read_run(lines[index : index + length], state)
                        deque(islice(rest, length - 1), maxlen=0)
                        continue
                if printed and self._own.read(printed[index], state):
                    continue
                # a digit where the shape was learnt from another may make a number too long for its type
                try:
                    layout.read(line, state)
                except (ValueError, OverflowError):
                    continue

    def _look_at(self, line: bytes, shape: bytes) -> Layout | None:
        """The layout of a line whose shape was new when its block began; None for nothing of interest."""
        layout = self._shapes.get(shape, _UNSEEN)
        if layout is not _UNSEEN:
            return layout
        if shape != line or b"}" in line or b"nan" in line.lower():
            return self._learn(line, shape)
        # a line without a digit: it may end a box, and nothing else; a brace may end an object
        if line.startswith(b"--"):
            if self._state.box:
                end_box(self._state)
        elif self._words_known < _MAX_WORDS and len(line) <= _MAX_SHAPE:
            self._words_known += 1
            self._shapes[line] = None
        return None

    def _learn(self, line: bytes, shape: bytes) -> Layout:
        if len(line) > MAX_LINE:
            self.lines_left_out += 1
            return NOTHING
        printed, line = line, plain_thousands(line)
        text = line.decode("latin-1")
        learns = self._new_lines.may_be_learned(text)
        layout = with_printed_eta(quick_bar(quick_line(find_layout(text, learns=learns)), line), line, text)
        if line is not printed and layout is not NOTHING:
            layout = LineWithThousands(layout)
        if layout is NOTHING and self._own:
            return layout  # the plan's patterns read every line
        if len(line) <= _MAX_SHAPE and learns:
            if len(self._shapes) - self._words_known >= _MAX_SHAPES:
                self._shapes.clear()
                self._words_known = 0
            self._shapes[shape] = None if isinstance(layout, Nothing) else layout
        return layout

    def _peek(self) -> None:
        """A bar waits for its next redraw to end its line; what it shows now is progress already."""
        rest = self._rest
        if not rest.endswith(b"]") or b"/" not in rest or b"[" not in rest:
            return
        line = without_drawings(clean_block(rest).rsplit(b"\n", 1)[-1])
        layout = find_layout(line.decode("latin-1"))
        if isinstance(layout, BarLayout):
            try:
                layout.place(line, self._state)
            except (ValueError, OverflowError):
                return
