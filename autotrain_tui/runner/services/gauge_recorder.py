"""Records the gauges of the machine while stages run, so that they can be drawn beside the loss later.

Also alerts of GPU memory that is nearly full, and of GPU memory that processes of an ended stage still hold.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from autotrain_tui.gauges.recorder import GaugeFile
from autotrain_tui.gauges.sample import MachineSample
from autotrain_tui.gauges.sampler import Sampler
from autotrain_tui.runner.attempt.attempt_supervisor import AttemptSupervisor
from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["GaugeRecorder", "GpuWatch"]

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
FIRST_SECONDS = 1.0
ASK_AHEAD_SECONDS = 0.3
"""GPUs are asked in a thread of their own so long before a sample, so that their values are there when it is taken."""

FULL = 0.95
"""Share of a GPU's memory above which the next allocation is likely to fail."""


class GpuWatch:
    """Alerts once when a GPU's memory is nearly full, and again only after it had room."""

    def __init__(self) -> None:
        self._full: set[tuple[str, int]] = set()

    def look(self, sample: MachineSample) -> list[Alert]:
        """The alerts that this sample causes."""
        found = []
        for gpu in sample.gpu.gpus:
            if not gpu.memory_total or gpu.memory_used is None:
                continue
            key, share = (gpu.vendor, gpu.index), gpu.memory_used / gpu.memory_total
            if share >= FULL and key not in self._full:
                self._full.add(key)
                found.append(Alert(kind="gpu_memory", text=f"GPU {gpu.index}: {share:.0%} of its memory is used"))
            elif share < FULL - 0.05:
                self._full.discard(key)
        return found


class GaugeRecorder:
    """Writes `gauges.jsonl` until cancelled; nothing while no stage runs."""

    def __init__(
        self, folder: SessionFolder, supervisors: Mapping[str, AttemptSupervisor], alert: Callable[[Alert], None]
    ) -> None:
        self.folder, self.supervisors, self._alert = folder, supervisors, alert
        self._watch = GpuWatch()
        self._running: dict[str, float | None] = {}
        """Stages seen running, and when they were first seen ended (monotonic)."""

    async def run(self) -> None:
        """Record until cancelled."""
        await asyncio.sleep(1.0)  # the first stage's start comes first
        recorder: GaugeFile | None = None
        with Sampler(self.folder.path) as sampler:
            try:
                while True:
                    pids = self._pids()
                    if pids or self._running:
                        sampler.ask()
                        await asyncio.sleep(ASK_AHEAD_SECONDS)
                        sample = sampler.sample(pids)
                        self._meter(sample)
                        for alert in self._watch.look(sample):
                            self._alert(alert)
                        self._leaks(sampler, pids)
                        try:
                            recorder = recorder or GaugeFile(self.folder.gauges)
                            recorder.write(sample, time.time())
                        except OSError as error:
                            log.debug("no gauges recorded: %s", error)
                    await asyncio.sleep(self._pause())
            finally:
                if recorder is not None:
                    recorder.close()

    def _meter(self, sample: MachineSample) -> None:
        """Tell each attempt what it takes."""
        for name, share in sample.stages.items():
            if (supervisor := self.supervisors.get(name)) is not None:
                supervisor.usage.see(share, sample.gpu.gpus)

    def _pause(self) -> float:
        """Seconds until the next sample: sooner while an attempt is young, so that a short one has samples too."""
        ages = [supervisor.journaled.elapsed() for supervisor in self.supervisors.values()]
        return min([EVERY_SECONDS, *(FIRST_SECONDS + age / 2 for age in ages)])

    def _leaks(self, sampler: Sampler, running: Mapping[str, list[int]]) -> None:
        """Alert of GPU memory that is still held after a stage has ended."""
        now = time.monotonic()
        for name in running:
            self._running[name] = None
        for name, ended in list(self._running.items()):
            if name in running:
                continue
            if ended is None:
                self._running[name] = now
                continue
            for leak in sampler.leaked(name, ended):
                size = f"{leak.memory / 2**30:.1f} GiB" if leak.memory is not None else "memory"
                self._alert(
                    Alert(
                        kind="gpu_leak",
                        stage=name,
                        text=(
                            f"{size} of GPU {leak.gpu.index} is still held by process {leak.pid} ({leak.command[:60]}) "
                            f"after stage {name} ended"
                        ),
                    )
                )
            sampler.forget(name)
            del self._running[name]

    def _pids(self) -> dict[str, list[int]]:
        found = {}
        for name, supervisor in self.supervisors.items():
            identity = supervisor.process
            if identity is not None:
                found[name] = [identity.pid]
        return found
