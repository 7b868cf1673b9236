"""The gauges of the nodes that stages run on, as the nodes write them; with a short past of each."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autotrain_tui.gauges.history import GaugeHistory
    from autotrain_tui.gauges.sample import MachineSample

__all__ = ["NodeFeed", "ShownNode"]

_SILENT_SECONDS = 30.0
"""After so many seconds without a new sample a node says nothing any more."""


@dataclass(frozen=True)
class ShownNode:
    """One node; `why` says why its sample is None."""

    name: str
    sample: MachineSample | None = None
    curves: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    why: str = ""


class NodeFeed:
    """Reads the nodes of the stages that run as jobs. Reads files: called in a thread."""

    def __init__(self) -> None:
        self._past: dict[tuple[Path, str], tuple[float, GaugeHistory, ShownNode]] = {}

    def look(self, jobs: Mapping[str, Path]) -> dict[str, tuple[ShownNode, ...]]:
        """The nodes of each stage; `jobs` names the folders of their attempts."""
        attempts = set(jobs.values())  # a search may have thousands, one after the other
        self._past = {key: known for key, known in self._past.items() if key[0] in attempts}
        if not jobs:
            return {}
        from autotrain_tui.gauges.node_gauges import read_nodes  # few sessions have jobs

        return {
            stage: tuple(
                self._shown(folder, each.node, each.time, each.sample, each.why) for each in read_nodes(folder)
            )
            for stage, folder in jobs.items()
        }

    def _shown(self, folder: Path, name: str, taken: float, sample: MachineSample | None, why: str) -> ShownNode:
        if sample is None:
            return ShownNode(name, why=why)
        if (silent := time.time() - taken) > _SILENT_SECONDS:
            return ShownNode(name, why=f"no gauges for {silent:.0f} s")
        from autotrain_tui.gauges.history import GaugeHistory

        known = self._past.get((folder, name))
        if known is not None and known[0] == taken:
            return known[2]
        past = known[1] if known is not None else GaugeHistory()
        past.add(sample)
        curves = {gauge: [value for _, value in past.points(gauge)] for gauge in past.names()}
        shown = ShownNode(name, sample, curves)
        self._past[folder, name] = taken, past, shown
        return shown
