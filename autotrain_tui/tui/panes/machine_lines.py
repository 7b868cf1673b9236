"""The lines of a machine's gauges: GPUs, CPU, memory, disk, and what of it a stage takes.

Pure drawing from samples; what is absent is shown with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autotrain_tui.gauges.history import gpu_key
from autotrain_tui.gauges.sample import GpuSample, MachineSample, StageShare
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.area_chart import area_chart
from autotrain_tui.tui.panes.past_charts import Curves, PastCharts
from autotrain_tui.tui.widgets.line import Line, cut, flow, level, line, meter, right, spread

__all__ = ["LEAST_ROWS", "high_machine_lines", "machine_lines", "strip_line"]

_LABEL = 7
_FEW_GPUS = 2
"""The most GPUs of which each has more than one line."""
LEAST_ROWS, _MOST_ROWS = 2, 8
"""Rows of a gauge's chart below its line."""


def machine_lines(sample: MachineSample, curves: Curves, stage: str | None, width: int) -> list[Line]:
    """Every gauge, one or a few lines each, `width` cells."""
    lines: list[Line] = []
    gpus = sample.gpu.gpus
    for gpu in gpus:
        lines += _gpu_lines(gpu, curves, width, brief=len(gpus) > _FEW_GPUS)
    if not gpus:
        lines += _no_gpu(sample, width)
    lines += [*_cpu_lines(sample, curves, width), *_memory_lines(sample, width), *_disk_lines(sample, width)]
    share = sample.stages.get(stage) if stage is not None else None
    if share is not None:
        lines += _share_lines(share, width)
    return [cut(each, width) for each in lines]


class _Gauge(NamedTuple):
    """What a high pane draws of one gauge: its line as ever, and below it its past."""

    head: list[Line]
    past: Sequence[float | None]
    top: float | None = 100.0
    colour: str = ""


def high_machine_lines(
    sample: MachineSample, curves: Curves, stage: str | None, width: int, height: int, *, past: PastCharts
) -> list[Line]:
    """Every gauge, as many as there is room for with their past below them; nothing if that is none."""
    gauges = list(_gauges(sample, curves, stage, width))
    spare = height - sum(len(gauge.head) for gauge in gauges)
    drawn = [gauge for gauge in gauges if gauge.past][: max(0, spare) // LEAST_ROWS]
    if not drawn:
        return []
    rows = min(_MOST_ROWS, spare // len(drawn))
    lines: list[Line] = []
    for at, gauge in enumerate(gauges):
        lines += gauge.head
        if any(gauge is each for each in drawn):
            chart = past.chart(at, gauge.past, (width - 2, rows), gauge.top, gauge.colour)
            lines += [line(" ", *each) for each in chart]
    return [cut(each, width) for each in lines]


def _gauges(sample: MachineSample, curves: Curves, stage: str | None, width: int) -> Iterator[_Gauge]:
    """The gauges from the top; those that can't be read, and each of many GPUs, have no chart."""
    gpus, nothing = sample.gpu.gpus, ()
    if not gpus:
        yield _Gauge(_no_gpu(sample, width), nothing)
    for gpu in gpus:
        brief = len(gpus) > _FEW_GPUS
        past = nothing if brief else curves.get(f"{gpu_key(gpu)}.use", nothing)
        yield _Gauge(_gpu_lines(gpu, curves if brief else {}, width, brief=brief), past, colour="gauge")
    yield _Gauge(_cpu_lines(sample, {}, width), curves.get("cpu", nothing))
    total = sample.memory.total if sample.memory is not None else 0
    yield _Gauge(_memory_lines(sample, width), curves.get("memory", nothing) if total else nothing, total)
    yield _Gauge(_disk_lines(sample, width), _sum(curves, "disk.read", "disk.write"), None)
    if (net := sample.net) is not None:
        words = f"in {fmt.rate(net.received_rate)} · out {fmt.rate(net.sent_rate)}"
        yield _Gauge([line(_label("Net"), words)], _sum(curves, "net.received", "net.sent"), None)
    share = sample.stages.get(stage) if stage is not None else None
    if share is not None:
        yield _Gauge(_share_lines(share, width), curves.get(f"stage.{stage}.cpu", nothing), None)


def _sum(curves: Curves, *names: str) -> list[float | None]:
    """The gauges' values added up; unknown where one is."""
    columns = zip(*(curves.get(name, ()) for name in names), strict=False)
    return [None if None in values else sum(value or 0.0 for value in values) for values in columns]


def _label(text: str) -> tuple[str, str]:
    return f" {text:<{_LABEL - 1}}", "muted"


def _amount(share: float | None) -> tuple[str, str]:
    return right(fmt.percent(share), 5), ""


def _no_gpu(sample: MachineSample, width: int) -> list[Line]:
    reason = sanitize(sample.gpu.reason or "no GPU found")
    return [
        line(_label("GPU" if not at else ""), *each)
        for at, each in enumerate(flow(reason, width - _LABEL - 1, "muted", 2))
    ]


def _gpu_lines(gpu: GpuSample, curves: Curves, width: int, *, brief: bool) -> list[Line]:
    label = _label(f"{'GPU' if gpu.vendor == 'nvidia' else 'AMD'}{gpu.index}")
    if gpu.utilisation is None and gpu.memory_used is None:
        return [line(label, (sanitize(gpu.reason or "no data"), "warning"))]
    share = gpu.memory_used / gpu.memory_total if gpu.memory_used is not None and gpu.memory_total else None
    memory = f"{fmt.gib(gpu.memory_used)}/{fmt.gib(gpu.memory_total)} GiB"
    heat = " · ".join(
        ([f"{gpu.temperature:.0f} °C"] if gpu.temperature is not None else [])
        + ([f"{gpu.power:.0f} W"] if gpu.power is not None else [])
    )
    history = curves.get(f"{gpu_key(gpu)}.use", ())
    if brief:
        end = line((memory, level(100 * share if share is not None else None).replace("gauge", "")), " ")
        head = line(label, _amount(gpu.utilisation), " ")
        room = width - _LABEL - 6 - len(memory) - 2
        return [spread(line(*head, *area_chart(history, max(0, room), 1, colour="gauge")[0]), end, width)]
    room = max(0, width - _LABEL - 5 - len(heat) - 3)
    lines = [
        spread(
            line(label, _amount(gpu.utilisation), " ", *area_chart(history, room, 1, colour="gauge")[0]),
            line((heat, ""), " "),
            width,
        )
    ]
    bar = max(4, width - _LABEL - len(memory) - 2)
    colour = level(100 * share if share is not None else None)
    return [*lines, line(_label("  mem"), *meter(share, bar, colour), " ", memory)]


def _cpu_lines(sample: MachineSample, curves: Curves, width: int) -> list[Line]:
    cpu = sample.cpu
    if cpu is None:
        return [line(_label("CPU"), ("can't be read", "muted"))]
    load = f"load {cpu.load[0]:.1f}" if cpu.load is not None else f"{cpu.count} cores"
    room = max(0, width - _LABEL - 5 - len(load) - 3)
    past = area_chart(curves.get("cpu", ()), room, 1)[0]
    return [spread(line(_label("CPU"), _amount(cpu.percent), " ", *past), line(load, " "), width)]


def _memory_lines(sample: MachineSample, width: int) -> list[Line]:
    memory = sample.memory
    if memory is None:
        return [line(_label("RAM"), ("can't be read", "muted"))]
    text = f"{fmt.gib(memory.used)}/{fmt.gib(memory.total)} GiB"
    share = memory.used / memory.total if memory.total else None
    bar = max(4, width - _LABEL - len(text) - 2)
    return [line(_label("RAM"), *meter(share, bar, level(100 * share if share is not None else None)), " ", text)]


def _disk_lines(sample: MachineSample, width: int) -> list[Line]:
    disk = sample.disk
    if disk is None:
        return [line(_label("Disk"), ("can't be read", "muted"))]
    used = 100 * (1 - disk.free / disk.total) if disk.total else None
    colour = level(used) if used is not None and used >= 95 else ""
    rates = [figure for figure in (disk.read_rate, disk.write_rate) if figure is not None]
    return [
        spread(
            line(_label("Disk"), (fmt.room(disk.free), colour)),
            line((fmt.rate(sum(rates)) if rates else "", "muted"), " "),
            width,
        )
    ]


def _share_lines(share: StageShare, width: int) -> list[Line]:
    count = len(share.processes)
    cpu = fmt.percent(share.cpu)
    lines = [
        spread(
            line(_label("Stage"), f"{count} process{'es' if count != 1 else ''}"),
            line((f"{fmt.size(share.rss)} · {cpu} CPU", ""), " "),
            width,
        )
    ]
    if share.gpu_memory:
        lines.append(
            spread(line(_label(""), ("GPU memory", "muted")), line((fmt.size(share.gpu_memory), ""), " "), width)
        )
    return lines


def strip_line(sample: MachineSample, curves: Curves, width: int) -> Line:
    """The machine in one line; what doesn't fit is left out whole, never cut."""
    parts: list[Line] = []
    for gpu in sample.gpu.gpus[:2]:
        use = area_chart(curves.get(f"{gpu_key(gpu)}.use", ()), 5, 1, colour="gauge")[0]
        heat = f" {gpu.temperature:.0f} °C" if gpu.temperature is not None else ""
        parts.append(
            line(
                (f"GPU{gpu.index} ", "muted"),
                fmt.percent(gpu.utilisation),
                " ",
                *use,
                " ",
                f"{fmt.gib(gpu.memory_used)}/{fmt.gib(gpu.memory_total)} GiB{heat}",
            )
        )
    if not sample.gpu.gpus:
        parts.append(line(("no GPU", "muted")))
    if sample.cpu is not None:
        parts.append(
            line(("CPU ", "muted"), fmt.percent(sample.cpu.percent), " ", *area_chart(curves.get("cpu", ()), 8, 1)[0])
        )
    if sample.memory is not None:
        memory = sample.memory
        parts.append(line(("RAM ", "muted"), f"{fmt.gib(memory.used)}/{fmt.gib(memory.total)} GiB"))
    if sample.disk is not None:
        parts.append(line(("disk ", "muted"), fmt.room(sample.disk.free)))
    drawn = line(" ")
    for at, part in enumerate(parts):
        longer = line(*drawn, (" │ ", "frame") if at else "", *part)
        if sum(len(text) for text, _ in longer) <= width:
            drawn = longer
    return drawn
