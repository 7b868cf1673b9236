"""CPU, memory, disk and network. On Linux straight from /proc, whose files stay open between samples; psutil elsewhere.

Facts: proc_stat(5), proc_meminfo(5), Documentation/block/stat.rst, Documentation/filesystems/proc.rst.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final, Protocol

from autotrain_tui.gauges.disk import Disk
from autotrain_tui.gauges.proc import LINUX
from autotrain_tui.gauges.rates import Rates
from autotrain_tui.gauges.sample import CpuSample, DiskSample, MemorySample, NetSample

__all__ = ["LinuxSystem", "System", "open_system"]

_ALL: Final = 1 << 17  # bytes: the processor lines of 1,000 cores


class System(Protocol):
    """The machine's own gauges. None if it cannot be read. Rates are since the previous call."""

    def cpu(self) -> CpuSample | None:
        """Processor use."""

    def memory(self) -> MemorySample | None:
        """Main memory and swap."""

    def disk(self) -> DiskSample | None:
        """Room and throughput of the disk that holds the sessions."""

    def net(self) -> NetSample | None:
        """Network throughput."""

    def close(self) -> None:
        """Close its descriptors."""


def open_system(disk_path: str, clock: Callable[[], float] = time.monotonic) -> System:
    """The gauges of this machine; `disk_path` is a file or folder on the disk to watch."""
    if LINUX:
        return LinuxSystem(disk_path, clock)
    from autotrain_tui.gauges.portable import PortableSystem  # psutil: 20 ms that Linux does not need

    return PortableSystem(disk_path, clock)


class LinuxSystem:
    """Four reads of /proc and two calls for the disk: about 0.1 ms together."""

    def __init__(self, disk_path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._files: dict[str, int] = {}
        self._busy: list[tuple[int, int]] = []
        self._disk = Disk(disk_path, clock)
        self._net: Rates[bytes] = Rates(clock)
        self._devices: tuple[frozenset[bytes], frozenset[bytes]] = (frozenset(), frozenset())

    def cpu(self) -> CpuSample | None:
        """Processor use since the call before, waiting for a disk counted as idle."""
        data = self._read("/proc/stat")
        if data is None:
            return None
        # the lines cpu, cpu0, cpu1 … come first; the long one of interrupts ends what is of use
        lines = data[: data.index(b"\nintr")].split(b"\n") if b"\nintr" in data else data.split(b"\n")
        now = [_busy_and_total(line) for line in lines if line.startswith(b"cpu")]
        before, self._busy = self._busy, now
        cores = len(now) - 1
        # the lines are not comparable if a core was switched on or off in between
        shares = [_percent(old, new) for old, new in zip(before, now, strict=True)] if len(before) == len(now) else []
        return CpuSample(shares[0] if shares else None, tuple(shares[1:]), self._load(), cores)

    def memory(self) -> MemorySample | None:
        """Main memory and swap."""
        data = self._read("/proc/meminfo")
        if data is None:
            return None
        total, swap = _kib(data, b"MemTotal:"), _kib(data, b"SwapTotal:")
        available, swap_free = _kib(data, b"MemAvailable:"), _kib(data, b"SwapFree:")
        if total is None or available is None:
            return None
        return MemorySample(total - available, total, (swap or 0) - (swap_free or 0), swap or 0)

    def disk(self) -> DiskSample | None:
        """Room and throughput of the disk that holds the sessions."""
        return self._disk.sample()

    def net(self) -> NetSample | None:
        """Network throughput of the real devices; where there are none (a container), of all but loopback."""
        data = self._read("/proc/net/dev")
        if data is None:
            return None
        counts: dict[bytes, tuple[int, int]] = {}
        for line in data.split(b"\n")[2:]:
            name, colon, rest = line.partition(b":")
            if colon:
                fields = rest.split(None, 9)
                counts[name.strip()] = int(fields[0]), int(fields[8])
        names = frozenset(counts)
        if names != self._devices[0]:
            self._devices = names, _real(names)
        rates = self._net.since({name: counts[name] for name in self._devices[1]})
        return NetSample(*rates) if rates is not None else NetSample(None, None)

    def close(self) -> None:
        """Close the descriptors."""
        for fd in self._files.values():
            os.close(fd)
        self._files.clear()
        self._disk.close()

    def _load(self) -> tuple[float, float, float] | None:
        data = self._read("/proc/loadavg")
        if data is None:
            return None
        one, five, fifteen = data.split(None, 3)[:3]
        return float(one), float(five), float(fifteen)

    def _read(self, path: str) -> bytes | None:
        """The whole of a kernel file, read at offset 0 of a descriptor that stays open: half the cost of opening it."""
        try:
            fd = self._files.get(path)
            if fd is None:
                fd = self._files[path] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(fd, _ALL, 0)
        except OSError:
            return None


def _busy_and_total(line: bytes) -> tuple[int, int]:
    """Ticks at work and ticks in all, of one line: user nice system idle iowait irq softirq steal; guest is in user."""
    fields = [int(field) for field in line.split()[1:9]]
    total = sum(fields)
    return total - sum(fields[3:5]), total


def _percent(old: tuple[int, int], new: tuple[int, int]) -> float:
    busy, total = new[0] - old[0], new[1] - old[1]
    # iowait sometimes decreases (proc_stat(5))
    return min(100.0, max(0.0, 100.0 * busy / total)) if total > 0 else 0.0


def _kib(data: bytes, key: bytes) -> int | None:
    start = data.find(key)
    return int(data[start + len(key) : data.index(b"kB", start)]) * 1024 if start >= 0 else None


def _real(names: frozenset[bytes]) -> frozenset[bytes]:
    """The devices with hardware behind them: bridges, tunnels and container pairs would count the same byte again."""
    real = frozenset(name for name in names if os.path.exists(b"/sys/class/net/" + name + b"/device"))
    return real or names - {b"lo"}
