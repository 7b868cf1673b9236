"""Every line of a log that a query matches: counted in the background, nearest to the reader first.

Only a count per block is kept (see `block_counts`), so a query that matches ten million lines takes no more memory than
one that matches none; the lines of a block are found again when they are needed. A line counts in the block where it
starts; a line longer than a block counts once in each further block in which it matches.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import Enum

from autotrain_tui.logs.block_counts import BLOCK, UNKNOWN, BlockCounts
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import Query

__all__ = ["LineScan", "Unknown"]

_STEP_SECONDS = 0.004
_RUN = 16
"""Blocks scanned in one direction before the other direction."""
_TAIL = 4096
"""Bytes first read beyond a block, to find the end of its last line."""
_ON_DEMAND = 8
"""Blocks that a caller scans at once instead of waiting for the background."""
_KEPT = 16
"""Blocks whose lines are cached."""


class Unknown(Enum):
    """The answer is not known yet: the scan has not reached it."""

    YET = "yet"


class LineScan:
    """A query over a file's current generation. A job for `BackgroundWorker`."""

    def __init__(self, file: LogFile, query: Query, near: int = 0) -> None:
        """`near`: the place in the file where the scan starts, up and down."""
        self.query = query
        self._file, self._handle, self._generation = file, file.handle, file.generation
        self._counts = BlockCounts()
        self._first = file.first
        """The file's first offset when its blocks were counted."""
        self._open: dict[int, int] = {}
        """Blocks at the end whose last line was unfinished when they were scanned, with the file's size then."""
        self._kept: dict[int, tuple[int, list[int]]] = {}
        self._down = self._up = 0
        self.begin_at(near)

    @property
    def current(self) -> bool:
        """Does it describe the text that the file holds now?"""
        return self._generation == self._file.generation

    @property
    def total(self) -> int:
        """Lines found so far."""
        return self._counts.total

    @property
    def progress(self) -> float:
        """The share of the file that is scanned, 0 to 1."""
        return min(1.0, self._counts.known / self._blocks) if self._blocks else 1.0

    @property
    def complete(self) -> bool:
        """Is the whole file scanned at its current size, or the query unusable?"""
        if self.query.problem:
            return True
        scanned = self._counts.known >= self._blocks and all(size == self._file.size for size in self._open.values())
        return scanned and self._first == self._file.first

    @property
    def size(self) -> int:
        """Bytes of the file: a place after every line."""
        return self._file.size

    def begin_at(self, position: int) -> None:
        """Continue the scan from this place, up and down; a search that met `Unknown` has come to `begun`."""
        self.begun = position
        self._up = min(position // BLOCK, self._blocks)
        self._down = self._up - 1

    def step(self) -> bool:
        """Scan for a few milliseconds; False when the whole file is scanned."""
        until = time.monotonic() + _STEP_SECONDS
        if self._first != self._file.first:
            self._forget(self._file.first)
        while self.current and not self.query.problem and (block := self._next()) is not None:
            self._scan(block)
            if time.monotonic() > until:
                break
        return self.current and not self.complete

    def density(self, block: int) -> int:
        """Lines found in a block; UNKNOWN (below 0) if it was not scanned."""
        return self._counts[block]

    def rank(self, position: int) -> int:
        """How many of the found lines come before this place."""
        block = position // BLOCK
        return self._counts.before(block) + sum(start < position for start in self.lines_in(block))

    def lines_in(self, block: int) -> list[int]:
        """The places of the matching lines that start in a block, scanned now if they are not cached."""
        size, lines = self._kept.get(block, (-1, []))
        if size < 0 or (block in self._open and size != self._file.size):
            size = self._file.size
            lines, _ = self._find(block)
            self._kept.pop(block, None)
            self._kept[block] = (size, lines)
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return lines if not lines or lines[0] >= self._file.first else [at for at in lines if at >= self._file.first]

    def after(self, position: int) -> Iterator[int | Unknown]:
        """Places at or after this one, ascending; ends with `Unknown.YET` where the scan is not done."""
        block, budget = position // BLOCK, _ON_DEMAND
        while block < self._blocks:
            if self._counts[block] == 0 and block not in self._open:
                block = self._counts.empty_until(block, 1)
                continue
            budget -= self._counts[block] == UNKNOWN
            if budget < 0:
                self.begin_at(block * BLOCK)
                yield Unknown.YET
                return
            yield from (start for start in self.lines_in(block) if start >= position)
            block += 1

    def before(self, position: int) -> Iterator[int | Unknown]:
        """Places before this one, descending; ends with `Unknown.YET` where the scan is not done."""
        block, budget = min(position // BLOCK, self._blocks - 1), _ON_DEMAND
        while block >= 0:
            if self._counts[block] == 0 and block not in self._open:
                block = self._counts.empty_until(block, -1)
                continue
            budget -= self._counts[block] == UNKNOWN
            if budget < 0:
                self.begin_at((block + 1) * BLOCK)
                yield Unknown.YET
                return
            yield from (start for start in reversed(self.lines_in(block)) if start < position)
            block -= 1

    def _forget(self, first: int) -> None:
        """The head was dropped up to `first`: blocks before it count 0, the block with it is scanned again."""
        block = first // BLOCK
        for empty in range(self._first // BLOCK, block):
            self._open.pop(empty, None)
            self._counts[empty] = 0
        if self._counts[block] != UNKNOWN:
            self._scan(block)
        self._first = first

    @property
    def _blocks(self) -> int:
        return -(-self._file.size // BLOCK)

    def _next(self) -> int | None:
        """The next block to scan: blocks at the end that have grown, then up and down from the start of the scan."""
        for block, size in list(self._open.items()):
            if size != self._file.size:
                return block
        if self._counts.known >= self._blocks:
            return None
        while self._up < self._blocks and self._counts[self._up] != UNKNOWN:
            self._up += 1
        while self._down >= 0 and self._counts[self._down] != UNKNOWN:
            self._down -= 1
        if self._up >= self._blocks:
            return self._down if self._down >= 0 else self._first_unknown()
        return self._up if self._down < 0 or self._up % (2 * _RUN) < _RUN else self._down

    def _first_unknown(self) -> int | None:
        return next((block for block in range(self._blocks) if self._counts[block] == UNKNOWN), None)

    def _scan(self, block: int) -> None:
        size = self._file.size
        lines, final = self._find(block)
        if final:
            self._open.pop(block, None)
        else:
            self._open[block] = size
        self._counts[block] = len(lines)

    def _find(self, block: int) -> tuple[list[int], bool]:
        """The places of the matching lines that start in a block, and whether growth of the file can't change them."""
        file, begin, end = self._file, max(self._file.first, block * BLOCK), (block + 1) * BLOCK
        if begin >= end:
            return [], True
        lead = int(begin > file.first)
        base = begin - lead
        data = file.read(base, end + _TAIL - base)
        found: list[int] = []
        start = 0
        if lead:
            newline = data.find(b"\n", 0, end - 1 - base)
            if newline != 0 and self._is_long(block):  # the inside, or the end, of a line longer than a block
                part = data[1 : newline if newline >= 0 else len(data)]
                found = [begin] if self.query.lines(part) else []
            if newline < 0:
                return found, file.size >= end
            start = newline + 1
        stop = data.find(b"\n", end - 1 - base)
        if stop < 0 and base + len(data) < file.size:
            data += file.read(base + len(data), end + BLOCK - base - len(data))
            stop = data.find(b"\n", end - 1 - base)
        text = data[start : stop if stop >= 0 else len(data)] if not self.query.lacking(data) else b""
        if text:
            before = self._before(base + start)
            place = base + start - len(before)
            found += [place + at for at in self.query.lines(before + text) if at >= len(before)]
        return found, stop >= 0 or base + len(data) >= end + BLOCK

    def _before(self, place: int) -> bytes:
        """The whole lines before a place on which the query's answer depends."""
        begin = max(self._file.first, place - self.query.look_behind)
        text = self._file.read(begin, place - begin) if begin < place else b""
        return text if begin == self._file.first else text[text.find(b"\n") + 1 :]

    def _is_long(self, block: int) -> bool:
        """Does the line that continues into this block start before the previous block?"""
        before = (block - 1) * BLOCK
        newlines = self._file.newlines[block - 1]
        if newlines > 0 or before <= self._file.first:
            return False
        if newlines == UNKNOWN:
            near = self._file.read(before + BLOCK - _TAIL, _TAIL - 1)
            if b"\n" in near or b"\n" in self._file.read(before, BLOCK - 1):
                return False
        return self._file.read(before - 1, 1) != b"\n"
