"""Every gauge as named numbers, and a bounded history of them for curves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from autotrain_tui.gauges.sample import GpuSample, MachineSample, StageShare

__all__ = ["GaugeHistory", "gpu_key", "values"]

Point = tuple[float, float | None]


def gpu_key(gpu: GpuSample) -> str:
    """The prefix of a GPU's gauges: `gpu0`, or `amd0` for AMD's, which have their own numbers."""
    return f"{'gpu' if gpu.vendor == 'nvidia' else gpu.vendor}{gpu.index}"


def values(sample: MachineSample) -> Iterator[tuple[str, float | None]]:
    """A sample's gauges by name, in the units of `gauges.sample`.

    `cpu load memory swap disk.free disk.read disk.write net.received net.sent`; for each GPU `gpu0.use gpu0.memory
    gpu0.temperature gpu0.power`; for each stage `stage.NAME.cpu`, `.memory`, `.gpu_memory`, `.processes`, `.threads`.
    """
    cpu, memory, disk, net = sample.cpu, sample.memory, sample.disk, sample.net
    yield "cpu", cpu.percent if cpu else None
    yield "load", cpu.load[0] if cpu and cpu.load else None
    yield "memory", memory.used if memory else None
    yield "swap", memory.swap_used if memory else None
    yield "disk.free", disk.free if disk else None
    yield "disk.read", disk.read_rate if disk else None
    yield "disk.write", disk.write_rate if disk else None
    yield "net.received", net.received_rate if net else None
    yield "net.sent", net.sent_rate if net else None
    for gpu in sample.gpu.gpus:
        yield from _gpu(gpu)
    for name, share in sample.stages.items():
        yield from _stage(name, share)


def _gpu(gpu: GpuSample) -> Iterator[tuple[str, float | None]]:
    key = gpu_key(gpu)
    yield f"{key}.use", gpu.utilisation
    yield f"{key}.memory", gpu.memory_used
    yield f"{key}.temperature", gpu.temperature
    yield f"{key}.power", gpu.power


def _stage(name: str, share: StageShare) -> Iterator[tuple[str, float | None]]:
    yield f"stage.{name}.cpu", share.cpu
    yield f"stage.{name}.memory", share.rss
    yield f"stage.{name}.gpu_memory", share.gpu_memory
    yield f"stage.{name}.processes", len(share.processes)
    yield f"stage.{name}.threads", share.threads


class GaugeHistory:
    """The last `length` points of every gauge. A gauge that is gone expires as new samples arrive."""

    def __init__(self, length: int = 300) -> None:
        self._length = length
        self._gauges: dict[str, deque[Point]] = {}

    def add(self, sample: MachineSample) -> None:
        """Add one sample; a gauge missing from it keeps its points until they are `length` samples old."""
        for name, value in values(sample):
            gauge = self._gauges.get(name)
            if gauge is None:
                gauge = self._gauges[name] = deque(maxlen=self._length)
            gauge.append((sample.time, value))
        oldest = self._gauges["cpu"][0][0]  # a gauge of every sample: how far back the curves reach
        for name in [name for name, gauge in self._gauges.items() if gauge[-1][0] < oldest]:
            del self._gauges[name]

    def points(self, name: str) -> Sequence[Point]:
        """(monotonic seconds, value or None), oldest first; empty for an unknown gauge."""
        return tuple(self._gauges.get(name, ()))

    def names(self) -> tuple[str, ...]:
        """The names of the gauges that have points."""
        return tuple(self._gauges)
