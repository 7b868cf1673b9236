"""Room on the disk reserved ahead of all logs of an attempt on this machine: its own, and those of its ranks.

Not of one on other machines: giving the rest back means to truncate a file to its size, which a network file system may
tell too late.
"""

from __future__ import annotations

from autotrain_tui.plan.model import PlanStage
from autotrain_tui.runner.core.disk_space import ReservedSpace
from autotrain_tui.session.records.folder import AttemptFolder

__all__ = ["LogReserve"]

_MOST_RANKS = 64
"""Ranks that have a reserve."""


class LogReserve:
    """Reserves ahead of each log, as long as processes append to it."""

    def __init__(self, plan: PlanStage, folder: AttemptFolder) -> None:
        ranks = min(plan.ranks, _MOST_RANKS)
        self._logs = [ReservedSpace(folder.log), *(ReservedSpace(folder.rank_log(rank)) for rank in range(ranks))]

    def keep(self) -> None:
        """See to it that each has room behind its end."""
        for log in self._logs:
            try:
                log.keep(log.path.stat(follow_symlinks=False).st_size)
            except OSError:
                continue  # it is not there yet, or can't be asked now

    def release(self) -> None:
        """Free it all; only when no process appends any more."""
        for log in self._logs:
            log.release()
