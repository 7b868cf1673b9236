"""The running stages' processes as trees, with what each takes; it scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from autotrain_tui.gauges.sample import ProcessSample, StageShare
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.area_chart import area_chart
from autotrain_tui.tui.model.machine_history import process_key
from autotrain_tui.tui.panes.machine_pane import Curves, MachinePane
from autotrain_tui.tui.screens.system.process_lines import STATES, command_words
from autotrain_tui.tui.widgets.line import EMPTY, Line, flow, line, right, spread

__all__ = ["TreePane", "head_line", "tree_lines"]

_DEEPEST = 10
_TAIL = 42
"""Cells of a line's values at the right."""
_SPARK, _SPARK_FROM = 20, 100
"""Cells of a process' recent CPU use, and the width from which it is shown."""


def head_line(width: int) -> Line:
    """What the columns are."""
    names = _tail("cpu", "memory", "threads", "GPU memory")
    return spread(line((f"{right('pid', 9)}  process", "muted")), names, width)


def _tail(cpu: str, memory: str, threads: str, gpu: str, colour: str = "muted") -> Line:
    return line(
        (right(cpu, 8), colour), (right(memory, 11), colour), (right(threads, 9), colour), (right(gpu, 12), colour), " "
    )


def tree_lines(processes: Sequence[ProcessSample], width: int, curves: Curves | None = None) -> list[Line]:
    """A process tree, children below their parents."""
    known = {process.pid for process in processes}
    children: dict[int, list[ProcessSample]] = {}
    for process in processes:
        children.setdefault(process.ppid if process.ppid in known else 0, []).append(process)
    lines: list[Line] = []
    # (process, the branches before its name, whether it is its parent's last)
    ahead = [(root, "", True) for root in reversed(children.get(0, []))]
    seen: set[int] = set()
    while ahead:
        process, before, last = ahead.pop()
        if process.pid in seen:
            continue
        seen.add(process.pid)
        lines.append(_process_line(process, before, width, curves or {}))
        below = children.get(process.pid, [])
        stem = before[:-3] + ("   " if last else "│  ") if before else ""
        ahead += [
            (child, (stem + ("└─ " if at == len(below) - 1 else "├─ "))[-3 * _DEEPEST :], at == len(below) - 1)
            for at, child in reversed(list(enumerate(below)))
        ]
    return lines


def _process_line(process: ProcessSample, before: str, width: int, curves: Curves) -> Line:
    gpu = fmt.size(process.gpu_memory) if process.gpu_memory else ""
    head = line(
        (right(str(process.pid), 9), "muted"),
        "  ",
        (before, "frame"),
        *_command(process.command),
        ("" if process.state in "RS" else f"  {STATES.get(process.state, process.state)}", "warning"),
    )
    cpu = fmt.percent(process.cpu)
    past = curves.get(process_key(process.pid), ()) if width >= _SPARK_FROM else ()
    if any(past):
        top = max(100.0, *(share for share in past if share is not None))
        head = spread(head, area_chart(past, _SPARK, 1, top)[0], width - _TAIL)
    return spread(head, _tail(cpu, fmt.size(process.rss), str(process.threads), gpu, ""), width)


def _command(command: str) -> Line:
    """The program and its words; our own shims muted."""
    program, words = command_words(command)
    return line((program + words, "muted" if program == "shim" and not words else ""))


def stage_head(name: str, share: StageShare, width: int) -> Line:
    """A stage's sums over its tree."""
    gpu = fmt.size(share.gpu_memory) if share.gpu_memory else ""
    tail = _tail(fmt.percent(share.cpu), fmt.size(share.rss), str(share.threads), gpu, "bold")
    return spread(line(" ", (sanitize(name), "accent bold")), tail, width)


class TreePane(MachinePane, can_focus=True):
    """The running stages' processes."""

    BINDING_GROUP_TITLE = "Processes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", "Up", id="tree.up", show=False, tooltip="A line up"),
        Binding("down,j", "scroll_by(1)", "Down", id="tree.down", show=False, tooltip="A line down"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", id="tree.page_up", show=False, tooltip="A page up"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", id="tree.page_down", show=False, tooltip="A page down"),
        Binding("home,g", "scroll_by(-1000000)", "First", id="tree.first", show=False, tooltip="To the top"),
        Binding("end,G", "scroll_by(1000000)", "Last", id="tree.last", show=False, tooltip="To the end"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.note = "no stage runs on this machine"
        self.top = 0
        self._count = 0

    def frame_facts(self) -> tuple[str, str]:
        """How many, and how far it is scrolled."""
        count = sum(len(share.processes) for share in self.sample.stages.values()) if self.sample is not None else 0
        seen = self._count > self.content_size.height - 1 > 0
        place = f" · lines {self.top + 1}–{min(self._count, self.top + self.content_size.height - 1)}" if seen else ""
        return "Stage processes", f"{count}{place}" if count else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Each stage's tree below the columns' names."""
        if self.sample is None or not self.sample.stages:
            return [line(" ", *each) for each in flow(self.note, width - 2, "muted")] or [EMPTY]
        lines: list[Line] = []
        for name, share in self.sample.stages.items():
            lines += [stage_head(name, share, width), *tree_lines(share.processes, width, self.curves)]
        self._count = len(lines)
        self.top = max(0, min(self.top, len(lines) - (height - 1)))
        return [head_line(width), *lines[self.top : self.top + height - 1]]

    def action_scroll_by(self, by: int) -> None:
        """Up or down."""
        self.top = max(0, self.top + by)
        self.repaint()

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self.action_scroll_by(by * max(1, self.content_size.height - 2))

    def on_mouse_scroll_up(self) -> None:
        """Up."""
        self.action_scroll_by(-3)

    def on_mouse_scroll_down(self) -> None:
        """Down."""
        self.action_scroll_by(3)
