"""How far the log itself says the work is: what tells a run that ended at its total from one that was cut short.

Totals of the plan don't count here: a program may take its `epochs` times a scale.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Event, Progress
from autotrain_tui.metrics.progress_tracker import ProgressTracker
from autotrain_tui.text import format as fmt

__all__ = ["ShownProgress"]

_CHANGES = 3
"""Changes of progress that must be seen: a log that shows few has said little."""

_FAR = 0.1
"""Of the total: what is left must be more than that."""

_GAPS = 2.0
"""Times the widest step from one progress to the next: what is left must be more, or the next was not due yet."""

_WHOLE = 0.999


class ShownProgress:
    """Follows one attempt's log."""

    def __init__(self) -> None:
        self._tracker = ProgressTracker()
        self._kind: tuple[int | None, int | None] = (None, None)
        self._began = 0.0
        self._now = 0.0
        self._widest = 0.0
        self._changes = 0
        self._completed: dict[tuple[int | None, int | None], float] = {}
        """Total and epochs of each count that came to its end, with its running seconds."""

    def feed(self, progress: Progress, now: float) -> None:
        """The log showed progress at `now` running seconds."""
        before = self._tracker.fraction
        self._tracker.feed(progress, now)
        after = self._tracker.fraction
        if before is None or after is None or after < before:
            self._begin(progress, now)
        elif after > before:
            self._widest = max(self._widest, after - before)
            self._changes += 1
        self._now = now
        if after is not None and after >= _WHOLE:
            self._completed[self._kind] = max(now - self._began, self._completed.get(self._kind, 0.0))

    def look_closer(self, tail: bytes, reader: LogReader) -> None:
        """Take the width of a step from the log's tail, read piece by piece with a fresh reader.

        While the attempt ran, of several progresses in a row only the last was told, which makes the steps look wider.
        """
        near = ShownProgress()
        for piece in re.findall(rb"[^\r\n]*[\r\n]+|[^\r\n]+$", tail):
            near._take(reader.feed(piece))
        near._take(reader.finish())
        if near.fraction is None:
            return
        if self.fraction is None:  # a new runner took over: nothing was told yet
            self._tracker, self._kind = near._tracker, near._kind
        if self.fraction == near.fraction and near._changes > self._changes:
            self._widest, self._changes = near._widest, near._changes

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Progress):
                self.feed(event, 0.0)

    def _begin(self, progress: Progress, now: float) -> None:
        """Another count begins: the next epoch's bar, or a bar of something else."""
        self._kind = (progress.total, progress.epochs)
        self._began, self._widest, self._changes = now, 0.0, 0

    @property
    def fraction(self) -> float | None:
        """The share that is done, from 0 to 1; None if the log names no total."""
        return self._tracker.fraction

    @property
    def counts(self) -> tuple[float | None, float | None]:
        """The last number and its total: steps, else epochs."""
        at = self._tracker.estimate_at(self._now)
        return (at.step, at.total) if at.step is not None and at.total else (at.epoch, at.epochs)

    @property
    def far_from_total(self) -> bool:
        """Whether it ended far from its total. A short count after a longer one that was complete is none of training:
        a bar over samples that stops when it has enough.
        """
        fraction = self._tracker.fraction
        if fraction is None or self._changes < _CHANGES or 1.0 - fraction <= max(_FAR, _GAPS * self._widest):
            return False
        others = [seconds for kind, seconds in self._completed.items() if kind != self._kind]
        return self._kind in self._completed or all(self._now - self._began >= seconds for seconds in others)

    @property
    def text(self) -> str:
        """`step 15 of 100`, `epoch 3 of 10`; empty if the log names no total."""
        number, total = self.counts
        if number is None or total is None:
            return ""
        at = self._tracker.estimate_at(self._now)
        counts = f"{fmt.count(int(number))} of {fmt.count(int(total))}"
        if at.step is None or not at.total:
            return f"epoch {counts}"
        epoch = f" in epoch {at.epoch:g} of {at.epochs}" if at.epoch is not None and at.epochs else ""
        return f"step {counts}{epoch}"
