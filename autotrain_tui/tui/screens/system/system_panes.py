"""CPU, memory, disk and network in full: each core now, and the last two minutes of everything. Pure drawing."""

from __future__ import annotations

from collections.abc import Sequence

from autotrain_tui.gauges.sample import CpuSample, MachineSample
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.area_chart import TimeScale, fitting_scale, stretched_chart
from autotrain_tui.tui.charts.dot_canvas import ASCII, chosen_dots
from autotrain_tui.tui.model.machine_history import core_key
from autotrain_tui.tui.panes.machine_pane import Curves, MachinePane
from autotrain_tui.tui.screens.system.arrangement import FRAME
from autotrain_tui.tui.widgets.big_digits import BIG_HEIGHT, big_number, big_width
from autotrain_tui.tui.widgets.line import EMPTY, Line, columns, cut, fill, level, line, meter, right, spark, width_of

__all__ = ["CoresPane", "TrafficPane", "core_lines", "lines_to_fill", "rows_above_each_other", "traffic_lines"]

_CORE = 15
_MOST_ROWS = 8
"""Rows of a chart at most: higher ones say no more."""
_MOST_CORE_ROWS = 4
_LEAST_ROWS = 3
"""Rows of a chart at least where the room is shared evenly by several."""
_BIG = big_width(3) + 2
"""Cells of the big number and the gap after it."""
_BIG_FROM = 50


def rows_above_each_other(sample: MachineSample, width: int, height: int) -> int | None:
    """Lines of the CPU's pane, frame included, if the two panes share `height` lines above each other.

    None if they stand beside each other: that is the rule unless a third of one of the panes would be empty.
    """
    beside = (_cpu_height(sample, width // 2 - FRAME - 2, _MOST_ROWS), _traffic_height(sample, _MOST_ROWS))
    if 3 * (min(beside) + FRAME) >= 2 * height:
        return None
    for rows in range(_MOST_ROWS, _LEAST_ROWS - 1, -1):
        above = _cpu_height(sample, width - FRAME - 2, rows) + FRAME
        if above + _traffic_height(sample, rows) + FRAME <= height:
            return above
    return None


def lines_to_fill(sample: MachineSample, width: int) -> int:
    """Lines, frame included, that the two panes can both fill beside each other in a window of `width` columns."""
    return FRAME + min(_cpu_height(sample, width // 2 - FRAME - 2, _MOST_ROWS), _traffic_height(sample, _MOST_ROWS))


def _cpu_height(sample: MachineSample, width: int, rows: int) -> int:
    """Lines of the CPU's pane with charts of `rows`: all cores, each core, an empty line, the load."""
    if sample.cpu is None:
        return 1
    load = 2 + rows if sample.cpu.load is not None else 0
    return rows + _core_rows(len(sample.cpu.cores), width)[1] * min(_MOST_CORE_ROWS, rows) + load


def _traffic_height(sample: MachineSample, rows: int) -> int:
    """Lines of the other pane with charts of `rows`."""
    rates = len(_disk_rates(sample)) + len(_net_rates(sample))
    return len(_memory(sample, 0)) + len(_disk(sample, 0)) + rates + rows * (1 + rates)


def _core_rows(cores: int, width: int) -> tuple[int, int]:
    """How many cores stand beside each other, and in how many rows."""
    count = max(1, min(cores, (width + 2) // (_CORE + 2)))
    return count, -(-cores // count)


def core_lines(cores: Sequence[float], width: int, height: int, curves: Curves | None = None) -> list[Line]:
    """Every core with its recent use, as high as there is room; when there are too many, one block each."""
    if not cores:
        return []
    curves = curves or {}
    count, rows = _core_rows(len(cores), width)
    if rows <= height:
        each = (width - 2 * (count - 1)) // count
        high = max(1, min(_MOST_CORE_ROWS, height // rows))
        tiles = [_core(number, share, curves, each, high) for number, share in enumerate(cores)]
        lines: list[Line] = []
        for first in range(rows):  # columns fill downwards, and a core's lines stay together
            beside = tiles[first::rows]
            beside += [[EMPTY] * high] * (count - len(beside))
            lines += columns([part for tile in beside for part in tile], count, width, "  ")
        return lines
    tokens = [(spark([share], 1), level(share)) for share in cores]
    return [line(*tokens[at : at + width]) for at in range(0, len(tokens), width)]


def _core(number: int, share: float, curves: Curves, width: int, height: int) -> list[Line]:
    """One core in `height` lines: its number, its recent use, its use now."""
    past = stretched_chart(curves.get(core_key(number), (share,)), max(1, width - 8), height)
    first = ((right(str(number), 3), "muted"), (right(f"{share:.0f}", 4), level(share) if share >= 80 else ""))
    return [
        line(first[0] if not row else " " * 3, " ", *part, first[1] if not row else "") for row, part in enumerate(past)
    ]


def _scale(past: Sequence[float | None], width: int) -> TimeScale:
    return fitting_scale(len(past), 2 * width)


def _span(past: Sequence[float | None], width: int) -> str:
    """How far such a chart reaches back."""
    return fmt.short_clock(min(len(past), _scale(past, width).samples(2 * width)))


def _indented(lines: Sequence[Line]) -> list[Line]:
    return [line(" ", *each) for each in lines]


def _all_cores(cpu: CpuSample, past: Sequence[float | None], width: int, height: int) -> list[Line]:
    """The use of all cores in `height` lines: a big number where it fits, and its past beside it."""
    if height < BIG_HEIGHT or width < _BIG_FROM:
        now = line((right(fmt.percent(cpu.percent), 5), "bold"), " ")
        chart = stretched_chart(past, max(1, width - 6), height)
        return [line(*(now if not row else line(" " * 6)), *each) for row, each in enumerate(chart)]
    chart = stretched_chart(past, width - _BIG, height)
    beside = big_number(cpu.percent, "%", 3, level(cpu.percent or 0.0), plain=chosen_dots() is ASCII)
    beside.append(line((f"of {cpu.count} core{'s' if cpu.count != 1 else ''}", "muted")))
    beside.append(line((f"in {_span(past, width - _BIG)}", "faint")))
    return [line(*fill(beside[row] if row < len(beside) else EMPTY, _BIG), *each) for row, each in enumerate(chart)]


class CoresPane(MachinePane, can_focus=True):
    """CPU: all together over time, each core now."""

    HOLDS = False

    def frame_facts(self) -> tuple[str, str]:
        """Cores and load."""
        cpu = self.sample.cpu if self.sample is not None else None
        if cpu is None:
            return "CPU", ""
        load = "  ".join(f"{number:.1f}" for number in cpu.load) if cpu.load is not None else fmt.UNKNOWN
        return "CPU", f"{cpu.count} cores · load {load}"

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """A curve and a field of bars."""
        cpu = self.sample.cpu if self.sample is not None else None
        if self.sample is None or cpu is None:
            return (line((" no data: the CPU can't be read", "muted")),)
        past = self.curves.get("cpu", ())
        inner = width - 2
        least = core_lines(cpu.cores, inner, max(1, height - 3))
        shared = range(_MOST_ROWS, _LEAST_ROWS - 1, -1)
        most = next((rows for rows in shared if _cpu_height(self.sample, inner, rows) <= height), _MOST_ROWS)
        high = min(most, height - len(least))
        if high < 1:
            now = line(" ", (right(fmt.percent(cpu.percent), 5), "bold"))
            return [
                line(*now, " ", *stretched_chart(past, max(0, width - 8), 1)[0]),
                *(line(" ", *each) for each in least),
            ]
        lines = _indented(_all_cores(cpu, past, inner, high))
        lines += _indented(core_lines(cpu.cores, inner, height - high, self.curves))
        spare = height - len(lines) - 2
        if spare >= 1 and cpu.load is not None:
            load = stretched_chart(self.curves.get("load", ()), inner, min(_MOST_ROWS, spare), None)
            lines += [EMPTY, line(f" {cpu.load[0]:.1f}", ("  load, a minute's mean", "muted")), *_indented(load)]
        return lines


class TrafficPane(MachinePane, can_focus=True):
    """Memory, swap, disk, network."""

    HOLDS = False

    def frame_facts(self) -> tuple[str, str]:
        """The disk's name."""
        disk = self.sample.disk if self.sample is not None else None
        return "Memory, disk, network", sanitize(disk.device or "") if disk is not None else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """One or two lines each, with curves if they fit."""
        if self.sample is None:
            return (line((" measuring …", "muted")),)
        return traffic_lines(self.sample, self.curves, width, height)


def traffic_lines(sample: MachineSample, curves: Curves, width: int, height: int) -> list[Line]:
    """Memory, disk and network in `height` lines: together where that is little, as area charts where it is much."""
    memory, disk = _memory(sample, width), _disk(sample, width)
    disk_rates, net_rates = _disk_rates(sample), _net_rates(sample)
    base = len(memory) + len(disk) + len(disk_rates) + len(net_rates)
    if base > height:
        return [cut(each, width) for each in (*memory, *disk, _pair("", disk_rates), _pair("net ", net_rates))][:height]
    extra, rest = divmod(height - base, 1 + len(disk_rates) + len(net_rates))
    of_memory = extra or rest  # what is too little for a line below each rate
    if extra >= _MOST_ROWS or not extra:
        extra, rest, of_memory = min(_MOST_ROWS, extra), 0, min(_MOST_ROWS, of_memory)
    lines = list(memory)
    if of_memory and sample.memory is not None:
        lines += _indented(stretched_chart(curves.get("memory", ()), width - 2, of_memory, sample.memory.total))
    lines += disk
    for at, (name, rate, key) in enumerate((*disk_rates, *net_rates)):  # the first charts take what is left over
        lines += _rate(name, rate, curves.get(key, ()), width, extra + (at < rest))
    return [cut(each, width) for each in lines]


_Rates = list[tuple[str, float | None, str]]
"""Name, value and the key of the curve of each."""


def _disk_rates(sample: MachineSample) -> _Rates:
    disk = sample.disk
    if disk is None:
        return []
    return [("read", disk.read_rate, "disk.read"), ("write", disk.write_rate, "disk.write")]


def _net_rates(sample: MachineSample) -> _Rates:
    net = sample.net
    if net is None:
        return []
    return [("net in", net.received_rate, "net.received"), ("net out", net.sent_rate, "net.sent")]


def _memory(sample: MachineSample, width: int) -> list[Line]:
    memory = sample.memory
    if memory is None:
        return [line((" no data: memory can't be read", "muted"))]
    lines = []
    for name, used, total in (("RAM ", memory.used, memory.total), ("Swap", memory.swap_used, memory.swap_total)):
        if not total:
            continue
        text = right(f"{fmt.gib(used)}/{fmt.gib(total)} GiB", 16)
        share = used / total
        lines.append(line((f" {name} ", "muted"), *meter(share, max(4, width - 23), level(100 * share)), text))
    return lines


def _disk(sample: MachineSample, width: int) -> list[Line]:
    disk = sample.disk
    if disk is None:
        return [line((" no data: the disk can't be read", "muted"))]
    share = 1 - disk.free / disk.total if disk.total else None
    colour = level(100 * share if share is not None else None)
    return [line((" Disk ", "muted"), *meter(share, max(4, width - 23), colour), right(fmt.room(disk.free), 16))]


def _rate(name: str, rate: float | None, past: Sequence[float | None], width: int, extra: int) -> list[Line]:
    """A rate with its curve: beside it, or below it in `extra` lines."""
    label = line((f" {name:<8}", "muted"), right(fmt.rate(rate), 12))
    if not extra:
        return [line(*label, " ", *stretched_chart(past, max(0, width - 23), 1, None)[0])]
    shown = past[-_scale(past, width - 2).samples(2 * (width - 2)) :]
    most = max((number for number in shown if number is not None), default=None)
    peak = f"   up to {fmt.rate(most)}" if most else ""
    if peak and width_of(label) + len(longer := f"{peak} in {_span(past, width - 2)}") <= width:
        peak = longer
    if width_of(label) + len(peak) > width:
        peak = ""  # no number is ever cut
    return [
        line(*label, (peak, "faint")),
        *(line(" ", *each) for each in stretched_chart(past, width - 2, extra, None)),
    ]


def _pair(name: str, rates: Sequence[tuple[str, float | None, str]]) -> Line:
    """Both rates of a device in one line."""
    words = " · ".join(f"{what.removeprefix('net ')} {fmt.rate(rate)}" for what, rate, _ in rates)
    return line((f" {name}", "muted"), words or "no data")
