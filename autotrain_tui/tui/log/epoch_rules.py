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
        """The last epoch before a place; -1: none close to it."""

    def note(self, lines: Sequence[Line]) -> None:
        """Take these lines, which follow each other."""
        last = -1
        for line in lines:
            if last >= 0:
                self._before[line.start] = last
            epoch = _epoch_of(line)
            last = epoch[0] if epoch is not None else last

    def above(self, line: Line) -> str:
        """What stands on the rule above a line: `epoch 6/12`; "" if no epoch begins with it."""
        epoch = _epoch_of(line)
        if epoch is None:
            return ""
        before = self._epoch_before(line)
        return f"epoch {epoch[0]}{epoch[1]}" if 0 <= before < epoch[0] else ""

    def _epoch_before(self, line: Line) -> int:
        if (known := self._before.get(line.start)) is None:
            lines = self._source.backward(line.start, _BACK)
            known = next((epoch[0] for one in reversed(lines) if (epoch := _epoch_of(one)) is not None), -1)
            self._before[line.start] = known
        return known


def _epoch_of(line: Line) -> tuple[int, str] | None:
    """The epoch that a line names, and `/12` if it says of how many."""
    match = _EPOCH.search(line.data, 0, _HEAD)
    if match is None or len(match[1]) > 9:
        return None
    return int(match[1]), f"/{match[2].decode()}" if match[2] else ""
