"""Tells that the machine was suspended: from when to when, and that this time counts for nothing (FAULTS K2).

All durations and limits are of a clock that stands still meanwhile; without the alert, a curve and a log with a gap of
hours by the wall clock would have no reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records.clock import now_iso, suspended_seconds
from autotrain_tui.text.format import short_clock

__all__ = ["SuspendWatch"]

LOOK_SECONDS = 1.0
LEAST_SECONDS = 2.0
"""Suspended seconds that are worth an alert."""
AWAKE_LOOKS = 3
"""Looks without a new suspend after which the alert is raised: a laptop that wakes for moments is told once."""


class SuspendWatch:
    """Looks once a second; `run` does so until cancelled."""

    def __init__(
        self, alert: Callable[[Alert], None], suspended: Callable[[], float | None] = suspended_seconds
    ) -> None:
        """`suspended`: seconds that the machine was suspended so far, None if that is not known."""
        self._alert, self._suspended = alert, suspended
        self._most = suspended() or 0.0
        self._looked = now_iso()
        self._slept = 0.0
        self._from = self._until = ""
        self._quiet = 0

    async def run(self) -> None:
        """Watch until cancelled; nothing to do where the system does not tell."""
        while True:
            await asyncio.sleep(LOOK_SECONDS if self._suspended() is not None else 3600.0)
            self.look()

    def look(self) -> None:
        """Compare the clocks; raise the alert once the machine stays awake."""
        before, self._looked = self._looked, now_iso()
        most = max(self._most, self._suspended() or 0.0)
        slept, self._most = most - self._most, most
        if slept >= LEAST_SECONDS:
            self._from = self._from or before
            self._until, self._quiet = self._looked, 0
            self._slept += slept
            return
        self._quiet += 1
        if self._slept and self._quiet >= AWAKE_LOOKS:
            self._alert(Alert(kind="suspended", text=self._text()))
            self._slept, self._from = 0.0, ""

    def _text(self) -> str:
        begin, end = (text[:19].replace("T", " ") for text in (self._from, self._until))
        if begin[:10] == end[:10]:
            end = end[11:]
        length = short_clock(self._slept)
        return (
            f"the machine was suspended from {begin} to {end} UTC ({length}); this time counts for no limit or duration"
        )
