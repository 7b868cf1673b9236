"""Counts per block of a log: what indexes and searches remember of a file of any size.

A log is divided into blocks of BLOCK bytes; for each block one number is kept (newlines, lines that match), 8 bytes a
block, so that a 1 GB log costs 32 KiB, whatever is in it. Positions inside a block are found by reading it again.
"""

from __future__ import annotations

from array import array

__all__ = ["BLOCK", "UNKNOWN", "BlockCounts"]

BLOCK = 256 * 1024
"""Bytes of a block: large enough that scanning costs more than reading, small enough to scan on a key press."""

UNKNOWN = -1
"""The count of a block that was not scanned yet."""


class BlockCounts:
    """One count per block. Filled by one thread while another reads; each operation is atomic under the GIL."""

    def __init__(self) -> None:
        self._counts = array("q")
        self.known = 0
        """Blocks whose count is known."""
        self.total = 0
        """The sum of the known counts."""

    def __len__(self) -> int:
        return len(self._counts)

    def __getitem__(self, block: int) -> int:
        """The count of a block; UNKNOWN also for one that does not exist."""
        return self._counts[block] if 0 <= block < len(self._counts) else UNKNOWN

    def __setitem__(self, block: int, count: int) -> None:
        """Set a block's count, or UNKNOWN to forget it."""
        if block >= len(self._counts):
            self._counts.extend([UNKNOWN] * (block + 1 - len(self._counts)))
        before = self._counts[block]
        self._counts[block] = count
        self.known += (count != UNKNOWN) - (before != UNKNOWN)
        self.total += max(count, 0) - max(before, 0)

    def before(self, block: int) -> int:
        """The sum of the counts of all blocks before this one; unknown ones count as 0."""
        known = self._counts[:block]
        return sum(known) + (known.count(UNKNOWN) if self.known < len(self._counts) else 0)

    def locate(self, number: int) -> tuple[int, int]:
        """The block that holds the item with this number (from 0), and its number within that block."""
        for block, count in enumerate(self._counts):
            if number < count:
                return block, number
            number -= max(count, 0)
        return len(self._counts), number

    def empty_until(self, block: int, step: int) -> int:
        """The first block from this one on, in steps of 1 or -1, whose count is not known to be 0."""
        counts = self._counts
        while 0 <= block < len(counts) and counts[block] == 0:
            block += step
        return block
