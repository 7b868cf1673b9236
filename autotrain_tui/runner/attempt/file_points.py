"""What an attempt's metric files hold, as events with their running seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from autotrain_tui.metrics.files.file_progress import FileProgress
from autotrain_tui.metrics.files.metric_files import FileBatch
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.runner.attempt.name_precedence import NamePrecedence

__all__ = ["FileEvents", "TimedEvent"]

TimedEvent = tuple[float, Reading | NotFinite | Progress]


class FileEvents:
    """Turns batches of points into events. An event file has wall-clock times; they are kept, within bounds."""

    def __init__(self, names: NamePrecedence) -> None:
        self._names = names
        self._progress = FileProgress()
        self.tell_progress = True
        """Whether files tell progress: not if the program tells more, a total."""
        self._last: dict[str, float] = {}

    def of(self, batches: Sequence[FileBatch], now: float) -> list[TimedEvent]:
        """The events, by their times. `now`: running seconds; no time is later, and none before its series' last."""
        shift = now - time.time()
        found: list[TimedEvent] = []
        for file, _, points, superseding in batches:
            for name, value, step, epoch, wall in points:
                if name == "epoch" and epoch is None:
                    continue
                event = Reading(name, value, step, epoch) if math.isfinite(value) else NotFinite(name, step, epoch)
                last = self._last.get(name, 0.0)
                when = now if wall is None or not math.isfinite(wall) else min(now, max(last, round(wall + shift, 3)))
                if self._names.takes_file(event, file, when, superseding=superseding):
                    self._last[name] = when
                    found.append((when, event))
            progress = self._progress.feed(points)
            if progress is not None and self.tell_progress:
                found.append((now, progress))
        found.sort(key=lambda pair: pair[0])
        return found
