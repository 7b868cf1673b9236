"""AUTOTRAIN_METRICS: one flat JSON object a line, written by the training program itself.

Optional keys `step`, `epoch`, `time`, `total` (and `epochs`, `rate`); every other finite number is a metric, null and text are
nothing, truth values are no numbers, nan and inf (as JSON text can't say them, `NaN` and `Infinity` as Python writes
them) are told as NotFinite. A torn last line waits for its end; a line that is no object is counted and skipped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from autotrain_tui.metrics.reading import Event, NotFinite, Progress, Reading

__all__ = ["MetricsFileReader"]

MAX_LINE = 1 << 20
MAX_NAME = 200
MAX_NAMES = 1000
_ABOUT = frozenset({"step", "epoch", "time", "total", "epochs", "rate"})


class MetricsFileReader:
    """Reads the file's bytes in order, in any chunking. `skipped` counts lines that were no objects."""

    def __init__(self) -> None:
        self._rest = b""
        self._names: set[str] = set()
        self.skipped = 0
        self.names_left_out = 0

    @property
    def waiting(self) -> int:
        """Bytes of a line whose end hasn't come yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Event]:
        """Read more bytes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            self._rest = b""
            self.skipped += 1
        events: list[Event] = []
        for line in lines:
            if line.strip():
                events.extend(self._line(line))
        return events

    def finish(self) -> list[Event]:
        """The program has ended: a last line without a newline counts when it is whole."""
        return self.feed(b"\n") if self._rest.strip() else []

    def _line(self, line: bytes) -> Iterator[Event]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            self.skipped += 1
            return
        step, epoch = _whole(record.get("step")), _number(record.get("epoch"))
        for name, value in record.items():
            if name in _ABOUT or isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if not self._known(name):
                continue
            number = _float(value)
            if math.isfinite(number):
                yield Reading(name, number, step, epoch)
            else:
                yield NotFinite(name, step, epoch)
        total, epochs, rate = _whole(record.get("total")), _whole(record.get("epochs")), _number(record.get("rate"))
        if (step, epoch) != (None, None):
            yield Progress(step, total, epoch, epochs, rate)

    def _known(self, name: str) -> bool:
        if name in self._names:
            return True
        if len(name) > MAX_NAME or not name or len(self._names) >= MAX_NAMES:
            self.names_left_out += 1
            return False
        self._names.add(name)
        return True


def _float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = _float(value)
    return number if math.isfinite(number) else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None
