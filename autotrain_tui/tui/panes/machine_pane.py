"""The machine: its gauges as a pane, and as a one-line strip for small windows; or the nodes of a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autotrain_tui.gauges.sample import MachineSample
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.tui.model.node_feed import ShownNode
from autotrain_tui.tui.panes.machine_lines import LEAST_ROWS, high_machine_lines, machine_lines, strip_line
from autotrain_tui.tui.panes.node_lines import node_lines, nodes_strip, nodes_title
from autotrain_tui.tui.panes.past_charts import Curves, PastCharts
from autotrain_tui.tui.widgets.line import Line, flow, line
from autotrain_tui.tui.widgets.line_widget import LineWidget

__all__ = ["Curves", "MachinePane", "MachineStrip"]


class _Gauges(LineWidget):
    """What pane and strip share: the latest sample."""

    HOLDS: ClassVar[bool] = True  # charts stand still until a column has all its samples

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.sample: MachineSample | None = None
        self.curves: Curves = {}
        self.stage: str | None = None
        self.place, self.remark = "", ""
        self.nodes: Sequence[ShownNode] = ()
        self._past = PastCharts()

    def show(
        self,
        sample: MachineSample,
        curves: Curves,
        stage: str | None,
        *,
        place: str = "",
        remark: str = "",
        nodes: Sequence[ShownNode] = (),
    ) -> None:
        """Draw this sample; `stage` names the stage whose own share is shown, `place` the machine if it is another one;
        `remark` is a sentence below the gauges. `nodes`, of a job on several of them, are drawn instead of the sample.
        """
        self.nodes = nodes
        cells = self.content_size.width - 2
        self.curves = self._past.take(sample, curves, cells, (stage, place)) if self.HOLDS else curves
        self.sample, self.stage, self.place, self.remark = sample, stage, place, remark
        self.repaint()


class MachinePane(_Gauges):
    """All gauges, framed."""

    _drawn: tuple[MachineSample, int, str | None, list[Line]] | None = None
    """The last painting, of which sample, how wide and of which stage: asked for twice, as its height is its own."""

    def frame_facts(self) -> tuple[str, str]:
        """Which machine, and how many cores it has."""
        if self.nodes:
            return nodes_title(self.nodes), sanitize(self.stage or "")
        title = sanitize(self.place) or "Machine"
        if self.sample is None or self.sample.cpu is None:
            return title, ""
        return title, f"{self.sample.cpu.count} cores"

    def wanted_height(self, width: int) -> int:
        """A line or a few for each gauge, or for each node."""
        if self.nodes:
            return len(node_lines(self.nodes, self.stage, width))
        return len(self._plain(width))

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Every gauge, with its past where there is room for it."""
        if self.nodes:
            return node_lines(self.nodes, self.stage, width, height)
        plain = self._plain(width)
        if self.sample is None or height < len(plain) + LEAST_ROWS:
            return plain
        return high_machine_lines(self.sample, self.curves, self.stage, width, height, past=self._past) or plain

    def _plain(self, width: int) -> Sequence[Line]:
        if self.sample is None:
            return (line((" measuring …", "muted")),)
        drawn = self._drawn
        if drawn is None or drawn[0] is not self.sample or drawn[1:3] != (width, self.stage):
            lines = machine_lines(self.sample, self.curves, self.stage, width)
            if self.remark:
                lines += [line(" ", *each) for each in flow(sanitize(self.remark), width - 1, "muted", 2)]
            drawn = self._drawn = self.sample, width, self.stage, lines
        return drawn[3]


class MachineStrip(_Gauges):
    """All gauges in one line."""

    def paint(self, width: int, height: int) -> Sequence[Line]:  # noqa: ARG002  one line
        """The line."""
        if self.sample is None:
            return (line((" measuring …", "muted")),)
        if self.nodes:
            return (nodes_strip(self.nodes, width),)
        return (strip_line(self.sample, self.curves, width),)
