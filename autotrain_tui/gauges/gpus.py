"""All GPUs of the machine as one reading, whatever their makers, without ever waiting for a driver."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from autotrain_tui.gauges.amd import AmdSource
from autotrain_tui.gauges.hang_guard import Watch
from autotrain_tui.gauges.nvidia import NvidiaSource
from autotrain_tui.gauges.sample import GpuReading, GpuSample
from autotrain_tui.gauges.vendor import VendorReading

__all__ = ["GpuSource", "Gpus"]

_PENDING = "no data yet"


class GpuSource(Protocol):
    """One vendor's GPUs. Both calls are made from one thread and may never return."""

    def measure(self) -> VendorReading:
        """All GPUs now; never raises, whatever the driver does."""

    def close(self) -> None:
        """Release the driver."""


class Gpus:
    """Keeps the last answer of each vendor's driver, each in a thread of its own: one that hangs hides no other."""

    def __init__(
        self,
        sources: dict[str, GpuSource] | None = None,
        *,
        patience: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if sources is None:
            sources = {"NVML": NvidiaSource()}
            amd = AmdSource()
            if amd.present():
                sources["amdgpu"] = amd
        self._watches = [
            Watch(name, source.measure, patience=patience, finish=source.close, clock=clock)
            for name, source in sources.items()
        ]

    def ask(self) -> None:
        """Request a new reading; returns at once."""
        for watch in self._watches:
            watch.ask()

    def reading(self) -> GpuReading:
        """The last answer of every driver, with values only if that answer is not overdue."""
        gpus: list[GpuSample] = []
        troubles: list[str] = []
        absent: list[str] = []
        times = [watch.answered for watch in self._watches]
        for watch in self._watches:
            last, overdue = watch.answer, watch.overdue()
            if overdue is not None:
                troubles.append(f"no data: {watch.name} has not answered for {overdue:.0f} s")
                gpus += [_silenced(sample, troubles[-1]) for sample in (last.gpus if last else ())]
            elif watch.failure is not None:
                troubles.append(f"no data: {watch.name}: {watch.failure}")
                gpus += [_silenced(sample, troubles[-1]) for sample in (last.gpus if last else ())]
            elif last is None:
                troubles.append(_PENDING)
            else:
                gpus += last.gpus
                if last.reason is not None:
                    (absent if last.absent else troubles).append(last.reason)
        # "no NVIDIA library" is reported only if there is no other GPU
        reasons = troubles or ([] if gpus else absent)
        answered = [moment for moment in times if moment is not None]
        oldest = min(answered) if answered and len(answered) == len(times) else None
        return GpuReading(tuple(gpus), reasons[0] if reasons else None, oldest, bool(absent) and not (gpus or troubles))

    def close(self) -> None:
        """End the threads; a thread that hangs ends with the process."""
        for watch in self._watches:
            watch.close()


def _silenced(sample: GpuSample, reason: str) -> GpuSample:
    """What is known of a GPU that does not answer: its name and the reason."""
    return GpuSample(
        vendor=sample.vendor,
        index=sample.index,
        name=sample.name,
        uuid=sample.uuid,
        pci=sample.pci,
        memory_total=sample.memory_total,
        reason=reason,
    )
