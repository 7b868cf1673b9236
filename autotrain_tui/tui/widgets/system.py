"""The machine in full: GPUs as tiles, cores as a field of bars, memory, disk, network, a stage's process tree.

Pure drawing from samples and their recent past.
"""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui import figures
from autotrain_tui.gauges.history import gpu_key
from autotrain_tui.gauges.sample import GpuSample, MachineSample, ProcessSample
from autotrain_tui.tui.widgets.curve import area
from autotrain_tui.tui.widgets.line import (
    EMPTY,
    Line,
    columns,
    cut,
    fit,
    flow,
    level,
    line,
    meter,
    right,
    spark,
    spread,
)
from autotrain_tui.tui.widgets.machine import Curves, MachinePane
from autotrain_tui.tui.words import clean

__all__ = ["CoresPane", "GpusPane", "TrafficPane", "TreePane", "core_lines", "gpu_tile", "tree_lines"]

_TILE = 44
_CORE = 16


def gpu_tile(gpu: GpuSample, curves: Curves, width: int) -> list[Line]:
    """One GPU in seven lines."""
    name = clean(gpu.name or "GPU")
    title = line((f"{'GPU' if gpu.vendor == 'nvidia' else 'AMD'} {gpu.index} ", "bold"), (name, "muted"))
    if gpu.utilisation is None and gpu.memory_used is None:
        return [cut(title, width), line((fit(clean(gpu.reason or "no data"), width).rstrip(), "warning")), *[EMPTY] * 5]
    share = gpu.memory_used / gpu.memory_total if gpu.memory_used is not None and gpu.memory_total else None
    memory = f"{figures.gib(gpu.memory_used)}/{figures.gib(gpu.memory_total)} GiB"
    power = f"{gpu.power:.0f}" if gpu.power is not None else figures.UNKNOWN
    limit = f"/{gpu.power_limit:.0f}" if gpu.power_limit is not None else ""
    heat = f"{gpu.temperature:.0f} °C" if gpu.temperature is not None else figures.UNKNOWN
    clock = f"{gpu.clock} MHz" if gpu.clock is not None else figures.UNKNOWN
    held = figures.UNKNOWN if gpu.processes is None else str(len(gpu.processes))
    key = gpu_key(gpu)
    bar = max(4, width - 11 - len(memory))
    return [cut(each, width) for each in (
        title,
        line(("use  ", "muted"), right(figures.percent(gpu.utilisation), 5), " ",
             (spark(curves.get(f"{key}.use", ()), max(0, width - 11)), "gauge")),
        line(("mem  ", "muted"), *meter(share, bar + 5, _ink(share)), " ", memory),
        line(("     ", ""), (right("", 5), ""), " ",
             (spark(curves.get(f"{key}.memory", ()), max(0, width - 11), gpu.memory_total or None), "gauge")),
        line(("heat ", "muted"), right(heat, 6), ("   power ", "muted"), f"{power}{limit} W"),
        line(("clock ", "muted"), clock, ("   processes ", "muted"), held),
        EMPTY,
    )]


def _ink(share: float | None) -> str:
    return level(100 * share if share is not None else None)


def core_lines(cores: Sequence[float], width: int, height: int) -> list[Line]:
    """Every core as a small bar; when there are too many for bars, one block each."""
    count = max(1, width // _CORE)
    if -(-len(cores) // count) <= height:
        cells = [line((right(str(at), 3), "faint"), " ", *meter(share / 100, _CORE - 9, "gauge"),
                      (right(f"{share:.0f}", 4), "")) for at, share in enumerate(cores)]
        return columns(cells, count, width, " ")
    text = spark(list(cores), len(cores))
    return [line((text[at : at + width], "gauge")) for at in range(0, len(text), width)]


def tree_lines(processes: Sequence[ProcessSample], width: int) -> list[Line]:
    """A process tree, children below their parents."""
    known = {process.pid for process in processes}
    children: dict[int, list[ProcessSample]] = {}
    for process in processes:
        children.setdefault(process.ppid if process.ppid in known else 0, []).append(process)
    lines: list[Line] = []
    seen: set[int] = set()

    def add(process: ProcessSample, depth: int) -> None:
        if process.pid in seen:
            return
        seen.add(process.pid)
        gpu = figures.size(process.gpu_memory) if process.gpu_memory else ""
        tail = line(right(figures.percent(process.cpu), 7), right(figures.size(process.rss), 11),
                    right(str(process.threads), 5), (right(gpu, 11), ""), " ")
        head = line((right(str(process.pid), 8), "faint"), " " + "  " * min(depth, 8), (process.state, "muted"), " ",
                    clean(process.command))
        lines.append(spread(head, tail, width))
        for child in children.get(process.pid, ()):
            add(child, depth + 1)

    for root in children.get(0, ()):
        add(root, 0)
    return lines


class GpusPane(MachinePane):
    """Every GPU as a tile."""

    def frame_facts(self) -> tuple[str, str]:
        """How many."""
        count = len(self.sample.gpu.gpus) if self.sample is not None else 0
        return "GPUs", str(count) if count else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  as high as needed
        """Tiles side by side."""
        if self.sample is None:
            return (line((" looking …", "muted")),)
        gpus = self.sample.gpu.gpus
        if not gpus:
            reason = clean(self.sample.gpu.reason or "no GPU found")
            return [line(" ", *each) for each in flow(reason, width - 2, "muted")]
        count = max(1, min(len(gpus), (width - 1) // _TILE))
        each = (width - 2 - 3 * (count - 1)) // count
        lines: list[Line] = []
        for first in range(0, len(gpus), count):
            row = [gpu_tile(gpu, self.curves, each) for gpu in gpus[first : first + count]]
            cells = [tile[at] for tile in row for at in range(len(tile))]
            lines += [line(" ", *drawn) for drawn in columns(cells, len(row), len(row) * each + 3 * (len(row) - 1))]
        return lines[:-1]


class CoresPane(MachinePane):
    """CPU: all together over time, each core now."""

    def frame_facts(self) -> tuple[str, str]:
        """Cores and load."""
        cpu = self.sample.cpu if self.sample is not None else None
        if cpu is None:
            return "CPU", ""
        load = "  ".join(f"{number:.1f}" for number in cpu.load) if cpu.load is not None else figures.UNKNOWN
        return "CPU", f"{cpu.count} cores · load {load}"

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """A curve and a field of bars."""
        cpu = self.sample.cpu if self.sample is not None else None
        if cpu is None:
            return (line((" can't be read", "muted")),)
        head = line(" ", (right(figures.percent(cpu.percent), 5), "bold"), " ",
                    (spark(self.curves.get("cpu", ()), max(0, width - 8)), "gauge"))
        cores = [line(" ", *each) for each in core_lines(cpu.cores, width - 2, max(1, height - 4))]
        room = height - 1 - len(cores)
        if room < 2:
            return [head, *cores]
        past = area(self.curves.get("cpu", ()), width - 2, room, 100.0, "gauge")
        return [line(" ", (right(figures.percent(cpu.percent), 5), "bold"), ("  of all cores", "muted")),
                *(line(" ", *each) for each in past), *cores]


class TrafficPane(MachinePane):
    """Memory, swap, disk, network."""

    def frame_facts(self) -> tuple[str, str]:
        """The disk's name."""
        disk = self.sample.disk if self.sample is not None else None
        return "Memory, disk, network", disk.device or "" if disk is not None else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  six lines
        """A line or two each."""
        sample = self.sample
        if sample is None:
            return (line((" looking …", "muted")),)
        return [*_memory(sample, width), *_disk(sample, self.curves, width), *_net(sample, self.curves, width)]


def _memory(sample: MachineSample, width: int) -> list[Line]:
    memory = sample.memory
    if memory is None:
        return [line((" memory can't be read", "muted"))]
    lines = []
    for name, used, total in (("RAM ", memory.used, memory.total), ("Swap", memory.swap_used, memory.swap_total)):
        if not total:
            continue
        text = right(f"{figures.gib(used)}/{figures.gib(total)} GiB", 16)
        share = used / total
        lines.append(line((f" {name} ", "muted"), *meter(share, max(4, width - 23), level(100 * share)), text))
    return lines


def _disk(sample: MachineSample, curves: Curves, width: int) -> list[Line]:
    disk = sample.disk
    if disk is None:
        return [line((" disk can't be read", "muted"))]
    share = 1 - disk.free / disk.total if disk.total else None
    text = right(figures.room(disk.free), 16)
    ink = level(100 * share if share is not None else None)
    return [line((" Disk ", "muted"), *meter(share, max(4, width - 23), ink), text),
            _rates("read", disk.read_rate, curves.get("disk.read", ()), width),
            _rates("write", disk.write_rate, curves.get("disk.write", ()), width)]


def _net(sample: MachineSample, curves: Curves, width: int) -> list[Line]:
    net = sample.net
    if net is None:
        return [line((" network can't be read", "muted"))]
    return [_rates("net in", net.received_rate, curves.get("net.received", ()), width),
            _rates("net out", net.sent_rate, curves.get("net.sent", ()), width)]


def _rates(name: str, rate: float | None, past: Sequence[float | None], width: int) -> Line:
    return line((f" {name:<8}", "muted"), right(figures.rate(rate), 12), " ",
                (spark(past, max(0, width - 23), None), "gauge"))


class TreePane(MachinePane):
    """The running stages' processes."""

    def frame_facts(self) -> tuple[str, str]:
        """How many, and what the columns are."""
        count = sum(len(share.processes) for share in self.sample.stages.values()) if self.sample is not None else 0
        return "Processes", f"{count} · CPU, memory, threads, GPU memory" if count else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  what doesn't fit is not shown
        """Each stage's tree."""
        if self.sample is None or not self.sample.stages:
            return (line((" no stage runs on this machine", "muted")),)
        lines: list[Line] = []
        for name, share in self.sample.stages.items():
            head = f"{len(share.processes)} processes · {figures.percent(share.cpu)} CPU · {figures.size(share.rss)}"
            lines.append(line(" ", (clean(name), "accent bold"), (f"  {head}", "muted")))
            lines += tree_lines(share.processes, width)
        return lines
