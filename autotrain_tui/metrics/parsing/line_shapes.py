"""Shapes of lines: the words of a line with its numbers taken out, and what is known of each.

A line that reports progress comes again and again with the same words and other numbers. A shape is believed once it
was seen three times, its numbers change, and something counts: a number on the line itself, a step or an epoch read
elsewhere, or a counter in a line nearby. What was seen before is held back and told first: a series is in order.

A log's shapes are bounded in number and in the bytes held back for them. What is learned depends on the lines alone,
not on how the log was cut into pieces.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern

__all__ = [
    "BELIEVED_AFTER",
    "MAX_HELD_BYTES",
    "MAX_SHAPES",
    "HeldRow",
    "LineShape",
    "Names",
    "NewLines",
    "ShapeTable",
    "shape_of",
]

BELIEVED_AFTER = 3
"""Times a shape is seen before its unknown names are believed."""

MAX_SHAPES = 200
MAX_HELD_BYTES = 64 << 10
_GIVEN_UP_AFTER = 1000  # times a shape is seen without anything that counts
_HELD_ROWS = 64  # of one shape
_FREE_LINES = 3000  # of new shapes; a long one counts as several
_LONG_LINE = 256
_MOST_SEEN = 2000
_LATE_ROWS = 500  # a number that has not changed by then is a setting

_NUMBER = lazy_pattern(
    r"(?<![A-Za-z_\d.])[-+]?(?:\d[\d.]*(?:[eE][-+]?\d+)?|\bnan|\binf)(?![A-Za-z_]*\d)", re.IGNORECASE
)
_WORD_VALUE = lazy_pattern(r"(?<=[=:])\s*(?:[A-Za-z_][\w-]*\s*(?=[,;|])|'[^']{0,60}'|\"[^\"]{0,60}\")")

Names = tuple[tuple[bytes, bytes], ...]
"""A line's (name, value) pairs as printed."""


class HeldRow(msgspec.Struct, frozen=True, gc=False):
    """One line that waits: its values, the numbers that may count, and its place."""

    values: Names
    counts: tuple[int, ...]
    step: int | None
    epoch: float | None

    @property
    def size(self) -> int:
        """Bytes held for it, roughly."""
        return 64 + sum(96 + len(name) + len(value) for name, value in self.values)


def shape_of(text: str, start: int) -> str:
    """A line's fixed words: its numbers, words behind `=` and the width of its blanks taken out."""
    text = text[start:]
    if "=" in text or ":" in text:
        text = _WORD_VALUE.sub("w", text)
    return " ".join(_NUMBER.sub("0", text).split())


class LineShape:
    """What is known of one shape. `changed` says which of its named numbers were seen with different values."""

    __slots__ = (
        "_downs",
        "_first",
        "_last",
        "_moves",
        "_place",
        "_ups",
        "axis",
        "believed",
        "changed",
        "count",
        "example",
        "given_up",
        "has_left",
        "held",
        "late",
    )

    def __init__(self, names: int, counters: int, example: bytes) -> None:
        self.example = example
        self.count = 0
        self.believed = self.given_up = False
        self.has_left = False  # it made room for another
        self.axis: int | None = None
        self.changed = [False] * names
        self.held: list[HeldRow] = []
        self.late = names  # named numbers that have not changed yet
        self._first: Names = ()
        self._last: list[int | None] = [None] * counters
        self._ups = [0] * counters
        self._downs = [0] * counters
        self._moves = 0
        self._place: tuple[int, int | None, float | None] | None = None

    def see(self, row: HeldRow, moves: int) -> list[int]:
        """The shape came again; which of its numbers changed for the first time."""
        self.count += 1
        self.see_counts(row.counts)
        self._first = self._first or row.values
        fresh = [i for i, pair in enumerate(row.values) if not self.changed[i] and pair[1] != self._first[i][1]]
        for i in fresh:
            self.changed[i] = True
        self.late -= len(fresh)
        place = (moves, row.step, row.epoch)
        if self._place is not None and place != self._place:
            self._moves += 1
        self._place = place
        return fresh

    def take_after(self, sibling: LineShape, names: Sequence[bytes], axis: int | None) -> None:
        """Be believed as a sibling is: a line of the same words where a number that has a fraction there has none."""
        changed = {name for (name, _), change in zip(sibling._first, sibling.changed, strict=True) if change}
        self.changed = [name in changed for name in names]
        self.late = self.changed.count(False)
        self.believed, self.axis = True, axis

    def leave(self) -> None:
        """It made room for another: who still has it must find its shape again."""
        self.has_left = True
        self.example, self.changed, self._first = b"", [], ()
        self._last, self._ups, self._downs = [], [], []

    def see_counts(self, counts: Sequence[int]) -> bool:
        """The numbers that may count came again; whether one of them counts, upwards or what is left."""
        last, all_ups, all_downs = self._last, self._ups, self._downs
        counts_on = False
        for i, count in enumerate(counts):
            before, ups, downs = last[i], all_ups[i], all_downs[i]
            if before is not None:
                if count > before:
                    all_ups[i] = ups = ups + 1
                elif count < before:
                    all_downs[i] = downs = downs + 1
            last[i] = count
            if (ups >= BELIEVED_AFTER - 1 and 4 * downs <= ups) or (downs >= BELIEVED_AFTER - 1 and 4 * ups <= downs):
                counts_on = True
        return counts_on

    def counting(self, ranks: tuple[int, ...]) -> int | None:
        """Which of the line's numbers counts, upwards or starting again now and then; the lowest rank is the best."""
        best = None
        for i, ups in enumerate(self._ups):
            if ups >= BELIEVED_AFTER - 1 and 4 * self._downs[i] <= ups and (best is None or ranks[i] < ranks[best]):
                best = i
        return best

    @property
    def counted_nearby(self) -> bool:
        """Whether something else counted on between the times that the shape was seen."""
        return self._moves >= BELIEVED_AFTER - 1

    @property
    def is_hopeless(self) -> bool:
        """Whether it came so often without anything that counts that it is no report."""
        return self.count >= _GIVEN_UP_AFTER

    @property
    def waits(self) -> bool:
        """Whether rows are still held for numbers that have not changed."""
        return not self.believed or (self.late > 0 and self.count < _LATE_ROWS)


class NewLines:
    """Bounds the work of a log whose lines are ever new: from the 3,000th on a line is learned when its words recur.

    The work goes with a line's length, so that of long lines fewer are free.
    """

    def __init__(self) -> None:
        self._count = 0
        self._seen: set[int] = set()

    def may_be_learned(self, text: str) -> bool:
        """Whether a line of a new shape is worth looking at in full."""
        self._count += 1 + len(text) // _LONG_LINE
        if self._count <= _FREE_LINES:
            return True
        key = zlib.crc32(shape_of(text[:256], 0).encode("latin-1"))
        if key in self._seen:
            return True
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen.add(key)
        return False


class ShapeTable:
    """The shapes of one log. `moves` counts how often a counter in any line counted on."""

    def __init__(self) -> None:
        self._shapes: dict[str, LineShape] = {}
        self._held_bytes = 0
        self.by_words: dict[str, tuple[LineShape, int | None]] = {}
        """The believed shapes by their words alone, each with the rank of the number that counts on its line."""
        self.moves = 0
        self.left_out = 0
        """Shapes that found no room."""

    def get(self, key: str) -> LineShape | None:
        """The shape with these words; None when it is not known."""
        return self._shapes.get(key)

    @property
    def held_bytes(self) -> int:
        """Bytes held back for all shapes, roughly."""
        return self._held_bytes

    def shapes(self) -> list[tuple[str, LineShape]]:
        """All shapes in the order seen."""
        return list(self._shapes.items())

    def add(self, key: str, shape: LineShape) -> bool:
        """Take a shape in; the oldest that is not believed makes room. False when all that are there are believed."""
        if len(self._shapes) >= MAX_SHAPES and not self._make_room():
            self.left_out += 1
            return False
        self._shapes[key] = shape
        return True

    def hold(self, shape: LineShape, row: HeldRow) -> None:
        """Hold a row of a shape back; of too many the oldest is dropped."""
        shape.held.append(row)
        self._held_bytes += row.size
        if len(shape.held) > _HELD_ROWS:
            self._held_bytes -= shape.held.pop(0).size
        while self._held_bytes > MAX_HELD_BYTES and self._make_room(keep=shape):
            pass
        if self._held_bytes > MAX_HELD_BYTES:
            self.release(shape)

    def release(self, shape: LineShape) -> list[HeldRow]:
        """The rows held for a shape, held no longer."""
        rows, shape.held = shape.held, []
        self._held_bytes -= sum(row.size for row in rows)
        return rows

    def _make_room(self, keep: LineShape | None = None) -> bool:
        oldest = next(
            (key for key, shape in self._shapes.items() if not shape.believed and shape is not keep and shape.held),
            None,
        ) or next((key for key, shape in self._shapes.items() if not shape.believed and shape is not keep), None)
        if oldest is None:
            return False
        shape = self._shapes.pop(oldest)
        self.release(shape)
        shape.leave()
        return True
