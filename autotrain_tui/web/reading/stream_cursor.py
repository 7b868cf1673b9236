"""How far a reader of a session's events has come, as the event's id.

It holds all that is needed to go on exactly there, so that a server that was started anew can.

`STATE.ATTEMPTS.OPEN.LOG.GAUGES`: the checksum of the state that the reader has; for each stage how many attempts
the reader knows (`1x3,0x2`); those of them that may still grow, with the bytes of readings that it has (`2:1:3456`);
stage, attempt and offset of the log; the offset in the gauges.
"""

from __future__ import annotations

import re
from itertools import groupby

import msgspec

__all__ = ["StreamCursor", "parse_cursor"]

_FORM = re.compile(
    r"(?P<state>[0-9a-f]{0,8})\.(?P<attempts>(?:\d{1,6}x\d{1,6}(?:,(?!\.))?)*)\.(?P<open>(?:\d{1,6}:\d{1,6}:\d{1,18}(?:,(?!\.))?)*)"
    r"\.(?P<log>(?:\d{1,6}:\d{1,6}:\d{1,18})?)\.(?P<gauges>\d{1,18})"
)
_LONGEST = 8192
_MOST_STAGES = 100_000


class StreamCursor(msgspec.Struct, frozen=True):
    """A place in all streams of a session; stages by their place in the session's list."""

    state: str = ""
    attempts: tuple[int, ...] = ()
    open: tuple[tuple[int, int, int], ...] = ()
    log: tuple[int, int, int] | None = None
    gauges: int = 0

    def __str__(self) -> str:
        """The event id."""
        attempts = ",".join(f"{count}x{len(list(run))}" for count, run in groupby(self.attempts))
        growing = ",".join(f"{stage}:{attempt}:{offset}" for stage, attempt, offset in self.open)
        log = ":".join(map(str, self.log)) if self.log is not None else ""
        return f"{self.state}.{attempts}.{growing}.{log}.{self.gauges}"


def parse_cursor(text: str) -> StreamCursor | None:
    """The cursor of an event id; None for a text that is none."""
    match = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    runs = [tuple(map(int, run.split("x"))) for run in match["attempts"].split(",") if run]
    if sum(length for _, length in runs) > _MOST_STAGES:
        return None
    growing = [tuple(map(int, item.split(":"))) for item in match["open"].split(",") if item]
    log = tuple(map(int, match["log"].split(":"))) if match["log"] else None
    return StreamCursor(
        match["state"],
        tuple(count for count, length in runs for _ in range(length)),
        tuple((stage, attempt, offset) for stage, attempt, offset in growing),
        (log[0], log[1], log[2]) if log is not None else None,
        int(match["gauges"]),
    )
