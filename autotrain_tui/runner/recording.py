"""Records what the machine does while stages run, at a modest rate, so that history can draw it beside the loss."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

from autotrain_tui.gauges.record import GaugeRecorder
from autotrain_tui.gauges.sampler import Sampler
from autotrain_tui.runner.carry import Carry
from autotrain_tui.session.folder import SessionFolder

__all__ = ["Recording"]

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0


class Recording:
    """Writes `gauges.jsonl` until cancelled; nothing while no stage runs."""

    def __init__(self, folder: SessionFolder, carries: Mapping[str, Carry]) -> None:
        self.folder, self.carries = folder, carries

    async def run(self) -> None:
        """Record for ever."""
        await asyncio.sleep(1.0)  # the first stage's start comes first
        recorder: GaugeRecorder | None = None
        with Sampler(self.folder.path) as sampler:
            try:
                while True:
                    pids = self._pids()
                    if pids:
                        try:
                            recorder = recorder or GaugeRecorder(self.folder.gauges)
                            recorder.write(sampler.sample(pids), time.time())
                        except OSError as error:
                            log.debug("no gauges recorded: %s", error)
                    await asyncio.sleep(EVERY_SECONDS)
            finally:
                if recorder is not None:
                    recorder.close()

    def _pids(self) -> dict[str, list[int]]:
        found = {}
        for name, carry in self.carries.items():
            identity = carry.launched.stage
            if identity is not None:
                found[name] = [identity.pid]
        return found
