"""The heartbeat: the running stages' figures, replaced at most once a second and only when they changed."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping

import msgspec

from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import SessionFolder, replace_file
from autotrain_tui.session.records.heartbeat import Heartbeat, Live

__all__ = ["HeartbeatWriter"]

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
QUIET_SECONDS = 5.0
"""Seconds between two beats without changes, so that another host sees that the runner lives."""


class HeartbeatWriter:
    """Writes the heartbeat until cancelled."""

    def __init__(self, folder: SessionFolder, figures: Callable[[], Mapping[str, Live]]) -> None:
        self.folder = folder
        self._figures = figures
        self._beat = 0
        self._last: Mapping[str, Live] | None = None
        self._last_time = 0.0

    async def run(self) -> None:
        """Write it once a second until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_SECONDS)

    def beat(self) -> None:
        """Write it now, if a figure has changed or it is time."""
        figures = dict(self._figures())
        now = time.monotonic()
        if figures == self._last and now - self._last_time < QUIET_SECONDS:
            return
        self._beat += 1
        self._last, self._last_time = figures, now
        beat = Heartbeat(self._beat, os.getpid(), now_iso(), figures)
        try:
            replace_file(self.folder.heartbeat, msgspec.json.encode(beat), sync=False)
        except OSError as error:
            log.debug("no heartbeat: %s", error)
