"""Restarts of a distributed attempt by its own engine: each is told once, with the rank that caused it."""

from __future__ import annotations

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.attempt.first_failure import first_failure
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.rank_files import read_ranks

__all__ = ["RankRestarts"]


class RankRestarts:
    """Looks at the ranks' records when one of them was replaced."""

    def __init__(self, folder: AttemptFolder, plan: PlanStage) -> None:
        self._folder, self._plan = folder, plan
        self._seen = -1
        self._count = 0

    def look(self) -> str:
        """What to tell of a new restart; empty if there is none."""
        if self._plan.distributed is None:
            return ""
        try:
            changed = self._folder.ranks.stat().st_mtime_ns
        except OSError:
            return ""
        if changed == self._seen:
            return ""
        first, self._seen = self._seen < 0, changed
        count = max((rank.restart for rank in read_ranks(self._folder.path)), default=0)
        before, self._count = self._count, max(count, self._count)
        if first or self._count <= before:
            return ""
        of = f" of {self._plan.distributed.max_restarts}" if self._plan.distributed.max_restarts else ""
        failure = first_failure(self._folder)
        cause = f": {failure.reason}" if failure is not None else ""
        return f"{self._plan.distributed.engine} started the ranks again ({self._count}{of}){cause}"
