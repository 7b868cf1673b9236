"""The lines of a log without the inside of Python's tracebacks: of each, only its last line, until it is opened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from autotrain_tui.logs.log_file import Line

__all__ = ["FoldedLines", "Traceback"]

_RANK = rb"(?:\[[^\]\n]{1,40}\]:? ?)?"
_HEAD = re.compile(_RANK + rb"Traceback \(most recent call last\)")
_BODY = re.compile(_RANK + rb"(?:  |\t)")
_END = re.compile(_RANK + rb"[A-Za-z_][\w.]*(?::|$)")
_LONGEST = 1024
"""Lines of a traceback at most; Python itself shortens those of a deep recursion."""
_MOST_KNOWN = 8192
_PART = 32
"""Lines that are read at once to find its ends."""


class _Lines(Protocol):
    """Where the lines come from (see `viewport.LineSource`)."""

    @property
    def first(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    def forward(self, position: int, count: int) -> Sequence[Line]: ...
    def backward(self, position: int, count: int) -> Sequence[Line]: ...


class Traceback(NamedTuple):
    """A traceback: the places of its first and of its last line, and how many lines stand before the last."""

    head: int
    end: int
    inside: int


class FoldedLines:
    """A source of lines that leaves the inside of tracebacks out; one that has no last line yet is shown."""

    def __init__(self, source: _Lines) -> None:
        self.source = source
        self._opened: set[int] = set()
        self._heads: dict[int, Traceback] = {}
        self._known: dict[int, Traceback | None] = {}
        """What lines inside of tracebacks, and lines that only look so, belong to."""

    @property
    def first(self) -> int:
        """The place of the first line."""
        return self.source.first

    @property
    def size(self) -> int:
        """A place after the last line."""
        return self.source.size

    @property
    def complete(self) -> bool:
        """Is every line known?"""
        return self.source.complete

    def forward(self, position: int, count: int) -> list[Line]:
        """Up to `count` lines at or after a place."""
        found: list[Line] = []
        while len(found) < count and (lines := self.source.forward(position, count - len(found))):
            found += [line for line in lines if not self._hides(line)]
            position = lines[-1].next
        return found

    def backward(self, position: int, count: int) -> list[Line]:
        """Up to `count` lines before a place, in order."""
        found: list[Line] = []
        while len(found) < count and (lines := self.source.backward(position, count - len(found))):
            found[:0] = [line for line in lines if not self._hides(line)]
            position = lines[0].start
        return found

    def ending_at(self, line: Line) -> Traceback | None:
        """The traceback whose last line this is."""
        if _BODY.match(line.data) or not _END.match(line.data):
            return None
        before = self.source.backward(line.start, 1)
        fold = self._fold_of(before[0]) if before else None
        return fold if fold is not None and fold.end == line.start else None

    def is_open(self, fold: Traceback) -> bool:
        """Whether all its lines are shown."""
        return fold.head in self._opened

    def toggle(self, fold: Traceback) -> None:
        """Show all its lines, or only the last one."""
        self._opened ^= {fold.head}

    def shown_place(self, place: int) -> int:
        """Where the line at a place can be seen: a traceback's first line at its last one; other lines open it."""
        lines = self.source.forward(place, 1)
        fold = self._fold_of(lines[0]) if lines and lines[0].start == place else None
        if fold is None or self.is_open(fold):
            return place
        if place == fold.head:
            return fold.end
        self.toggle(fold)
        return place

    def _hides(self, line: Line) -> bool:
        fold = self._fold_of(line)
        return fold is not None and fold.head not in self._opened

    def _fold_of(self, line: Line) -> Traceback | None:
        """The traceback of which a line is the first or inside."""
        if _HEAD.match(line.data):
            return self._from_head(line)
        if not _BODY.match(line.data):
            return None
        if line.start in self._known:
            return self._known[line.start]
        inside, above = [line.start], self._line_above(line)
        while above is not None and _BODY.match(above.data) and len(inside) < _LONGEST:
            inside.append(above.start)
            above = self._line_above(above)
        is_head = above is not None and _HEAD.match(above.data) is not None
        fold = self._from_head(above) if above is not None and is_head else None
        if is_head and fold is None:
            return None  # its last line may still come
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known |= dict.fromkeys(inside, fold)
        return fold

    def _line_above(self, line: Line) -> Line | None:
        lines = self.source.backward(line.start, 1)
        return lines[0] if lines else None

    def _from_head(self, head: Line) -> Traceback | None:
        if head.start in self._heads:
            return self._heads[head.start]
        count, place = 1, head.next
        while count < _LONGEST and (lines := self.source.forward(place, _PART)):
            for line in lines:
                if not _BODY.match(line.data):
                    if count == 1 or not line.complete or not _END.match(line.data):
                        return None
                    fold = self._heads[head.start] = Traceback(head.start, line.start, count)
                    return fold
                count += 1
            place = lines[-1].next
        return None
