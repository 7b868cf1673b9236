"""Every process of the machine as psutil lists them, for systems without /proc (macOS)."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from autotrain_tui.gauges.portable import STATE_LETTERS
from autotrain_tui.gauges.sample import ProcessListing, ProcessSample

__all__ = ["PortableProcesses"]

_ATTRIBUTES = (
    "pid", "ppid", "name", "cmdline", "username", "status", "create_time", "cpu_times", "memory_info", "num_threads",
)  # fmt: skip


class PortableProcesses:
    """Lists them with one `process_iter`. What this user may not know of a process is 0, or empty."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._used: dict[tuple[int, float], float] = {}
        self._time: float | None = None

    def listing(self) -> ProcessListing:
        """All processes now."""
        began, now, today = time.thread_time(), self._clock(), time.time()
        seconds = now - self._time if self._time is not None else 0.0
        used: dict[tuple[int, float], float] = {}
        found: list[ProcessSample] = []
        for process in psutil.process_iter(_ATTRIBUTES):
            info = process.info
            born, times, memory = info["create_time"] or 0.0, info["cpu_times"], info["memory_info"]
            total = times.user + times.system if times is not None else 0.0
            key = info["pid"], born
            age = max(0.0, today - born) if born else None
            before = self._used.get(key)
            spent, during = (total, age or 0.0) if before is None else (total - before, seconds)
            used[key] = total
            found.append(
                ProcessSample(
                    info["pid"],
                    info["ppid"] or 0,
                    round(born * 1e6),
                    " ".join(info["cmdline"] or ()) or f"[{info['name'] or '?'}]",
                    STATE_LETTERS.get(info["status"], "?"),
                    100.0 * max(0.0, spent) / during if times is not None and during > 0 else None,
                    memory.rss if memory is not None else 0,
                    info["num_threads"] or 0,
                    None,
                    info["username"] or "",
                    age,
                )
            )
        first, self._time, self._used = self._time is None, now, used
        return ProcessListing(now, tuple(found), first, cost=time.thread_time() - began)
