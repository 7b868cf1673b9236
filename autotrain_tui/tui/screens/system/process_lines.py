"""The machine's processes as lines: a row of the list, and its heading. Pure drawing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from autotrain_tui.gauges.sample import ProcessSample
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.charts.area_chart import TimeScale, area_chart
from autotrain_tui.tui.widgets.line import Line, fit, line, right, spread

__all__ = ["STATES", "ListedProcess", "command_words", "load_colour", "process_head", "process_line"]

STATES = {"D": "waits for the disk", "T": "stopped", "t": "traced", "Z": "ended", "I": "idle"}
"""The kernel's letters that say more than running or sleeping (proc_pid_stat(5))."""
_SHIM = re.compile(r"/autotrain_tui/runner/(?:__pycache__/)?shim\.")
_BUSY = 80.0
"""Percent of one core from which a process has the colour of a load."""
_MUCH = 40.0
"""Percent of the whole machine from which that colour is that of a full one."""
_USER = 9
_SIGN = 2


class ListedProcess(NamedTuple):
    """A process and what the list says of it besides: whose it is, its recent CPU use, its share of the machine."""

    process: ProcessSample
    owner: str = ""
    """The stage that it belongs to, or what it is to this session; empty for a process of others."""
    past: Sequence[float | None] = ()
    gpu_memory: int | None = None
    cores: int = 1
    memory: int = 0
    """Bytes of main memory that the machine has; 0 if that is unknown."""
    mean: bool = False
    """The CPU use is that since the process was started."""


class _Columns(NamedTuple):
    """Cells of the columns that give way in a narrow list; 0: left out."""

    user: int
    owner: int
    threads: int
    gpu: int
    spark: int


def _columns(width: int, *, gpu: bool) -> _Columns:
    return _Columns(
        user=_USER + 1 if width >= 64 else 0,
        owner=17 if width >= 130 else 0,
        threads=5 if width >= 100 else 0,
        gpu=11 if gpu and width >= 84 else 0,
        spark=30 if width >= 170 else 20 if width >= 130 else 10 if width >= 72 else 0,
    )


def load_colour(cpu: float | None, cores: int) -> str:
    """The colour of a process' CPU use: amber from 80 % of a core, red if that is 40 % of the machine."""
    if cpu is None or cpu < 1:
        return "faint"
    if cpu < _BUSY:
        return "gauge"
    return "error" if cpu / max(1, cores) >= _MUCH else "warning"


def command_words(command: str) -> tuple[str, str]:
    """The program without its folder, and its words; our own shims by name."""
    if _SHIM.search(command):
        return "shim", ""
    if command.startswith("["):  # a thread of the kernel, or a process without a command line
        return sanitize(command), ""
    program, space, words = command.partition(" ")
    return sanitize(program.rpartition("/")[2] or program), sanitize(space + words)


def process_head(width: int, order: str, *, gpu: bool) -> Line:
    """The names of the columns; that of the order stands out."""
    columns = _columns(width, gpu=gpu)

    def name(text: str, cells: int, key: str) -> tuple[str, str]:
        return right(text, cells), "bold" if key == order else "muted"

    tail = line(
        name("thr", columns.threads, "threads") if columns.threads else "",
        name("memory", 10, "memory"),
        name("GPU mem", columns.gpu, "GPU memory") if columns.gpu else "",
        " " * (columns.spark + 1) if columns.spark else "",
        name("CPU", 8, "CPU"),
    )
    head = line(
        " " * _SIGN,
        name("pid", 7, "pid"),
        " ",
        (fit("user", columns.user) if columns.user else "", "muted"),
        (fit("part of", columns.owner) if columns.owner else "", "muted"),
        ("process", "muted"),
    )
    return spread(head, tail, width)


def process_line(row: ListedProcess, width: int, *, gpu: bool) -> Line:
    """One process."""
    process, columns = row.process, _columns(width, gpu=gpu)
    program, words = command_words(process.command)
    colour = load_colour(process.cpu, row.cores)
    idle = colour == "faint"
    spark: Line = ()
    if columns.spark:
        top = max(100.0, *(share for share in row.past if share is not None), 0.0)
        drawn = area_chart(row.past, columns.spark, 1, top, scale=TimeScale())[0]
        spark = line(" ", *drawn) if any(row.past) else line(" " * (columns.spark + 1))
    memory = fmt.size(process.rss) if process.rss else fmt.UNKNOWN
    share = process.rss / row.memory if row.memory else 0.0
    tail = line(
        (right(str(process.threads), columns.threads) if columns.threads else "", "muted"),
        (right(memory, 10), "error" if share >= 0.8 else "warning" if share >= 0.5 else "muted" if idle else ""),
        (right(fmt.size(row.gpu_memory) if row.gpu_memory else "", columns.gpu) if columns.gpu else "", ""),
        *spark,
        (right(("~" if row.mean else "") + fmt.percent(process.cpu), 8), colour),
    )
    state = STATES.get(process.state, "")
    head = line(
        ("▶ " if row.owner else "  ", "accent"),
        (right(str(process.pid), 7), "muted"),
        " ",
        (fit(sanitize(process.user), columns.user - 1) + " " if columns.user else "", "muted"),
        (fit(sanitize(row.owner), columns.owner - 1) + " " if columns.owner else "", "accent"),
        (program, "accent" if row.owner else "muted" if idle else "bold"),
        (words, "faint" if idle else "muted"),
        (f"  {state}" if state and process.state != "I" else "", "warning"),
    )
    return spread(head, tail, width)
