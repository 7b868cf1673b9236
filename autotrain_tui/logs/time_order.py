"""The order of several logs' lines by the times that they begin with: what puts lines of parallel ranks in sequence.

Only the ends of the logs are ordered, so that a merge costs the same for logs of any size. What is older stands before
it, log by log. Within a log, lines never change places: a line without a time belongs to the line above it, and one
whose time goes back counts as simultaneous with that one.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from autotrain_tui.logs.line_times import STAMP
from autotrain_tui.logs.log_file import LogFile

__all__ = ["Piece", "ordered_by_time"]

_LOOK_AT = 64
"""Bytes of a line in which its time is looked for."""
_HALF_DAY, _DAY = 12 * 3600.0, 24 * 3600.0


class Piece(NamedTuple):
    """Whole lines of one of the logs, by its place in the list of logs."""

    owner: int
    offset: int
    length: int


class _Timed(NamedTuple):
    """A piece with the time of its lines, in seconds; ordered by time, then by log."""

    time: float
    owner: int
    offset: int
    length: int


def ordered_by_time(logs: Sequence[LogFile], new: Sequence[Piece], most: int) -> list[Piece]:
    """The pieces with the lines of their last `most` bytes together in order of time, as far as all logs say times.

    `new` has at most one piece of each log and stands as it is where one of the ends has no time, or where only some
    times have a date. Times without a date are those of the days on which the files were written.
    """
    if len(new) < 2:
        return list(new)
    ends = [_timed_end(logs[piece.owner], piece, most // len(new)) for piece in new]
    dated = {end[0] for end in ends}
    if dated not in ({True}, {False}):
        return list(new)
    lines = [end[1] for end in ends]
    if dated == {False}:
        lines = _on_their_days(lines, [logs[piece.owner].modified / 1e9 for piece in new])
    # before the first line of a piece whose beginning was not looked at, the order is not known
    cut = [part[0].time for piece, part in zip(new, lines, strict=True) if part[0].offset > piece.offset]
    begin = max(cut, default=float("-inf"))
    older, newer = [], []
    for piece, part in zip(new, lines, strict=True):
        later = next((place for place, line in enumerate(part) if line.time >= begin), len(part))
        start = part[later].offset if later < len(part) else piece.offset + piece.length
        if start > piece.offset:
            older.append(Piece(piece.owner, piece.offset, start - piece.offset))
        newer.append(part[later:])
    return older + [Piece(line.owner, line.offset, line.length) for line in heapq.merge(*newer)]


def _on_their_days(lines: Sequence[list[_Timed]], modified: Sequence[float]) -> list[list[_Timed]]:
    """The same lines with whole days added, so that the last times are as far apart as the last writes of the files.

    Without that, what one log says after midnight stood above what another says just before it.
    """
    first, found = lines[0][-1].time - modified[0], []
    for part, written in zip(lines, modified, strict=True):
        days = round((first - (part[-1].time - written)) / _DAY) * _DAY
        found.append([line._replace(time=line.time + days) for line in part] if days else part)
    return found


def _timed_end(log: LogFile, piece: Piece, most: int) -> tuple[bool | None, list[_Timed]]:
    """The lines of a piece's last bytes with their times, each with the lines below it that have none; and whether
    they have dates: None if no line has a time, or some have a date and others not.
    """
    start = max(piece.offset, piece.offset + piece.length - most)
    data = log.read(start, piece.offset + piece.length - start)
    first = data.find(b"\n") + 1 if start > piece.offset else 0
    whole = len(data) == piece.offset + piece.length - start and (first or start == piece.offset)
    found = list(_stamps(data, first)) if whole else []
    kinds = {dated for dated, _, _ in found}
    if len(kinds) != 1:
        return None, []
    if start == piece.offset:  # what stands above the first time belongs to it
        found[0] = (found[0][0], found[0][1], 0)
    timed, day, last = [], 0.0, float("-inf")
    stops = [at for _, _, at in found[1:]] + [len(data)]
    for (dated, seconds, at), stop in zip(found, stops, strict=True):
        if not dated and seconds + day < last - _HALF_DAY:
            day += _DAY  # past midnight
        last = max(last, seconds + day)
        timed.append(_Timed(last, piece.owner, start + at, stop - at))
    return kinds.pop(), timed


def _stamps(data: bytes, at: int) -> Iterator[tuple[bool, float, int]]:
    """Of each line that begins with a time: whether it has a date, the seconds, and where the line begins."""
    days: dict[bytes, float] = {}
    while at < len(data):
        if (found := STAMP.match(data, at, at + _LOOK_AT)) is not None:
            day, time, fraction = found.groups()
            if day is not None and day not in days:
                days[day] = _day_seconds(day)
            clock = int(time[:2]) * 3600 + int(time[3:5]) * 60 + int(time[6:]) + float(b"0." + (fraction or b"0"))
            yield day is not None, clock + (days[day] if day is not None else 0.0), at
        at = data.find(b"\n", at) + 1 or len(data)


def _day_seconds(day: bytes) -> float:
    """Seconds from the calendar's first day to a date; 0 for a date that does not exist."""
    try:
        return date.fromisoformat(day.decode()).toordinal() * _DAY
    except ValueError:
        return 0.0
