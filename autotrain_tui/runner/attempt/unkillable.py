"""An attempt that does not end although it was sent SIGKILL: a process in state D outlives it (FAULTS P17).

It does not count as ended, and nothing is started in its place; an alert names the process and what it waits in.
"""

from __future__ import annotations

import time

from autotrain_tui.runner.launchers import LaunchedAttempt
from autotrain_tui.runner.processes.process_scan import Member
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.process_identity import is_alive

__all__ = ["UnkillableProcess"]

OVERDUE_SECONDS = 3.0
"""SIGKILL takes effect in milliseconds; after this long something blocks it."""


class UnkillableProcess:
    """Checks whether an attempt is overdue. `text` says what blocks its end; empty if nothing does."""

    def __init__(self, linger_seconds: float) -> None:
        self.text = ""
        self._linger = linger_seconds
        self._gone_since: float | None = None

    def look(self, launched: LaunchedAttempt) -> bool:
        """Check once more; True if there is a new alert."""
        if not self._overdue(launched):
            return False
        members = launched.tree()
        holding = [member for member in members if member.state == "D"] or members
        before, self.text = self.text, _sentence(holding[0]) if holding else ""
        return bool(self.text) and not before

    def _overdue(self, launched: LaunchedAttempt) -> bool:
        now = time.monotonic()
        order = launched.order
        if order is not None and order.deadline is not None:
            return now > order.deadline + OVERDUE_SECONDS
        if launched.stage is None or is_alive(launched.stage):
            self._gone_since = None
            return False
        self._gone_since = now if self._gone_since is None else self._gone_since
        return now > self._gone_since + self._linger + OVERDUE_SECONDS


def _sentence(member: Member) -> str:
    where = _wait_channel(member.pid)
    return (
        f"can't be killed: process {member.pid} ({member.command[:60]}) is in state {member.state}"
        + (f" in {where}" if where else "")
        + f" since {now_iso()[11:19]} UTC or before"
    )


def _wait_channel(pid: int) -> str:
    """The kernel function the process waits in (proc_pid_wchan(5)); empty where the kernel doesn't say."""
    try:
        with open(f"/proc/{pid}/wchan", encoding="ascii", errors="replace") as file:
            text = file.read(80).strip()
    except OSError:
        return ""
    return "" if text == "0" else text
