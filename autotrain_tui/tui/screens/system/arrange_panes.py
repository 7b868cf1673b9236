"""Gives System's panes their lines, and shows the lists of processes that there is room for."""

from __future__ import annotations

from functools import partial

from autotrain_tui.gauges.sample import MachineSample
from autotrain_tui.tui.panes.gpu_tiles import leak_lines
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen
from autotrain_tui.tui.screens.system.arrangement import (
    BESIDE_WIDTH,
    DETAIL,
    FRAME,
    ListsShown,
    both_fit,
    heights,
    lists_shown,
    share_lists,
)
from autotrain_tui.tui.screens.system.machine_processes import MachineProcesses
from autotrain_tui.tui.screens.system.nodes_pane import NodesPane
from autotrain_tui.tui.screens.system.process_detail import ProcessPane
from autotrain_tui.tui.screens.system.process_table import TreePane
from autotrain_tui.tui.screens.system.system_panes import lines_to_fill, rows_above_each_other
from autotrain_tui.tui.screens.system.trackers_pane import MOST_TRACKERS, TrackersPane
from autotrain_tui.tui.widgets.filter_input import FilterInput

__all__ = ["arrange"]

_SOME_PROCESSES = 40
"""Lines that the processes may have before it is known how many there are."""


def arrange(screen: ModeScreen, sample: MachineSample, processes: MachineProcesses, turns: int) -> None:
    """Give every pane the lines that its content calls for; `turns`: how often a person asked for another choice."""
    trackers = screen.query_one(TrackersPane)
    taken = min(MOST_TRACKERS, len(trackers.documents)) + FRAME if trackers.documents else 0
    nodes = screen.query_one(NodesPane).lines_wanted(screen.size.width - 4)
    taken += nodes + FRAME if nodes else 0
    taken += screen.query_one(FilterInput).has_class("-open")
    width, room = screen.size.width, max(12, screen.size.height - 2 - taken)
    lost = len(leak_lines(screen.host.machine.leaks, width - 4))
    stages = sum(len(share.processes) + 1 for share in sample.stages.values())
    listed = (processes.count or _SOME_PROCESSES) + (DETAIL if processes.opened is not None else 0)
    wanted = max(stages, listed) if width >= BESIDE_WIDTH else listed + (stages + 1 + FRAME if stages else 0)
    share = partial(heights, room, width, len(sample.gpu.gpus), lost)
    charts = lines_to_fill(sample, width)
    parts = share(wanted, charts=charts)
    if stages and not both_fit(parts[2], width, stages):
        low = share(wanted, charts=0)
        parts = low if both_fit(low[2], width, stages) else parts
    shown = lists_shown(parts[2], width, stages, turns)
    if shown == "stages":  # the charts take the lines that the trees do not need
        parts = share(stages, charts=charts)
    for pane, height in zip(("#gpus", "#middle", "#lower"), parts, strict=True):
        screen.query_one(pane).styles.height = height
    _arrange_charts(screen, sample, width, parts[1])
    _arrange_lists(screen, processes, shown, parts[2], stages=stages)


def _arrange_charts(screen: ModeScreen, sample: MachineSample, width: int, height: int) -> None:
    """The two panes of charts beside or above each other."""
    above = rows_above_each_other(sample, width, height)
    middle = screen.query_one("#middle")
    middle.set_class(above is not None, "stacked")
    middle.styles.grid_rows = f"{above} 1fr" if above is not None else "1fr"


def _arrange_lists(
    screen: ModeScreen, processes: MachineProcesses, shown: ListsShown, lower: int, *, stages: int
) -> None:
    """The stages' processes and the machine's, or one of them, and the process that is looked at."""
    width = screen.size.width
    beside = shown == "both" and width >= BESIDE_WIDTH
    processes.follows = beside
    lists = share_lists(shown, lower, width, stages, opened=processes.opened is not None)
    tree, rows = screen.query_one(TreePane), processes.view
    for pane, height in zip((tree, rows, screen.query_one(ProcessPane)), lists, strict=True):
        pane.display = bool(height)
        pane.styles.height = height if not beside else "100%"
    both = screen.query_one("#lower")
    both.set_class(beside, "beside")
    both.styles.grid_rows = f"{lists.tree} 1fr" if beside else None
    if screen.focused is None or not screen.focused.display:
        screen.set_focus(tree if shown == "stages" else rows)
