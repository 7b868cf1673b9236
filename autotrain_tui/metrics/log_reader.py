"""A log's bytes in, readings out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from autotrain_tui.metrics.reading import Event, NotFinite, Reading

__all__ = ["LogReader"]

MAX_LINE = 8192  # bytes of a line that are looked at; what is longer is cut


class LogReader:
    """Reads one attempt's log, bytes in order in any chunking; memory is bounded whatever comes.

    `patterns` are the plan's own as (metric name, regular expression); groups `value`, `step` and `epoch` are read.
    `names_left_out` counts the distinct metric names over the cap.
    """

    def __init__(self, patterns: Iterable[tuple[str, str]] = ()) -> None:
        self._patterns = [(name, re.compile(pattern)) for name, pattern in patterns]
        self._rest = b""
        self._discarding = False
        self.names_left_out = 0

    def feed(self, data: bytes) -> list[Event]:
        """Read more bytes; an unfinished line waits for its end."""
        events: list[Event] = []
        lines = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_LINE:
            self._rest = self._rest[:MAX_LINE]
        for line in lines:
            if self._discarding:
                self._discarding = False
            else:
                self._read_line(line[:MAX_LINE], events)
        return events

    def skip(self, count: int) -> None:
        """The caller jumps over `count` bytes: the line they cut in two is not read."""
        if count > 0:
            self._rest = b""
            self._discarding = True

    def finish(self) -> list[Event]:
        """The log has ended: read a last line that has no newline."""
        return self.feed(b"\n") if self._rest else []

    def _read_line(self, line: bytes, events: list[Event]) -> None:
        text = line.decode("utf-8", "replace")
        for name, pattern in self._patterns:
            match = pattern.search(text)
            if match is None:
                continue
            groups = match.groupdict()
            value = float(groups["value"])
            step = int(groups["step"]) if groups.get("step") else None
            epoch = float(groups["epoch"]) if groups.get("epoch") else None
            if math.isfinite(value):
                events.append(Reading(name, value, step, epoch))
            else:
                events.append(NotFinite(name, step, epoch))
