"""A log's bytes in, readings out.

Speed comes from three things: a block without a digit is not looked at; lines of a shape seen before are read by
slicing (`parsing/line_layout.py`); and who falls behind a flood jumps (`skip`), so that reading never lags without end.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from itertools import compress, count, repeat

from autotrain_tui.metrics.formats.boxes import end_box
from autotrain_tui.metrics.formats.find_layout import NOTHING, find_layout
from autotrain_tui.metrics.formats.own import OwnPatterns
from autotrain_tui.metrics.formats.quick_bar import quick_bar
from autotrain_tui.metrics.formats.tqdm import BarLayout
from autotrain_tui.metrics.parsing.learned_line import LearnedLine
from autotrain_tui.metrics.parsing.line_layout import Layout
from autotrain_tui.metrics.parsing.line_shapes import LineShape, NewLines
from autotrain_tui.metrics.parsing.number_commas import PlainNumbers
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.quick_line import QuickLine, quick_line
from autotrain_tui.metrics.parsing.reading_events import Event

__all__ = ["MAX_LINE", "LogReader", "clean_lines"]

MAX_LINE = 8 * 1024  # bytes; a longer line is no metric line: it is left out and counted
_BLOCK = 256 * 1024
# Of a block without a digit only the end is searched for a loss printed as nan: once nan, it stays so.
_NAN_WINDOW = 16 * 1024
_KEPT_BYTES = 16 * 1024
_LONGEST_RUN = 256  # a run is read line by line where its epoch changes
_READ_IN_RUNS = (QuickLine, LearnedLine)
_RUN = 4  # lines of one shape after another that are read together
_MAX_SHAPES = 4096
_MAX_WORDS = 256  # lines without a digit that are known
_UNSEEN = object()
_MAX_SHAPE = 1024  # bytes; longer lines are rare and not worth remembering

_DIGITS = tuple(bytes([digit]) for digit in b"0123456789")
# A digit becomes NUL, and NUL something else, so that two lines of one shape differ in digits only.
_SHAPE = bytes(0 if byte in b"0123456789" else (2 if byte == 0 else byte) for byte in range(256))
# A redraw ends a line as a newline does.
_LINES = bytes(10 if byte in b"\r\b\x0b\x0c" else byte for byte in range(256))
_END = re.compile(rb"[\n\r\x08\x0b\x0c]")
_COLOUR = re.compile(rb"\x1b\[[0-9;:]*m|\x1b\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)?|\x1b[()][0-9A-Za-z]")
# Any other sequence moves the cursor or clears: what follows is not the same line.
_MOVE = re.compile(rb"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]?|\x1b.?")


def _tells_nan(block: bytes) -> bool:
    return b"nan" in block or b"NaN" in block


def _end_of_run(shapes: list[bytes], begin: int) -> int:
    """Where the lines of one shape that follow each other end."""
    shape, end, last = shapes[begin], begin + 1, begin + _LONGEST_RUN
    while end < last and shapes[end] == shape:  # the last shape is empty, and no line's that is read
        end += 1
    return end


def clean_lines(block: bytes) -> list[bytes]:
    """A log's text as lines: redraws end one, colours and cursor movements are taken out."""
    block = block.translate(_LINES)
    if b"\x1b" in block:
        block = _MOVE.sub(b"\n", _COLOUR.sub(b"", block))
    return block.split(b"\n")


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
            end = _END.search(data)
            if end is None:
                return []
            data = data[end.end() :]
            self._discarding = False
        data = self._rest + data
        cut = max(data.rfind(b"\n"), data.rfind(b"\r"), data.rfind(b"\b")) + 1
        self._rest = data[cut:]
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
        if not state.box and not any(digit in block for digit in _DIGITS) and not _tells_nan(block[-_NAN_WINDOW:]):
            state.keep(_END.split(block[-_KEPT_BYTES:])[:-1])
            return
        block = block.translate(_LINES)
        may_be_nan = _tells_nan(block)
        if b"\x1b" in block:
            block = _MOVE.sub(b"\n", _COLOUR.sub(b"", block))
        printed: list[bytes] = block.split(b"\n") if self._own else []
        block = self._plain_numbers.rewrite(block)
        lines = block.split(b"\n")
        lines.pop()
        state.lines = lines
        shapes = block.translate(_SHAPE).split(b"\n")
        done = 0  # lines read as one run
        known = self._shapes
        # most lines tell nothing: they are passed over without a line of Python run for each
        for index in compress(count(), map(known.get, shapes, repeat(_UNSEEN))):
            shape = shapes[index]
            if index < done or index >= len(lines):
                continue
            layout = known.get(shape)
            line = lines[index]
            if layout is None:
                if shape == line and not (may_be_nan and b"nan" in line.lower()):
                    self._pass_over(line)
                    continue
                layout = self._learn(line, shape)
            if shapes[index + 1] == shape and not printed and isinstance(layout, _READ_IN_RUNS):
                done = _end_of_run(shapes, index)
                if done - index >= _RUN:
                    state.index = index
                    with contextlib.suppress(ValueError, OverflowError):
                        layout.read_run(lines[index:done], state)
                    continue
                done = 0
            state.index = index
            if printed and self._own.read(printed[index], state):
                continue
            # a digit where the shape was learnt from another may make a number too long for its type
            try:
                layout.read(line, state)
            except (ValueError, OverflowError):
                continue
        state.keep(lines)

    def _pass_over(self, line: bytes) -> None:
        """A line without a digit: it may end a box, and nothing else."""
        if line.startswith(b"--"):
            if self._state.box:
                end_box(self._state)
        elif self._words_known < _MAX_WORDS and len(line) <= _MAX_SHAPE and b"nan" not in line.lower():
            self._words_known += 1
            self._shapes[line] = None

    def _learn(self, line: bytes, shape: bytes) -> Layout:
        if len(line) > MAX_LINE:
            self.lines_left_out += 1
            return NOTHING
        text = line.decode("latin-1")
        learns = self._new_lines.may_be_learned(text)
        layout = quick_bar(quick_line(find_layout(text, learns=learns), line), line)
        if layout is NOTHING and self._own:
            return layout  # the plan's patterns read every line
        if len(line) <= _MAX_SHAPE and learns:
            if len(self._shapes) - self._words_known >= _MAX_SHAPES:
                self._shapes.clear()
                self._words_known = 0
            self._shapes[shape] = None if layout is NOTHING else layout
        return layout

    def _peek(self) -> None:
        """A bar waits for its next redraw to end its line; what it shows now is progress already."""
        rest = self._rest
        if not rest.endswith(b"]") or b"/" not in rest or b"[" not in rest:
            return
        line = _MOVE.sub(b"\n", _COLOUR.sub(b"", rest)).rsplit(b"\n", 1)[-1]
        layout = find_layout(line.decode("latin-1"))
        if isinstance(layout, BarLayout):
            try:
                layout.place(line, self._state)
            except (ValueError, OverflowError):
                return
