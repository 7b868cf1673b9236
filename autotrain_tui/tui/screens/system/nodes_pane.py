"""The nodes of the stages that run as jobs on other machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autotrain_tui.tui.model.node_feed import ShownNode
from autotrain_tui.tui.panes.machine_pane import MachinePane
from autotrain_tui.tui.panes.node_lines import node_lines, nodes_title
from autotrain_tui.tui.screens.system.arrangement import FRAME
from autotrain_tui.tui.widgets.line import Line

__all__ = ["MOST_LINES", "NodesPane"]

MOST_LINES = 9
"""Lines that the pane has at most: three nodes with all that is known of them, or more of them with less."""


class NodesPane(MachinePane):
    """A few lines for each node; the screen leaves it out if there is none."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id, classes=classes)
        self.jobs: Mapping[str, Sequence[ShownNode]] = {}

    def take(self, jobs: Mapping[str, Sequence[ShownNode]], width: int) -> None:
        """The nodes of the open session's jobs, by stage; the pane is there only if one of them says something."""
        self.jobs = {stage: nodes for stage, nodes in jobs.items() if nodes}
        self.display = bool(self.jobs)
        self.styles.height = self.lines_wanted(width) + FRAME

    def lines_wanted(self, width: int) -> int:
        """Lines that it would fill, no more than `MOST_LINES`; 0: there is no node."""
        return min(MOST_LINES, sum(len(node_lines(nodes, stage, width)) for stage, nodes in self.jobs.items()))

    def frame_facts(self) -> tuple[str, str]:
        """The stages, and how many nodes they have."""
        nodes = [node for each in self.jobs.values() for node in each]
        return "Nodes", f"{', '.join(self.jobs)} · {nodes_title(nodes)}" if nodes else ""

    def paint(self, width: int, height: int) -> Sequence[Line]:
        """Every stage's nodes one after the other, each stage with its part of the lines."""
        lines: list[Line] = []
        for left, (stage, nodes) in zip(range(len(self.jobs), 0, -1), self.jobs.items(), strict=True):
            lines += node_lines(nodes, stage, width, max(1, (height - len(lines)) // left))
        return lines
