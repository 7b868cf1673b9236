"""One sample of the machine: frozen values, `None` for what is unknown.

Sizes are bytes, rates bytes per second, percent 0 to 100 (of one core for processes, so that 212 means 2.12 cores),
temperatures °C, power watts, clocks MHz, times seconds of the monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

__all__ = [
    "CpuSample",
    "DiskSample",
    "GpuProcess",
    "GpuReading",
    "GpuSample",
    "Leak",
    "MachineSample",
    "MemorySample",
    "NetSample",
    "ProcessListing",
    "ProcessSample",
    "StageShare",
]

Vendor = Literal["nvidia", "amd"]


class GpuProcess(msgspec.Struct, frozen=True):
    """A process that holds memory of one GPU; `memory` is None where the driver does not tell it apart."""

    pid: int
    memory: int | None


class GpuSample(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU. Each value is None if the device does not report it; `reason` says why if it reports nothing.

    `index` counts within the vendor, as nvidia-smi does; `pci` is the bus id (`00000000:0F:00.0`), the order that
    CUDA_DEVICE_ORDER=PCI_BUS_ID numbers by; `processes` is None when unknown and empty when there are none.
    """

    vendor: Vendor
    index: int
    name: str | None = None
    uuid: str | None = None
    pci: str | None = None
    utilisation: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    temperature: float | None = None
    power: float | None = None
    power_limit: float | None = None
    clock: int | None = None
    memory_clock: int | None = None
    processes: tuple[GpuProcess, ...] | None = None
    reason: str | None = None

    @property
    def memory_free(self) -> int | None:
        """Bytes not in use; None if used or total is unknown."""
        if self.memory_used is None or self.memory_total is None:
            return None
        return max(0, self.memory_total - self.memory_used)


class GpuReading(msgspec.Struct, frozen=True):
    """The last answer about all GPUs.

    `reason` is one sentence for a person when there is no GPU or no fresh answer (`no GPU found (NVML: library not
    found)`, `no data: NVML has not answered for 12 s`); then the samples, if any, carry names but no values.
    `time` is when the drivers answered (monotonic; the older one of two vendors), None before the first answer.
    `absent`: they did, and there is no GPU here.
    """

    gpus: tuple[GpuSample, ...] = ()
    reason: str | None = None
    time: float | None = None
    absent: bool = False


class CpuSample(msgspec.Struct, frozen=True):
    """All cores together and each alone, in percent since the sample before (None and empty in the first).

    `load` is over 1, 5 and 15 minutes.
    """

    percent: float | None
    cores: tuple[float, ...]
    load: tuple[float, float, float] | None
    count: int


class MemorySample(msgspec.Struct, frozen=True):
    """Main memory and swap. `used` is what is not available to new programs (total minus available)."""

    used: int
    total: int
    swap_used: int
    swap_total: int


class DiskSample(msgspec.Struct, frozen=True):
    """The disk that holds the sessions folder; rates are None in the first sample and where the kernel has no count."""

    free: int
    total: int
    read_rate: float | None
    write_rate: float | None
    device: str | None


class NetSample(msgspec.Struct, frozen=True):
    """All network devices together, loopback left out; None in the first sample."""

    received_rate: float | None
    sent_rate: float | None


class ProcessSample(msgspec.Struct, frozen=True):
    """One process. `start_time` is the kernel's own count, good only for telling processes apart.

    `user` and `age` (seconds since it was started) are only known of the processes of a `ProcessListing`.
    """

    pid: int
    ppid: int
    start_time: int
    command: str
    state: str
    cpu: float | None
    rss: int
    threads: int
    gpu_memory: int | None = None
    user: str = ""
    age: float | None = None


class ProcessListing(msgspec.Struct, frozen=True):
    """Every process of the machine that this user may see, at `time` (monotonic seconds).

    `mean`: the first listing, in which `cpu` is the mean since the process was started, as ps shows it. `hidden`: the
    kernel shows this user only some of the processes (hidepid). `inside`: those of a container are all that there are.
    `cost`: seconds of processor time that it took.
    """

    time: float
    processes: tuple[ProcessSample, ...]
    mean: bool = False
    hidden: bool = False
    inside: bool = False
    cost: float = 0.0


class StageShare(msgspec.Struct, frozen=True):
    """The resources that a stage's process tree uses.

    `cpu` is None in the first sample, `gpu_memory` when no GPU tells of processes; `rss` counts
    pages that processes share once for each of them, as top does.
    """

    processes: tuple[ProcessSample, ...]
    cpu: float | None
    rss: int
    threads: int
    gpu_memory: int | None

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the tree, in ascending order."""
        return tuple(process.pid for process in self.processes)


class Leak(msgspec.Struct, frozen=True):
    """GPU memory that a process of an ended stage still holds; `alive` is False if only the driver lists it."""

    gpu: GpuSample
    pid: int
    command: str
    memory: int | None
    alive: bool


class MachineSample(msgspec.Struct, frozen=True):
    """One sample of everything, taken at `time` (monotonic seconds). A part that cannot be read is None."""

    time: float
    cpu: CpuSample | None
    memory: MemorySample | None
    disk: DiskSample | None
    net: NetSample | None
    gpu: GpuReading
    stages: Mapping[str, StageShare]
