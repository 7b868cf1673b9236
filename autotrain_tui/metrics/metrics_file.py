"""AUTOTRAIN_METRICS: one flat JSON object a line, written by the training program itself.

Optional keys `step`, `epoch`, `time`, `total` (and `epochs`, `rate`); every other finite number is a metric, null and
text are nothing, truth values are no numbers, nan and inf (as JSON text can't say them, `NaN` and `Infinity` as Python
writes them) are told as NotFinite. A torn last line waits for its end; a line that is no object is counted and skipped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from autotrain_tui.metrics.parsing.found_events import MAX_NAMES
from autotrain_tui.metrics.parsing.metric_names import clean_name
from autotrain_tui.metrics.parsing.reading_events import Event, NotFinite, Progress, Reading

__all__ = ["MetricsFileReader"]

MAX_LINE = 1 << 20  # bytes
_MAX_COUNTED = 100_000  # distinct names over the cap that are told apart
_ABOUT = frozenset({"step", "epoch", "time", "total", "epochs", "rate"})


class MetricsFileReader:
    """Reads the file's bytes in order, in any chunking. `skipped` counts lines that were no objects."""

    def __init__(self) -> None:
        self._rest = b""
        self._discarding = False
        self._names: dict[str, str | None] = {}
        self._extra: set[int] = set()
        self._first_epoch: float | None = None
        self.skipped = 0

    @property
    def names_left_out(self) -> int:
        """Distinct metric names over the cap of a thousand, or that can be no name."""
        return len(self._extra)

    @property
    def waiting(self) -> int:
        """Bytes of a line whose end hasn't come yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[Event]:
        """Read more bytes."""
        *lines, rest = (self._rest + data).split(b"\n")
        if self._discarding and lines:
            del lines[0]
            self._discarding = False
        self._rest = b"" if self._discarding else rest
        if len(self._rest) > MAX_LINE:
            self._rest, self._discarding = b"", True
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
        for key, value in record.items():
            if key in _ABOUT or isinstance(value, bool) or not isinstance(value, int | float):
                continue
            name = self._name(key)
            if name is None:
                continue
            number = _float(value)
            if math.isfinite(number):
                yield Reading(name, number, step, epoch)
            else:
                yield NotFinite(name, step, epoch)
        if step is not None or epoch is not None:
            yield self._progress(record, step, epoch)

    def _progress(self, record: dict[str, object], step: int | None, epoch: float | None) -> Progress:
        """Step and total are the run's; a line that has only an epoch reports on it as a whole."""
        total, epochs, rate = _whole(record.get("total")), _whole(record.get("epochs")), _number(record.get("rate"))
        number = epoch
        if epoch is not None:
            self._first_epoch = epoch if self._first_epoch is None else min(epoch, self._first_epoch)
            number = float(int(epoch) + 1) if self._first_epoch < 1 else float(int(epoch))
        return Progress(step, total, number, epochs, rate, within_epoch=step is None)

    def _name(self, key: str) -> str | None:
        if key in self._names:
            return self._names[key]
        name = clean_name(key.encode("utf-8", "replace"))
        if name is None or len(self._names) >= MAX_NAMES:
            if len(self._extra) < _MAX_COUNTED:
                self._extra.add(hash(key))
            return None
        self._names[key] = name
        return name


def _float(value: float) -> float:
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
