"""System: the whole machine, its processes, and those of the stages that run on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.widgets import Input

from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.panes.gpu_tiles import GpusPane
from autotrain_tui.tui.panes.machine_pane import MachinePane
from autotrain_tui.tui.screens.base.mode_screen import ModeScreen, bottom_lines, toggle_maximized
from autotrain_tui.tui.screens.base.session_actions import ACTION_BINDINGS
from autotrain_tui.tui.screens.system.arrange_panes import arrange
from autotrain_tui.tui.screens.system.machine_processes import LISTING, MachineProcesses
from autotrain_tui.tui.screens.system.nodes_pane import NodesPane
from autotrain_tui.tui.screens.system.process_detail import ProcessPane
from autotrain_tui.tui.screens.system.process_lines import ListedProcess
from autotrain_tui.tui.screens.system.process_table import TreePane
from autotrain_tui.tui.screens.system.system_panes import CoresPane, TrafficPane
from autotrain_tui.tui.screens.system.trackers_pane import TrackersPane
from autotrain_tui.tui.widgets.filter_input import FilterInput
from autotrain_tui.tui.widgets.list_view import ListView

if TYPE_CHECKING:
    from autotrain_tui.tui.model.host import Host

__all__ = ["SystemScreen"]

_HINT = "words of a command, a user, a stage or a pid"


class SystemScreen(ModeScreen):
    """Every gauge in full, and every process."""

    MODE = "system"
    ZOOMS = True
    CSS_PATH = "system.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *ACTION_BINDINGS,
        Binding("v", "turn", "Lists", id="system.processes", tooltip="The machine's processes, the stages', or both"),
        Binding("o", "order", "Order", id="system.order", tooltip="Order by CPU, memory, GPU memory or pid"),
        Binding("slash", "filter", "Filter", id="system.filter", key_display="/", tooltip="Find processes"),
        Binding("z", "zoom", "Zoom", id="system.zoom", tooltip="Give the focused pane the whole window, and back"),
        Binding(
            "escape", "clear", "Clear", id="system.clear", show=False, tooltip="Close the process; show all; to the top"
        ),
    ]

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._processes = MachineProcesses(self, self.host)
        self._turns = 0
        """How often a person has asked for the next choice of lists."""

    def compose(self) -> ComposeResult:
        """GPUs above, cores and traffic beside or above each other, processes below."""
        yield GpusPane(id="gpus", classes="pane")
        with Container(id="middle"):
            yield CoresPane(id="cores", classes="pane")
            yield TrafficPane(id="traffic", classes="pane")
        with Container(id="lower"):
            yield TreePane(id="tree", classes="pane")
            yield ListView[ListedProcess](
                "Processes",
                self._processes.draw,
                head=self._processes.head,
                id="processes",
                classes="pane",
                empty=LISTING,
            )
            yield ProcessPane(id="process", classes="pane")
        yield FilterInput(_HINT)
        yield NodesPane(id="nodes", classes="pane")
        yield TrackersPane(id="trackers", classes="pane")
        yield from bottom_lines(self)

    def show_machine(self) -> None:
        """The gauges' new sample."""
        machine = self.host.machine
        if machine.sample is None or not self.whole:
            return
        self.query_one(GpusPane).leaks = machine.leaks
        self.query_one(TreePane).note = self._nobody()
        self.query_one(TrackersPane).take(self.host.view)
        self.query_one(NodesPane).take(machine.nodes, self.size.width - 4)
        self._arrange()
        curves = machine.curves()
        for pane in self.query(MachinePane):
            pane.show(machine.sample, curves, None)
        if self._processes.view.display and self.maximized in (None, self._processes.view):
            self._processes.look()

    def _nobody(self) -> str:
        """Why there is no process to show."""
        view = self.host.view
        if view is None:
            return "no session is open: 4 starts one, 3 lists earlier ones"
        if self.host.machine.nodes:
            return "no stage runs on this machine: Nodes, below, has the others"
        if view.session.active and view.alive is None:
            return f"the session runs on {sanitize(view.session.host)}: its processes are shown there"
        return "no stage runs on this machine"

    def on_resize(self, _event: Resize) -> None:
        """Another window, other heights."""
        self._arrange()

    def _arrange(self) -> None:
        """Give every pane the lines that its content calls for."""
        sample = self.host.machine.sample
        if sample is not None and self.whole:
            arrange(self, sample, self._processes, self._turns)

    def action_turn(self) -> None:
        """The next choice of lists."""
        self._turns += 1
        self.set_focus(None)
        self.show_machine()

    @on(ListView.HeadClicked, "#processes")
    def action_order(self) -> None:
        """The next order of the machine's processes."""
        self._processes.next_order()

    def action_filter(self) -> None:
        """Type words that the processes shall have."""
        self.query_one(FilterInput).open()
        self._arrange()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._processes.show()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.set_focus(self._processes.view)

    @on(ListView.Highlighted, "#processes")
    def _moved(self, event: ListView.Highlighted) -> None:
        if not isinstance(event, ListView.Selected):
            self._processes.choose()

    @on(ListView.Selected, "#processes")
    def _opened(self) -> None:
        self._processes.open()
        self._arrange()

    def action_clear(self) -> None:
        """Close the process; then show all; then go to the top."""
        self._processes.clear()
        self._arrange()

    def action_zoom(self) -> None:
        """Give the focused pane the whole window, or put it back."""
        toggle_maximized(self, self.focused)
