"""The readings of one stage's attempts, read on as they grow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from autotrain_tui.errors import RecordsError
from autotrain_tui.metrics.curves.columns import Columns
from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.metrics.curves.sampled_readings import has_whole, readings_of, sampled_in
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage

__all__ = ["StageTail"]

_AT_ONCE = 8
"""Blocks that are decoded by one call of a thread: a change of threads costs a quarter of a block's decoding."""


class StageTail:
    """One stage's attempts, read in order as far as they go. An attempt that has ended is read once more, then left."""

    def __init__(self) -> None:
        self.curves = StageCurves()
        self._tail: ReadingsTail | None = None
        self._attempt = 0
        self._ended = False
        self.behind = False
        """Whether there is more to read than there was time for."""
        self._sampled: set[int] = set()

    @property
    def sampled(self) -> bool:
        """Whether a flood of the log was only sampled, and not read again yet."""
        return bool(self._sampled)

    @property
    def read_in_vain(self) -> int | None:
        """The number of the last attempt, if that has ended and none of the stage's had readings; else None."""
        over = self._ended and not self.behind
        return self._attempt if over and not self.curves.series and not self._sampled else None

    def place(self, view: View, stage: Stage) -> tuple[Path, int] | None:
        """Where the running attempt's readings are, and how far they are read; None where a look says nothing."""
        attempt = stage.attempt
        if self._tail is None or attempt is None or attempt.number != self._attempt or self._ended:
            return None
        return view.folder.at(attempt.folder).readings, self._tail.offset

    async def outdated(self, view: View, stage: Stage) -> bool:
        """Whether a log that was sampled when its attempt was read here has been read again since."""
        folders = [view.folder.at(one.folder).path for one in stage.attempts if one.number in self._sampled]
        return bool(folders) and await asyncio.to_thread(lambda: any(map(has_whole, folders)))

    async def read(self, view: View, stage: Stage, until: float) -> bool:
        """Read what is new up to the monotonic moment `until`, decoding in a thread; whether there was anything.

        `behind` tells whether there may be more.
        """
        changed = False
        for attempt in stage.attempts:
            if attempt.number < self._attempt or (attempt.number == self._attempt and self._ended):
                continue
            if attempt.number > self._attempt:
                try:
                    self._tail = await asyncio.to_thread(_tail_of, view, attempt)
                except RecordsError:
                    continue
                self._attempt = attempt.number
                self.curves.begin_attempt(resumed=attempt.resume)
            ended, more, sampled = attempt.end is not None, True, False
            if self._tail is not None:
                blocks = self._tail.columns()
                while more:
                    parts, sampled = await asyncio.to_thread(_take, blocks, view, attempt)
                    for columns in parts:
                        self.curves.extend_columns(columns)
                    changed, more = changed or bool(parts), len(parts) == _AT_ONCE
                    if more and time.monotonic() >= until:
                        self.behind = True
                        return changed
                if ended:
                    changed = self._add_final(attempt) or changed
                    self._tail = None  # a session may have thousands of stages that have ended
            if sampled:
                self._sampled.add(attempt.number)
            self._ended = ended
        self.behind = False
        return changed

    def _add_final(self, attempt: Attempt) -> bool:
        """The result file's figures, where they say more than what was read (more digits, other names)."""
        changed = False
        for name, value in attempt.metrics.items():
            series = self.curves.series.get(name)
            if series is not None and series.last == value:
                continue
            steps, epochs = (series.xs("step"), series.xs("epoch")) if series is not None else ((), ())
            row = (attempt.run_seconds, name, value, int(steps[-1]) if steps else None, epochs[-1] if epochs else None)
            self.curves.extend([row])
            changed = True
        return changed


def _take(blocks: Iterator[Columns], view: View, attempt: Attempt) -> tuple[list[Columns], bool]:
    """The next blocks, fewer than asked for at the end; then also whether the attempt's log was only sampled."""
    parts = list(islice(blocks, _AT_ONCE))
    return parts, len(parts) < _AT_ONCE and sampled_in(view.folder.at(attempt.folder).path) is not None


def _tail_of(view: View, attempt: Attempt) -> ReadingsTail:
    """The attempt's readings. Raises RecordsError."""
    return ReadingsTail(readings_of(view.folder.at(attempt.folder).path))
