"""Which processes may have started since the last sample, without listing all processes.

The kernel gives out process numbers in ascending order and starts anew at the top (alloc_pid in kernel/pid.c), and
the last word of /proc/loadavg is the number given out last (proc_loadavg(5)). So what is new lies between two looks at
it: usually nothing or a handful, however many processes others run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from autotrain_tui.gauges.proc import read_bytes

__all__ = ["NewProcesses"]

_FILE: Final = "/proc/loadavg"
_PROBES: Final = 12  # checking one number costs as much as listing this many processes
_RECENT: Final = 64  # a very new number may have no process yet: this many of the newest are checked twice


class NewProcesses:
    """Process numbers assigned since the last call. Trusted only after the counter was seen to change.

    Some containers show the host's file, with numbers of the host (lxcfs, told by its device), or one that never
    changes (gVisor): there every question is answered with "list them".
    """

    def __init__(self) -> None:
        self._trusted: bool | None = None if _own_file() else False
        self._last = self._newest()
        self._recent = range(0)
        self._again: list[int] = []

    def since(self, listed: int) -> list[int] | None:
        """The numbers to check; None if listing is required or cheaper (`listed`: how many it would list)."""
        before, self._last = self._last, self._newest()
        if self._trusted is None and self._last != before:
            self._trusted = True
        again, self._again = self._again, []
        count = self._last - before
        self._recent = range(max(before if count >= 0 else 0, self._last - _RECENT) + 1, self._last + 1)
        if not self._trusted or self._last <= 0 or count < 0 or count * _PROBES > max(listed, 10 * _PROBES):
            return None
        return [*again, *range(before + 1, self._last + 1)]

    def seen(self, found: Callable[[int], bool]) -> None:
        """Record which of the newest numbers have a process; the others are checked once more next time."""
        self._again = [pid for pid in self._recent if not found(pid)]

    @staticmethod
    def _newest() -> int:
        data = read_bytes(_FILE, 256)
        last = data.rpartition(b" ")[2].strip() if data else b""
        return int(last) if last.isdigit() else 0


def _own_file() -> bool:
    """Whether the file is the kernel's own, for this container, and not another program's mounted over it."""
    try:
        return os.stat(_FILE).st_dev == os.stat("/proc").st_dev
    except OSError:
        return False
