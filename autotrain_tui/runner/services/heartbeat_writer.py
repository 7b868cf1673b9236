"""The heartbeat: the running stages' figures, replaced at most once a second and only when they changed."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from autotrain_tui.session.records.clock import monotonic, now_iso
from autotrain_tui.session.records.folder import SessionFolder, replace_file
from autotrain_tui.session.records.heartbeat import Heartbeat, Live, Unrecorded
from autotrain_tui.session.records.process_identity import boot_id

__all__ = ["HeartbeatWriter"]

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
QUIET_SECONDS = 5.0
"""Seconds between two beats without changes, so that another host sees that the runner lives."""


class HeartbeatWriter:
    """Writes the heartbeat until cancelled."""

    def __init__(
        self,
        folder: SessionFolder,
        figures: Callable[[], Mapping[str, Live]],
        unrecorded: Callable[[], Unrecorded | None] = lambda: None,
    ) -> None:
        self.folder = folder
        self._figures, self._unrecorded = figures, unrecorded
        self._last_unrecorded: Unrecorded | None = None
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
        unrecorded = self._unrecorded()
        text = unrecorded.text if unrecorded is not None else ""
        figures = dict(self._figures())
        if text:  # a stage's own message says more
            figures = {name: live if live.message else replace(live, message=text) for name, live in figures.items()}
        now, same = time.monotonic(), unrecorded == self._last_unrecorded
        if figures == self._last and same and now - self._last_time < QUIET_SECONDS:
            return
        self._beat += 1
        self._last, self._last_time, self._last_unrecorded = figures, now, unrecorded
        beat = Heartbeat(
            self._beat,
            os.getpid(),
            now_iso(),
            figures,
            message=text,
            unrecorded=unrecorded,
            mono=monotonic(),
            boot_id=boot_id() or "",
        )
        self._write(msgspec.json.encode(beat))

    def _write(self, data: bytes) -> None:
        """Replace it; on a full disk it is written over, in the blocks that it has: a reader may see half of it."""
        try:
            replace_file(self.folder.heartbeat, data, sync=False)
            return
        except OSError as error:
            log.debug("no heartbeat: %s", error)
        try:
            descriptor = os.open(self.folder.heartbeat, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                os.pwrite(descriptor, data + b"\n", 0)
                os.ftruncate(descriptor, len(data) + 1)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.debug("no heartbeat: %s", error)
