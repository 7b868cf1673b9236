"""One process in full: command, recent use and memory, and its family. Pure drawing, and the pane that it is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autotrain_tui.gauges.sample import ProcessSample
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.area_chart import stretched_chart
from autotrain_tui.tui.panes.machine_pane import MachinePane
from autotrain_tui.tui.screens.system.process_lines import STATES, ListedProcess, command_words
from autotrain_tui.tui.screens.system.process_table import tree_lines
from autotrain_tui.tui.widgets.line import EMPTY, Line, cut, flow, line

__all__ = ["ProcessDetail", "ProcessPane", "family", "process_detail"]

_ALL_STATES = {**STATES, "R": "running", "S": "sleeping"}
_MOST_ROWS = 8
_MEMORY_FROM = 4
"""Rows of a chart from which memory has one of its own."""
_WITH_FAMILY = 20
"""Lines from which the process stands among its parents and children."""
_DEEPEST = 8
"""Parents that are shown."""


class ProcessDetail(NamedTuple):
    """The process that is looked at, and its memory in the listings until now."""

    row: ListedProcess
    memory: Sequence[float] = ()
    family: Sequence[ProcessSample] = ()
    """Its parents, itself, and all that it started."""


def family(process: ProcessSample, all_processes: Sequence[ProcessSample]) -> list[ProcessSample]:
    """Its parents up to the first process, itself, and its descendants; of others the brothers are left out."""
    by_pid = {each.pid: each for each in all_processes}
    children: dict[int, list[ProcessSample]] = {}
    for each in all_processes:
        children.setdefault(each.ppid, []).append(each)
    found = {process.pid: process}
    parent = by_pid.get(process.ppid)
    while parent is not None and parent.pid not in found and len(found) <= _DEEPEST:
        found[parent.pid] = parent
        parent = by_pid.get(parent.ppid)
    waiting = [process.pid]
    while waiting:
        for each in children.get(waiting.pop(), ()):
            if each.pid not in found:
                found[each.pid] = each
                waiting.append(each.pid)
    return list(found.values())


def _facts(detail: ProcessDetail) -> str:
    process, owner = detail.row.process, detail.row.owner
    parent = next((each for each in detail.family if each.pid == process.ppid), None)
    named = f" ({command_words(parent.command)[0]})" if parent is not None else ""
    words = [
        _ALL_STATES.get(process.state, process.state),
        f"started {fmt.ago(process.age)}" if process.age is not None else "",
        f"{process.threads} thread{'s' if process.threads != 1 else ''}" if process.threads else "",
        f"parent {process.ppid}{named}" if process.ppid else "",
        f"of {sanitize(owner)}" if owner else "",
    ]
    return " · ".join(word for word in words if word)


def process_detail(detail: ProcessDetail, width: int, height: int) -> list[Line]:
    """The process in `height` lines: what it is, its charts, then its family where there is room for it."""
    row = detail.row
    process = row.process
    lines = [line(" ", *each) for each in flow(sanitize(process.command), width - 2, "", max(1, min(3, height - 3)))]
    lines.append(cut(line((f" {_facts(detail)}", "muted")), width))
    use, memory = line((f" {fmt.percent(process.cpu)}", "bold"), (" CPU", "muted")), fmt.size(process.rss)
    rows = height - len(lines) - 1
    own_chart = rows - 1 >= 2 * _MEMORY_FROM
    if not own_chart:
        use = line(*use, (" · memory ", "muted"), memory)
    if row.gpu_memory:
        use = line(*use, (" · GPU memory ", "muted"), fmt.size(row.gpu_memory))
    lines.append(cut(use, width))
    kept = min(len(detail.family) + 1, height // 3) if height >= _WITH_FAMILY and len(detail.family) > 1 else 0
    most = min(_MOST_ROWS, (rows - 1 - kept) // 2 if own_chart else rows)
    lines += _chart(row.past, width, most, max(100.0, *(share or 0.0 for share in row.past), 0.0))
    if own_chart:
        lines.append(line((f" {memory}", "bold"), (" memory", "muted")))
        lines += _chart(detail.memory, width, most, 1.25 * max(detail.memory, default=0.0), "gauge")
    spare = height - len(lines) - 1
    if kept and spare > 1:
        lines += [EMPTY, *tree_lines(detail.family, width)[:spare]]
    return lines[:height]


def _chart(values: Sequence[float | None], width: int, rows: int, top: float, colour: str = "") -> list[Line]:
    return [line(" ", *each) for each in stretched_chart(values, width - 2, max(0, rows), top, colour)]


class ProcessPane(MachinePane):
    """The process that is looked at."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.detail: ProcessDetail | None = None

    def frame_facts(self) -> tuple[str, str]:
        """Which process, and whose it is."""
        if self.detail is None:
            return "Process", ""
        process = self.detail.row.process
        return f"Process {process.pid} {command_words(process.command)[0]}", sanitize(process.user)

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Its command, what is known of it, and its recent values."""
        return process_detail(self.detail, width, height) if self.detail is not None else ()
