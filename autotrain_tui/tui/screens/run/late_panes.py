"""Run's panes that the first paint does without: the stage's details, two curves, the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autotrain_tui.tui.log.tiles import LogTiles
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.model.metric_colours import metric_colours
from autotrain_tui.tui.model.metric_frames import partners, with_colours
from autotrain_tui.tui.widgets.container import PlainContainer

if TYPE_CHECKING:
    from textual.screen import Screen

    from autotrain_tui.session.journal.state import Stage
    from autotrain_tui.tui.charts.curve_pane import CurvePane
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.panes.machine_pane import MachinePane, MachineStrip
    from autotrain_tui.tui.panes.stage_detail import StageDetail

__all__ = ["LatePanes"]

_NO_METRIC = "No metric yet. Numbers that the program prints, or writes to AUTOTRAIN_METRICS, are drawn here."


class LatePanes:
    """Imports and mounts the panes after the first paint; draws them once they are mounted."""

    def __init__(self, screen: Screen[None], host: Host) -> None:
        self._screen, self._host = screen, host
        self._detail: StageDetail | None = None
        self._curves: tuple[CurvePane, ...] = ()
        self._gauges: tuple[MachinePane | MachineStrip, ...] = ()

    async def mount(self) -> bool:
        """Put them into their places; False while those are not attached."""
        from autotrain_tui.tui.charts.curve_pane import CurvePane
        from autotrain_tui.tui.panes.machine_pane import MachinePane, MachineStrip
        from autotrain_tui.tui.panes.stage_detail import StageDetail

        panes, left, foot = (self._screen.query_one(place) for place in ("#panes", "#left", "#foot"))
        if not (panes.is_attached and left.is_attached and foot.is_attached):
            return False
        self._detail = StageDetail(id="detail", classes="pane")
        beside = (CurvePane(id="curve", classes="pane"), CurvePane(id="curve-2", classes="pane"))
        self._curves = (self._screen.query_one("#headline", CurvePane), *beside)
        self._gauges = (MachinePane(id="machine", classes="pane"), MachineStrip(id="strip"))
        async with self._screen.batch():
            # all begun before any is waited for: the screen may be left meanwhile
            begun = (
                left.mount(self._detail),
                foot.mount(self._gauges[1]),
                panes.mount(PlainContainer(*beside, self._gauges[0], id="right")),
            )
            for mount in begun:
                await mount
        return True

    def show_stage(self, stage: Stage | None) -> None:
        """The details of this stage."""
        view = self._host.view
        if self._detail is not None and self._detail.is_mounted and view is not None:
            self._detail.show(view, stage)

    def show_machine(self) -> None:
        """The gauges' new sample."""
        machine, view = self._host.machine, self._host.view
        if machine.sample is None:
            return
        curves = machine.curves()
        active = view.session.active if view is not None else ()
        stage = active[0].name if active else None
        for pane in self._gauges:
            if pane.is_mounted:
                pane.show(machine.sample, curves, stage)

    def show_curves(self) -> None:
        """New readings: the headline's curve in its place, and in a wide window a second one."""
        view = self._host.view
        if view is None or not self._curves:
            return
        curves = self._host.curves
        names = curves.names(view)
        self._screen.query_one(LogTiles).know_metrics(metric_colours(names))
        first = view.session.metric_name or (names[0] if names else None)
        frame = (first, *partners(first, names)) if first is not None else ()
        second = next((name for name in names if name not in frame), None)
        frames = frame, frame, (second, *partners(second, names)) if second is not None else ()
        colours = metric_colours(names)
        for pane, shown, colour in zip(self._curves, frames, ("curve-1", "curve-1", "curve-2"), strict=True):
            if pane.is_mounted and pane.display:
                pane.show(
                    curves.frame(view, shown, with_colours(shown, colours, colour))
                    if shown
                    else Picture("Metric", empty=_NO_METRIC)
                )
