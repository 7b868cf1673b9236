"""Run's panes that the first paint does without: the stage's details, the curves, the machine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from autotrain_tui.tui.charts.curve_pane import CurvePane
from autotrain_tui.tui.log.tiles import LogTiles
from autotrain_tui.tui.model.curve_picture import Picture
from autotrain_tui.tui.model.metric_colours import metric_colours
from autotrain_tui.tui.model.metric_frames import partners, with_colours
from autotrain_tui.tui.widgets.container import PlainContainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.screen import Screen

    from autotrain_tui.session.journal.state import Stage
    from autotrain_tui.tui.model.host import Host
    from autotrain_tui.tui.panes.machine_pane import MachinePane, MachineStrip
    from autotrain_tui.tui.panes.stage_detail import StageDetail
    from autotrain_tui.tui.screens.run.run_curves import RunCurves

__all__ = ["LatePanes"]

_NO_METRIC = "No metric yet. Numbers that the program prints, or writes to AUTOTRAIN_METRICS, are drawn here."


class LatePanes:
    """Imports and mounts the panes after the first paint; draws them once they are mounted."""

    def __init__(self, screen: Screen[None], host: Host) -> None:
        self._screen, self._host = screen, host
        self._detail: StageDetail | None = None
        self._single: tuple[CurvePane, ...] = ()
        """The headline's curve alone: beside the stages of a narrow window, below those of an ordinary one."""
        self._several: RunCurves | None = None
        self._gauges: tuple[MachinePane | MachineStrip, ...] = ()

    async def mount(self) -> bool:
        """Put them into their places; False while those are not attached."""
        from autotrain_tui.tui.panes.machine_pane import MachinePane, MachineStrip
        from autotrain_tui.tui.panes.stage_detail import StageDetail
        from autotrain_tui.tui.screens.run.run_curves import RunCurves

        panes, left, foot = (self._screen.query_one(place) for place in ("#panes", "#left", "#foot"))
        if not (panes.is_attached and left.is_attached and foot.is_attached):
            return False
        self._detail = StageDetail(id="detail", classes="pane")
        below = CurvePane(id="curve", classes="pane")
        self._single = (self._screen.query_one("#headline", CurvePane), below)
        self._several = RunCurves(id="curves")
        self._gauges = (MachinePane(id="machine", classes="pane"), MachineStrip(id="strip"))
        async with self._screen.batch():
            # all begun before any is waited for: the screen may be left meanwhile
            begun = (
                left.mount(PlainContainer(self._detail, below, self._gauges[0], id="lower")),
                foot.mount(self._gauges[1]),
                panes.mount(self._several),
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
        sample, place, remark = machine.sample, "", ""
        nodes = machine.nodes.get(stage, ()) if stage is not None else ()
        for node in reversed(nodes):
            if node.sample is None:
                remark = f"{node.name}: {node.why}"
            else:
                sample, curves, place = node.sample, node.curves, node.name
        if sum(node.sample is not None for node in nodes) < 2:
            nodes = ()
        for pane in self._gauges:
            if pane.is_mounted:
                pane.show(sample, curves, stage, place=place, remark=remark, nodes=nodes)

    def show_curves(self) -> None:
        """New readings: the headline's curve in its place, in a wide window as many as fit."""
        view, curves = self._host.view, self._host.curves
        if view is None or self._several is None:
            return
        names = curves.names(view)
        colours = metric_colours(names)
        self._screen.query_one(LogTiles).know_metrics(colours)
        pictures = [
            partial(curves.frame, view, frame, with_colours(frame, colours, colours.get(frame[0], "curve-1")))
            for frame in _frames(view.session.metric_name, names)
        ] or [partial(Picture, "Metric", empty=_NO_METRIC)]
        for pane in self._single:
            if pane.is_mounted and pane.display:
                pane.show(pictures[0]())
        if self._several.is_mounted:
            self._several.show(pictures)


def _frames(headline: str | None, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The metrics of each frame: the headline with what belongs to it, then the others in their order."""
    shown: set[str] = set()
    for name in (*((headline,) if headline is not None else ()), *names):
        if name not in shown:
            frame = (name, *partners(name, names))
            shown.update(frame)
            yield frame
