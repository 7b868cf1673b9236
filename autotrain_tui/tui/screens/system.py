"""System: the whole machine, and the processes of the stages that run on it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from autotrain_tui.tui.screens.base import ACTION_BINDINGS, ModeScreen
from autotrain_tui.tui.widgets.machine import MachinePane
from autotrain_tui.tui.widgets.system import CoresPane, GpusPane, TrafficPane, TreePane

__all__ = ["SystemScreen"]


class SystemScreen(ModeScreen):
    """Every gauge in full."""

    MODE = "system"
    CSS_PATH = "system.tcss"
    BINDINGS: ClassVar[list[BindingType]] = ACTION_BINDINGS

    def compose_body(self) -> ComposeResult:
        """GPUs above, cores and traffic side by side, processes below."""
        yield GpusPane(id="gpus", classes="pane")
        with Container(id="middle"):
            yield CoresPane(id="cores", classes="pane")
            yield TrafficPane(id="traffic", classes="pane")
        yield TreePane(id="tree", classes="pane")

    def show_machine(self) -> None:
        """The gauges' new sample."""
        machine = self.app.machine
        if machine.sample is None or not self.is_mounted:
            return
        curves = machine.curves()
        for pane in self.query(MachinePane):
            pane.show(machine.sample, curves, None)
