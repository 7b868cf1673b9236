"""Times at the start of lines, and the first line at or after one: a few reads, whatever the size of the log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from autotrain_tui.logs.log_file import Line

__all__ = ["STAMP", "LineTime", "first_at", "parse_time", "time_of"]

STAMP = re.compile(rb"[^0-9\n]{0,16}(?:(\d{4}-\d\d-\d\d)[T ])?(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?")
"""`2026-11-28 15:04:05,123 INFO …`, `[15:04:05] …`: a time with seconds, before any other number. Groups: the date, the
time, the fraction of the second.
"""
_TYPED = re.compile(r"(?:(\d{4}-\d\d-\d\d)[T ])?(\d{1,2}:\d\d(?::\d\d)?)")
_NEAR = 64
"""Lines in which a time is looked for: those of a traceback have none."""
_SMALL = 64 * 1024
"""Bytes that are read line by line at the end of the search."""


class _TimedLines(Protocol):
    """Where the lines come from: a log, or several as one."""

    first: int
    size: int

    def start_of(self, position: int) -> int: ...
    def forward(self, position: int, count: int) -> Sequence[Line]: ...
    def backward(self, position: int, count: int) -> Sequence[Line]: ...


class LineTime(NamedTuple):
    """A time of day, `15:04:05`, with its date, `2026-11-28`, or "" if it has none; as texts they sort as times."""

    day: str
    clock: str


def time_of(data: bytes) -> LineTime | None:
    """The time that a line begins with."""
    found = STAMP.match(data)
    return LineTime((found[1] or b"").decode(), found[2].decode()) if found is not None else None


def parse_time(text: str) -> LineTime | None:
    """A typed time: `15:04`, `15:04:05`, each with a date before it or not; None for other texts."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return None
    clock = found[2].zfill(5 if found[2].count(":") == 1 else 8)
    return LineTime(found[1] or "", f"{clock}:00"[:8])


def first_at(log: _TimedLines, wanted: LineTime) -> int | None:
    """The place of the first line at or after a time, the last line's if there is none; None if no line says a time.

    The times of the lines must not go back. A time without a date is the last such time that the log reached.
    """
    ending = next((time for line in reversed(log.backward(log.size, _NEAR)) if (time := time_of(line.data))), None)
    if ending is None:
        return None
    wanted = _dated(wanted, ending)
    low, high = log.first, log.size
    while high - low > _SMALL:
        middle = log.start_of((low + high) // 2)
        time = next((time for line in log.forward(middle, _NEAR) if (time := time_of(line.data))), None)
        if time is not None and time < wanted:
            low = middle
        else:
            high = (low + high) // 2
    place, last = low, low
    while lines := log.forward(place, _NEAR):
        for line in lines:
            if (time := time_of(line.data)) is not None:
                if time >= wanted:
                    return line.start
                last = line.start
        place = lines[-1].next
    return last


def _dated(wanted: LineTime, ending: LineTime) -> LineTime:
    """The wanted time with a date if the lines have one, and without if they have none."""
    if not ending.day:
        return LineTime("", wanted.clock)
    if wanted.day:
        return wanted
    try:
        last = date.fromisoformat(ending.day)
    except ValueError:
        return LineTime(ending.day, wanted.clock)
    return LineTime(str(last - timedelta(days=int(wanted.clock > ending.clock))), wanted.clock)
