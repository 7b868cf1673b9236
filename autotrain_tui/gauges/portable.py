"""The same gauges through psutil, for systems without /proc (macOS). Slower: finding a tree scans all processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping

import psutil

from autotrain_tui.gauges.rates import Rates
from autotrain_tui.gauges.sample import CpuSample, DiskSample, MemorySample, NetSample, ProcessSample, StageShare

__all__ = ["STATE_LETTERS", "PortableSystem", "PortableTrees"]


class PortableSystem:
    """CPU, memory, disk and network as psutil gives them; throughput is that of all disks together."""

    def __init__(self, disk_path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = disk_path
        self._net: Rates[str] = Rates(clock)
        self._disk: Rates[str] = Rates(clock)
        self._started = False

    def cpu(self) -> CpuSample | None:
        """Processor use since the call before."""
        cores = tuple(float(share) for share in psutil.cpu_percent(interval=None, percpu=True))
        first, self._started = not self._started, True
        load = os.getloadavg() if hasattr(os, "getloadavg") else None
        if first or not cores:  # psutil answers 0.0 in the first call
            return CpuSample(None, (), load, len(cores))
        return CpuSample(sum(cores) / len(cores), cores, load, len(cores))

    def memory(self) -> MemorySample | None:
        """Main memory and swap."""
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return MemorySample(memory.total - memory.available, memory.total, swap.used, swap.total)

    def disk(self) -> DiskSample | None:
        """Room below the sessions, throughput of all disks."""
        try:
            usage = psutil.disk_usage(self._path)
        except OSError:
            return None
        counts = psutil.disk_io_counters()
        rates = self._disk.since({"": (counts.read_bytes, counts.write_bytes)}) if counts is not None else None
        read, written = rates or (None, None)
        return DiskSample(usage.free, usage.total, read, written, None)

    def net(self) -> NetSample | None:
        """Network throughput, loopback left out."""
        counts = psutil.net_io_counters(pernic=True)
        real = {name: (count.bytes_recv, count.bytes_sent) for name, count in counts.items() if name[:2] != "lo"}
        received, sent = self._net.since(real) or (None, None)
        return NetSample(received, sent)

    def close(self) -> None:
        """Do nothing: no resource is open."""


class PortableTrees:
    """The process trees of running stages as psutil finds them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[tuple[int, float], tuple[float, float]] = {}

    def shares(
        self, stages: Mapping[str, Collection[int]], gpu: Mapping[int, int | None] | None = None
    ) -> dict[str, StageShare]:
        """What each stage takes; see ProcessTrees."""
        before, self._last = self._last, {}
        return {name: self._share(_members(roots), before, gpu) for name, roots in stages.items()}

    def _share(
        self,
        members: dict[int, psutil.Process],
        before: Mapping[tuple[int, float], tuple[float, float]],
        gpu: Mapping[int, int | None] | None,
    ) -> StageShare:
        samples = (self._process(members[pid], before, gpu) for pid in sorted(members))
        processes = tuple(sample for sample in samples if sample is not None)
        known = [process.cpu for process in processes if process.cpu is not None]
        return StageShare(
            processes,
            sum(known) if known else None,
            sum(process.rss for process in processes),
            sum(process.threads for process in processes),
            sum(process.gpu_memory or 0 for process in processes) if gpu is not None else None,
        )

    def _process(
        self,
        process: psutil.Process,
        before: Mapping[tuple[int, float], tuple[float, float]],
        gpu: Mapping[int, int | None] | None,
    ) -> ProcessSample | None:
        now = self._clock()
        try:
            with process.oneshot():
                times, born = process.cpu_times(), process.create_time()
                used = times.user + times.system
                last = before.get((process.pid, born))
                self._last[process.pid, born] = used, now
                cpu = 100 * (used - last[0]) / (now - last[1]) if last is not None and now > last[1] else None
                return ProcessSample(
                    process.pid,
                    process.ppid(),
                    round(born * 1e6),
                    " ".join(process.cmdline()) or f"[{process.name()}]",
                    STATE_LETTERS.get(process.status(), "?"),
                    cpu,
                    process.memory_info().rss,
                    process.num_threads(),
                    gpu.get(process.pid) if gpu is not None else None,
                )
        except psutil.Error:  # it ended, or access is denied
            return None


STATE_LETTERS = {
    psutil.STATUS_RUNNING: "R",
    psutil.STATUS_SLEEPING: "S",
    psutil.STATUS_DISK_SLEEP: "D",
    psutil.STATUS_STOPPED: "T",
    psutil.STATUS_ZOMBIE: "Z",
    psutil.STATUS_IDLE: "I",
}
"""The kernel's letter of each state (proc_pid_stat(5))."""


def _members(roots: Collection[int]) -> dict[int, psutil.Process]:
    members: dict[int, psutil.Process] = {}
    for pid in roots:
        try:
            root = psutil.Process(pid)
            members |= {process.pid: process for process in (root, *root.children(recursive=True))}
        except psutil.Error:
            continue
    return members
