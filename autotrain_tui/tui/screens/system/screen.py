"""System: the whole machine, and the processes of the stages that run on it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize

from autotrain_tui.session.history.tracker_documents import tracker_documents
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.panes.gpu_tiles import GpusPane, leak_lines, tiles_high
from autotrain_tui.tui.panes.machine_pane import MachinePane
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines, toggle_maximized
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.system.process_table import TreePane
from autotrain_tui.tui.screens.system.system_panes import CoresPane, TrafficPane, rows_above_each_other
from autotrain_tui.tui.screens.system.trackers_pane import TrackersPane

__all__ = ["SystemScreen", "heights"]

_FRAME = 2
_MOST_TRACKERS = 4
_FEW = 2
"""The greatest number of GPUs that get only a quarter of the window if there are processes to show."""
_MIDDLE = 9
"""Memory, swap, disk, its two rates and the network's: seven lines and a frame."""


def heights(room: int, width: int, gpus: int, lost: int, processes: int) -> tuple[int, int, int]:
    """Lines for GPUs, for the middle and for the process tree, frames included, of `room` in all.

    `lost` lines tell of leaks; `processes` lines would hold every process (0: none runs).
    """
    tree = min(max(room // 4, 4), processes + 1 + _FRAME) if processes else 1 + _FRAME
    middle = min(_MIDDLE, max(6, room // 3))
    share = max(1, room - tree - middle - _FRAME - lost)
    most = (room // 4 if gpus <= _FEW else room * 2 // 5) if processes else room * 3 // 5
    share = max(1, min(share, most))
    tiles = tiles_high(gpus, width - _FRAME - 2, share) + lost + _FRAME
    left = max(0, room - tiles - middle - tree)
    if processes:
        more = min(left, max(0, processes + 1 + _FRAME - tree))
        tree, left = tree + more, left - more
    return tiles, middle + left, tree


class SystemScreen(ModeScreen):
    """Every gauge in full."""

    MODE = "system"
    ZOOMS = True
    CSS_PATH = "system.tcss"
    AUTO_FOCUS = "#tree"
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACTION_BINDINGS,
        Binding("z", "zoom", "Zoom", id="system.zoom", tooltip="Give the focused pane the whole window, and back"),
    ]

    def compose(self) -> ComposeResult:
        """GPUs above, cores and traffic beside or above each other, processes below."""
        yield GpusPane(id="gpus", classes="pane")
        with Container(id="middle"):
            yield CoresPane(id="cores", classes="pane")
            yield TrafficPane(id="traffic", classes="pane")
        yield TreePane(id="tree", classes="pane")
        yield TrackersPane(id="trackers", classes="pane")
        yield from bottom_lines(self)

    def show_machine(self) -> None:
        """The gauges' new sample."""
        machine = self.host.machine
        if machine.sample is None or not self.whole:
            return
        self.query_one(GpusPane).leaks = machine.leaks
        self.query_one(TreePane).note = self._nobody()
        self._show_trackers()
        self._arrange()
        curves = machine.curves()
        for pane in self.query(MachinePane):
            pane.show(machine.sample, curves, None)

    def _show_trackers(self) -> None:
        """What is sent of the open session; the pane is there only if something is."""
        pane, view = self.query_one(TrackersPane), self.host.view
        pane.documents = tracker_documents(view.folder) if view is not None else ()
        pane.session = view.folder.id if view is not None else ""
        pane.display = bool(pane.documents)
        pane.styles.height = min(_MOST_TRACKERS, len(pane.documents)) + _FRAME

    def _nobody(self) -> str:
        """Why there is no process to show."""
        view = self.host.view
        if view is None:
            return "no session is open: 4 starts one, 3 lists earlier ones"
        if view.session.active and view.alive is None:
            return f"the session runs on {sanitize(view.session.host)}: its processes are shown there"
        return "no stage runs on this machine"

    def on_resize(self, _event: Resize) -> None:
        """Another window, other heights."""
        self._arrange()

    def _arrange(self) -> None:
        """Give every pane the lines that its content calls for."""
        sample = self.host.machine.sample
        if sample is None or not self.whole:
            return
        trackers = self.query_one(TrackersPane)
        taken = min(_MOST_TRACKERS, len(trackers.documents)) + _FRAME if trackers.documents else 0
        width, room = self.size.width, max(12, self.size.height - 2 - taken)
        lost = len(leak_lines(self.host.machine.leaks, width - 4))
        processes = sum(len(share.processes) + 1 for share in sample.stages.values())
        parts = heights(room, width, len(sample.gpu.gpus), lost, processes)
        for pane, height in zip(("#gpus", "#middle", "#tree"), parts, strict=True):
            self.query_one(pane).styles.height = height
        above = rows_above_each_other(sample, width, parts[1])
        middle = self.query_one("#middle")
        middle.set_class(above is not None, "stacked")
        middle.styles.grid_rows = f"{above} 1fr" if above is not None else "1fr"

    def action_zoom(self) -> None:
        """Give the focused pane the whole window, or put it back."""
        toggle_maximized(self, self.focused)
