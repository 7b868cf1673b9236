"""Where a new epoch begins in a log: decided by a line and the few lines before it, so that it never moves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.cache import LRUCache

from autotrain_tui.logs.log_file import Line
from autotrain_tui.tui.log.viewport import LineSource

__all__ = ["EpochRules"]

_EPOCH = re.compile(rb"\bepochs?[\"']?(?:\s*[:=#\[(]\s*|\s+)(\d+)(?:\.\d*)?(?:\s*(?:/|of)\s*(\d+))?", re.IGNORECASE)
_HEAD = 2048
"""Bytes of a line in which its epoch is looked for."""
_BACK = 12
"""Lines before a line in which the epoch before is looked for."""


class EpochRules:
    """Whether a rule stands above a line. `note` lines in order, as far as they are read anyway."""

    def __init__(self, source: LineSource) -> None:
        self._source = source
        self._before: LRUCache[int, int] = LRUCache(1024)
        """The last epoch before a place; -1: none close to it, or one that is a single line."""

    def note(self, lines: Sequence[Line]) -> None:
        """Take these lines, which follow each other."""
        last, alone = -1, False  # whether the line before alone named its epoch, so far as is known here
        for line in lines:
            if last >= 0 and not alone:
                self._before[line.start] = last
            epoch = _epoch_of(line)
            alone = epoch is not None and epoch[0] != last
            last = epoch[0] if epoch is not None else last

    def above(self, line: Line) -> str:
        """What stands on the rule above a line: `epoch 6/12`; "" if no epoch begins with it, or if the one before is a
        single line: a rule above every line would say nothing.
        """
        epoch = _epoch_of(line)
        if epoch is None:
            return ""
        before = self._epoch_before(line)
        return f"epoch {epoch[0]}{epoch[1]}" if 0 <= before < epoch[0] else ""

    def _epoch_before(self, line: Line) -> int:
        if (known := self._before.get(line.start)) is None:
            known = _last_of([_epoch_of(one) for one in self._source.backward(line.start, _BACK)])
            self._before[line.start] = known
        return known


def _last_of(epochs: Sequence[tuple[int, str] | None]) -> int:
    """The last epoch of those that successive lines name; -1: none, or one that the last line alone names."""
    named = [epoch[0] for epoch in epochs if epoch is not None]
    if not named:
        return -1
    if epochs[-1] is not None and (named[-1] != named[-2] if len(named) > 1 else named[-1] <= 1):
        return -1
    return named[-1]


def _epoch_of(line: Line) -> tuple[int, str] | None:
    """The epoch that a line names, and `/12` if it says of how many."""
    match = _EPOCH.search(line.data, 0, _HEAD)
    if match is None or len(match[1]) > 9:
        return None
    return int(match[1]), f"/{match[2].decode()}" if match[2] else ""
