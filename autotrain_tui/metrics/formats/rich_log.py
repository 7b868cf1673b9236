"""Records of rich's log handler that are wrapped: the metrics go on in the lines below, at the message's column.

    [11/22/26 19:17:46] INFO     epoch 1/3 step 100/300 train_loss=1.2500    run.py:7
                                 learning_rate=3.00e-04 val_loss=1.3000

Such a line has the place of its record's first line.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.formats import pairs
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Nothing, Pair
from autotrain_tui.metrics.parsing.line_scanner import scan
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_WRAPPED = lazy_pattern(r"\s{16,60}(?=[A-Za-z])", re.ASCII)
_HEAD = lazy_pattern(rb"(?:\[[^\]]{5,30}\]|\s{5,32})\s(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+")
_MAX_RECORD = 12  # lines


class _Wrapped(msgspec.Struct, frozen=True, gc=False):
    """A line that stands at its record's column; `alone` reads it where there is no such record."""

    indent: int
    pairs: tuple[Pair, ...]
    alone: Layout

    def read(self, line: bytes, state: State) -> None:
        """Read the line as a part of its record, or by itself when it is none."""
        for above in state.before(_MAX_RECORD):
            head = _HEAD.match(above)
            if head is not None and head.end() == self.indent:
                self._read_part(line, above.decode("latin-1"), state)
                return
            if len(above) - len(above.lstrip(b" ")) != self.indent:
                break
        self.alone.read(line, state)

    def _read_part(self, line: bytes, head: str, state: State) -> None:
        first = scan(head, self.indent, len(head))
        if first.settings or (first.step is None and first.epoch is None):
            self.alone.read(line, state)
            return
        for pair in self.pairs:
            state.value(line[slice(*pair.name)], line[slice(*pair.value)], state.step, state.epoch, pair.prefix)


def find(text: str, start: int) -> Layout | None:
    """The layout of a line that may go on with a record; None where nothing on it could."""
    indent = _WRAPPED.match(text)
    if indent is None or start > indent.end():
        return None
    found = pairs.accept(scan(text, indent.end(), len(text)), has_place=True)
    if not found:
        return None
    return _Wrapped(indent.end(), found, pairs.find(text, start) or Nothing())
