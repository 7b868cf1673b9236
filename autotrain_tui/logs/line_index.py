"""Line numbers of a log, counted in the background: newlines per block, each block once.

Numbers start at the first line that exists: when `log_limit_mb` drops the head of a log, all numbers decrease.
"""

from __future__ import annotations

from autotrain_tui.logs.block_counts import BLOCK
from autotrain_tui.logs.log_file import LogFile

__all__ = ["LineIndex"]

_STEP = 16
"""Blocks counted in one step, less than a millisecond of work."""


_SHORT = 40
"""Bytes. Newlines of shorter lines are counted byte by byte."""


class LineIndex:
    """Numbers of lines (from 0) to offsets and back. A job for `BackgroundWorker`: `step` counts some blocks.

    Counts whole blocks of the file's current generation; the rest of the file is counted on demand.
    """

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._handle, self._counts, self._generation = file.handle, file.newlines, file.generation
        self._next = 0
        self._first = 0
        """The file's first offset when the blocks were counted."""
        self.gone = 0
        """Lines that were counted and have been dropped since."""
        self._buffer = bytearray(BLOCK)
        self._short_lines = False
        self._tail = (0, 0)
        """Lines after the counted blocks, at a size of the file."""

    @property
    def current(self) -> bool:
        """Does it describe the text that the file holds now?"""
        return self._generation == self._file.generation

    @property
    def progress(self) -> float:
        """The share of the file that is counted, 0 to 1."""
        blocks = self._file.size // BLOCK
        return min(1.0, self._next / blocks) if blocks else 1.0

    @property
    def complete(self) -> bool:
        """Are line numbers known for the whole file?"""
        return self._next >= self._file.size // BLOCK and self._first == self._file.first

    def step(self) -> bool:
        """Count some blocks; False when all whole blocks are counted (later growth makes it True again)."""
        if self._handle is None or not self.current:
            return False
        if self._first != self._file.first and not self._forget(self._file.first):
            return False
        for _ in range(_STEP):
            if self.complete:
                return False
            if not self._count(self._next):
                return False
            self._next += 1
        return not self.complete

    def _count(self, block: int) -> bool:
        try:
            if self._handle is None or self._handle.read_into(self._buffer, block * BLOCK) < BLOCK:
                return False  # shorter than its size said: the next refresh reports it
        except OSError:
            return False  # the pane's own reads meet the same error and show it
        self._counts[block] = self._newlines()
        return True

    def _newlines(self) -> int:
        """Newlines in the buffer.

        `count` looks at one byte after the other. What `replace` leaves out it finds with memchr, which looks at 32
        bytes at once: 2.4 times as fast with lines of 100 bytes, 10 times with lines of 1,000, and slower with lines
        of less than about 40, as those of the block before were.
        """
        lines = self._buffer.count(b"\n") if self._short_lines else BLOCK - len(self._buffer.replace(b"\n", b""))
        self._short_lines = lines * _SHORT > BLOCK
        return lines

    def _forget(self, first: int) -> bool:
        """The head was dropped up to `first`: blocks before it count 0, the block with it is counted again."""
        before, block = self._counts.total, first // BLOCK
        for empty in range(self._first // BLOCK, block):
            self._counts[empty] = 0
        if block < self._next and not self._count(block):
            return False
        self.gone += before - self._counts.total
        self._next, self._first = max(self._next, block), first
        return True

    def number_of(self, offset: int) -> int | None:
        """The number, from 0, of the line that holds the byte at `offset`; None while it is not counted."""
        block = offset // BLOCK
        if block > self._next:
            return None
        return self._counts.before(block) + self._file.read(block * BLOCK, offset - block * BLOCK).count(b"\n")

    def offset_of(self, number: int) -> int | None:
        """The offset of the line with this number, of the last line if there are fewer; None while not counted."""
        if number <= 0:
            return self._file.first
        if self._counts.total >= number:
            block, nth = self._counts.locate(number - 1)
        elif self.complete:
            block, nth = self._next, number - 1 - self._counts.total
        else:
            return None
        data = self._file.read(block * BLOCK, BLOCK)
        at = -1
        for _ in range(nth + 1):
            at = data.find(b"\n", at + 1)
            if at < 0:
                return self._file.start_of(max(self._file.first, self._file.size - 1))
        offset = block * BLOCK + at + 1
        return offset if offset < self._file.size else self._file.start_of(self._file.size - 1)

    def total(self) -> int | None:
        """Lines in the file, an unfinished last one included; None while they are being counted."""
        if not self.complete:
            return None
        if self._tail[0] != self._file.size:
            tail = self._file.read(self._next * BLOCK, BLOCK)
            unfinished = bool(self._file.size) and self._file.read(self._file.size - 1, 1) != b"\n"
            self._tail = (self._file.size, tail.count(b"\n") + unfinished)
        return self._counts.total + self._tail[1]

    def estimate(self) -> int:
        """About how many lines there are, from what is counted so far and the lines at the end."""
        size = self._file.size - self._file.first
        if (counted := self._next * BLOCK - self._file.first) > 0:
            return round(self._counts.total * size / counted)
        tail = self._file.read(max(0, self._file.size - BLOCK), BLOCK)
        return round(tail.count(b"\n") * size / max(1, min(len(tail), size)))
