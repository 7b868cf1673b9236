"""Who gets a signal of a distributed attempt: its engine, or each of its ranks.

torchrun passes TERM, INT and HUP on to its ranks and kills them after 30 s; USR1 ends it and leaves the ranks alive;
mpirun gives them a second. So only a stop order that torchrun can carry out goes to the engine; everything else goes to
the ranks, as they registered (`runner/rank.py`), if they live in the attempt's own tree.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

from autotrain_tui.runner.processes.process_scan import Tree
from autotrain_tui.session.records.attempt_files import Spec, read_record
from autotrain_tui.session.records.process_identity import Identity
from autotrain_tui.session.records.rank_files import read_ranks

__all__ = ["RankSignals"]

TORCHRUN_GRACE: Final = 30.0
"""Seconds from the signal to torchrun's KILL (torch 2.13, `PContext.close`); not configurable."""

PASSED_ON: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


class RankSignals:
    """The living ranks of one attempt on this machine."""

    def __init__(self, folder: Path, tree: Tree) -> None:
        spec = read_record(folder, Spec).record
        self.engine = spec.engine if spec is not None else ""
        """What starts the ranks; empty if the attempt is one process."""
        self._folder, self._tree = folder, tree
        self._known: dict[int, Identity] = {}

    def living(self) -> list[Identity]:
        """The registered ranks that are in the attempt's tree now.

        A record that cannot be read just now counts as it was read last: its rank must not miss a signal.
        """
        if not self.engine:
            return []
        self._known.update({rank.rank: rank.identity for rank in read_ranks(self._folder)})
        present = {row.identity for row in self._tree.rows()}
        return [identity for _, identity in sorted(self._known.items()) if identity in present]

    def to_stop(self, number: int, grace_seconds: float | None) -> list[Identity]:
        """The ranks that a stop order goes to; empty if it goes to the command's own process."""
        short = grace_seconds is not None and grace_seconds <= TORCHRUN_GRACE
        if self.engine == "torchrun" and short and number in PASSED_ON:
            return []
        return self.living()
