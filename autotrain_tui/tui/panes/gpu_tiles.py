"""GPUs as tiles, from one line each to curves of the last two minutes, depending on the space.

Pure drawing from samples; an unknown value is a dash, and a device without values shows the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autotrain_tui.gauges.history import gpu_key
from autotrain_tui.gauges.sample import GpuSample, Leak, StageShare
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.area_chart import stretched_chart
from autotrain_tui.tui.panes.machine_pane import Curves, MachinePane
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
    spread,
    width_of,
)

__all__ = ["GpusPane", "gpu_line", "gpu_tile", "leak_lines", "tiles_high"]

_TILE = 38
_SMALL, _FULL = 4, 15
_WITH_SMALL = 8
"""Lines beyond the least from which temperature and power have curves of their own."""
_MOST_ROWS = 8
"""Rows of a chart at most: higher ones say no more."""
_GAP = " │ "
_WIDE = 110
Shares = Mapping[str, StageShare]


def tiles_high(gpus: int, width: int, room: int) -> int:
    """The number of lines that `gpus` GPUs take in a pane of `width` cells, at most `room`."""
    if not gpus:
        return 1
    rows = -(-gpus // _across(gpus, width))
    each = (room + 1) // rows - 1
    if each < _SMALL:
        return min(room, -(-gpus // _lines_across(width)))
    return rows * (min(each, _FULL) + 1) - 1


def _across(gpus: int, width: int) -> int:
    """The number of tiles side by side, chosen so that the rows are equally long."""
    most = max(1, min(gpus, (width + len(_GAP)) // (_TILE + len(_GAP))))
    rows = -(-gpus // most)
    return -(-gpus // rows)


def _lines_across(width: int) -> int:
    return 2 if width >= 150 else 1


def gpu_lines(gpus: Sequence[GpuSample], curves: Curves, shares: Shares, width: int, height: int) -> list[Line]:
    """All GPUs in `width` x `height` cells."""
    across = _across(len(gpus), width)
    rows = -(-len(gpus) // across)
    each = (height + 1) // rows - 1
    if each < _SMALL:
        count = _lines_across(width)
        cell = (width - len(_GAP) * (count - 1)) // count
        return columns([gpu_line(gpu, curves, shares, cell) for gpu in gpus], count, width, _GAP)
    cell = (width - len(_GAP) * (across - 1)) // across
    lines: list[Line] = []
    for first in range(0, len(gpus), across):
        tiles = [
            gpu_tile(gpu, curves, shares, cell, min(each, _FULL) if rows > 1 else each)
            for gpu in gpus[first : first + across]
        ]
        high = max(map(len, tiles))
        cells = [tile[at] if at < len(tile) else EMPTY for tile in tiles for at in range(high)]
        cells += [EMPTY] * (high * (across - len(tiles)))
        lines += [*columns(cells, across, width, _GAP), EMPTY]
    return lines[:-1]


def _title(gpu: GpuSample) -> Line:
    return line((f"{'GPU' if gpu.vendor == 'nvidia' else 'AMD'} {gpu.index}", "bold"))


def _silent(gpu: GpuSample) -> bool:
    return gpu.utilisation is None and gpu.memory_used is None


def _share(gpu: GpuSample) -> float | None:
    return gpu.memory_used / gpu.memory_total if gpu.memory_used is not None and gpu.memory_total else None


def _memory(gpu: GpuSample) -> str:
    return f"{fmt.gib(gpu.memory_used)}/{fmt.gib(gpu.memory_total)} GiB"


def _heat(gpu: GpuSample) -> str:
    return f"{gpu.temperature:.0f} °C" if gpu.temperature is not None else fmt.UNKNOWN


def _power(gpu: GpuSample) -> str:
    limit = f"/{gpu.power_limit:.0f}" if gpu.power_limit is not None else ""
    return f"{gpu.power:.0f}{limit} W" if gpu.power is not None else fmt.UNKNOWN


def gpu_line(gpu: GpuSample, curves: Curves, shares: Shares, width: int) -> Line:
    """One GPU in one line."""
    head = line(*_title(gpu), " ")
    if _silent(gpu):
        return cut(line(*head, (sanitize(gpu.reason or "no data"), "warning")), width)
    share = _share(gpu)
    end = line(right(_memory(gpu), 14), right(_heat(gpu), 7), right(_power(gpu), 11))
    held = _held(gpu, shares)
    if shares and width >= _WIDE:
        end = line(*end, (right(fmt.size(held) if held else "", 10), "accent"))
    bar = 10 if width >= 70 else 6
    room = max(0, min(60, width - 6 - 6 - bar - 2 - sum(len(text) for text, _ in end)))
    past = stretched_chart(curves.get(f"{gpu_key(gpu)}.use", ()), room, 1)[0] if room else ()
    return spread(
        line(
            *head,
            right(fmt.percent(gpu.utilisation), 5),
            " ",
            *past,
            " ",
            *meter(share, bar, level(100 * share if share is not None else None)),
        ),
        end,
        width,
    )


def _held(gpu: GpuSample, shares: Shares) -> int | None:
    """GPU memory of this device that the stages' processes hold; None when it is unknown or none do."""
    ours = {pid for share in shares.values() for pid in share.pids}
    held = [process.memory for process in gpu.processes or () if process.pid in ours]
    known = [memory for memory in held if memory is not None]
    return sum(known) if known else None


def gpu_tile(gpu: GpuSample, curves: Curves, shares: Shares, width: int, height: int) -> list[Line]:
    """One GPU in `height` lines (at least 4); the lines above 4 show its curves."""
    name = fit(sanitize(gpu.name or ""), max(0, width - 8)).rstrip()
    title = spread(_title(gpu), line((name, "muted")), width)
    if _silent(gpu):
        why = flow(sanitize(gpu.reason or "no data"), width, "warning", height - 1)
        return [title, *why, *[EMPTY] * (height - 1 - len(why))]
    key, share = gpu_key(gpu), _share(gpu)
    heat, power = _heat(gpu), _power(gpu)
    beside = max(0, width - 11 - len(heat) - 1)
    colour = level(100 * share if share is not None else None)
    more = max(0, height - _SMALL)
    small = _small_curves(gpu, curves, width) if more >= _WITH_SMALL else []
    more -= len(small)
    of_memory = min(_MOST_ROWS, more // 3)
    of_use = min(_MOST_ROWS, more - of_memory)
    memory = _memory(gpu)
    bar = max(4, width - 5 - len(memory) - 1)
    use = curves.get(f"{key}.use", ())
    lines = [title]
    if of_use:
        lines.append(
            spread(
                line(("use  ", "muted"), (right(fmt.percent(gpu.utilisation), 5), "bold")),
                line("" if small else f"{heat} · {power}"),
                width,
            )
        )
        lines += stretched_chart(use, width, of_use, colour="gauge")
    else:
        lines.append(
            spread(
                line(
                    ("use  ", "muted"), right(fmt.percent(gpu.utilisation), 5), " ", *stretched_chart(use, beside, 1)[0]
                ),
                line(heat),
                width,
            )
        )
    lines.append(line(("mem  ", "muted"), *meter(share, bar, colour), " ", memory))
    if of_memory:
        lines += stretched_chart(curves.get(f"{key}.memory", ()), width, of_memory, gpu.memory_total or None)
    lines += small
    lines.append(_last(gpu, shares, width, power="" if of_use else power))
    return [cut(each, width) for each in lines]


def _small_curves(gpu: GpuSample, curves: Curves, width: int) -> list[Line]:
    """Temperature and power with their recent values, a line each."""
    key = gpu_key(gpu)
    return [
        line(
            (f"{label} ", "muted"),
            right(text, 11),
            " ",
            *stretched_chart(curves.get(f"{key}.{name}", ()), width - 17, 1, top)[0],
        )
        for label, text, name, top in (
            ("temp", _heat(gpu), "temperature", 100.0),
            ("draw", _power(gpu), "power", gpu.power_limit),
        )
    ]


def _last(gpu: GpuSample, shares: Shares, width: int, power: str) -> Line:
    """The processes that hold its memory at the left, clocks (and power) at the right."""
    held = _held(gpu, shares)
    count = len(gpu.processes) if gpu.processes is not None else None
    if held is not None:
        whose = "this stage " if len(shares) == 1 else "our stages "
        who: Line = line((whose, "muted"), (fmt.size(held), "accent"))
    elif count is None:
        who = line(("processes –", "muted"))
    else:
        who = line((f"{count} process{'es' if count != 1 else ''}" if count else "no process", "muted"))
    clock = f"{gpu.clock} MHz" if gpu.clock is not None else ""
    memory_clock = f"memory {gpu.memory_clock} MHz" if gpu.memory_clock is not None else ""
    end = ""
    for word in (power, clock, memory_clock):
        longer = f"{end} · {word}" if end and word else end or word
        if width_of(who) + 2 + len(longer) <= width:
            end = longer
    return spread(who, line((end, "muted")), width)


def leak_lines(leaks: Mapping[str, Sequence[Leak]], width: int) -> list[Line]:
    """GPU memory that ended stages have not freed, with the process that holds it."""
    lines: list[Line] = []
    for stage, found in leaks.items():
        for leak in found:
            size = fmt.size(leak.memory) if leak.memory is not None else "memory"
            who = f"process {leak.pid} ({sanitize(leak.command)})" if leak.alive else f"{leak.pid}, which is gone"
            words = f"{size} of GPU {leak.gpu.index} is still held by {who}, left by {sanitize(stage)}"
            lines += [
                line(("! " if not at else "  ", "warning"), *each)
                for at, each in enumerate(flow(words, max(8, width - 2), "warning", 2))
            ]
    return lines


class GpusPane(MachinePane, can_focus=True):
    """Every GPU as a tile, and the memory that ended stages have not freed."""

    HOLDS = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.leaks: Mapping[str, Sequence[Leak]] = {}

    def frame_facts(self) -> tuple[str, str]:
        """The number of GPUs, and their power in total."""
        gpus = self.sample.gpu.gpus if self.sample is not None else ()
        power = [gpu.power for gpu in gpus if gpu.power is not None]
        words = [str(len(gpus)), f"{sum(power):.0f} W" if len(power) > 1 else ""]
        return "GPUs" if len(gpus) != 1 else "GPU", " · ".join(word for word in words if word) if gpus else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Memory that was not freed first, then the tiles in the lines that remain."""
        if self.sample is None:
            return (line((" measuring …", "muted")),)
        gpus = self.sample.gpu.gpus
        if not gpus:
            reason = sanitize(self.sample.gpu.reason or "no GPU found")
            return [line(" ", *each) for each in flow(reason, width - 2, "muted")]
        lost = leak_lines(self.leaks, width - 2)
        drawn = gpu_lines(gpus, self.curves, self.sample.stages, width - 2, max(1, height - len(lost)))
        return [line(" ", *each) for each in (*lost, *drawn)]
