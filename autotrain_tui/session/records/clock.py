"""Time in two forms: wall-clock text for display, the monotonic clock for every duration.

CLOCK_MONOTONIC does not advance while the machine sleeps (Linux clock_gettime(2)), so a suspended laptop uses no
budget. Monotonic values are comparable only within one boot: records keep them together with the boot id.
"""

from __future__ import annotations

import contextlib
import functools
import time

from autotrain_tui.text.utc_time import seconds_of

__all__ = ["from_iso", "iso", "monotonic", "now_both", "now_iso", "suspended_seconds"]


def monotonic() -> float:
    """Seconds of this boot's monotonic clock, rounded to the microsecond (what the journal keeps)."""
    return time.monotonic_ns() // 1000 / 1e6


def suspended_seconds() -> float | None:
    """Seconds of this boot that the machine was suspended; None if the system does not tell. A lower bound: a process
    that is stopped between the two clocks sees less.

    Linux: CLOCK_BOOTTIME counts them, CLOCK_MONOTONIC does not (clock_gettime(2)). macOS: CLOCK_MONOTONIC counts them,
    CLOCK_UPTIME_RAW, and Python's `time.monotonic`, do not (its clock_gettime(3)).
    """
    for counting, awake in (("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"), ("CLOCK_MONOTONIC", "CLOCK_UPTIME_RAW")):
        clocks = getattr(time, counting, None), getattr(time, awake, None)
        if clocks[0] is not None and clocks[1] is not None:
            with contextlib.suppress(OSError):
                total = time.clock_gettime(clocks[0])
                return total - time.clock_gettime(clocks[1])
    return None


@functools.lru_cache(maxsize=1)
def _second(unix_seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(unix_seconds))


@functools.lru_cache(maxsize=1)  # events come in bursts, many in a millisecond
def _millisecond(unix_milliseconds: int) -> str:
    seconds, rest = divmod(unix_milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


def iso(unix_seconds: float) -> str:
    """A moment as UTC ISO 8601 with milliseconds: `2026-11-22T15:04:03.120Z`."""
    return _millisecond(int(unix_seconds * 1000))


def now_iso() -> str:
    """The present moment in the journal's form."""
    return _millisecond(time.time_ns() // 1_000_000)


def now_both() -> tuple[str, float]:
    """`now_iso()` and `monotonic()`, in one call and half their time."""
    global _last  # noqa: PLW0603  the text of the last millisecond
    milliseconds = time.time_ns() // 1_000_000
    last = _last
    if last[0] != milliseconds:
        last = _last = milliseconds, _millisecond(milliseconds)
    return last[1], time.monotonic_ns() // 1000 / 1e6


_last = 0, ""


def from_iso(text: str | None) -> float | None:
    """Unix seconds of a journal time; None for no text or an invalid one."""
    if not text:
        return None
    seconds = seconds_of(text)
    if seconds is not None:
        return seconds
    from datetime import datetime  # for other forms than the journal's

    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
