"""The logs of a distributed attempt as the Run screen offers them: what the engine printed, then each rank's."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from autotrain_tui.errors import RecordsError
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt
from autotrain_tui.session.records.folder import AttemptFolder
from autotrain_tui.session.records.rank_files import logged_ranks, read_ranks, shown_log
from autotrain_tui.text.sanitize import sanitize

__all__ = ["AGENT", "RankLog", "first_log", "rank_logs"]

AGENT = "agent"
"""The choice of the engine's own log, as `logs --rank agent` names it."""


class RankLog(NamedTuple):
    """One log: `choice` is the rank's number or AGENT, `name` stands in front of its lines in the merged view."""

    choice: str
    name: str
    title: str
    path: str
    failed: bool = False
    """Is it the rank that failed first?"""


def rank_logs(view: View, attempt: Attempt) -> list[RankLog]:
    """The engine's log, then those of ranks in order; none if the attempt is one process, or no rank has a log."""
    folder = _folder(view, attempt)
    ranks = logged_ranks(folder.path) if folder is not None else []
    if folder is None or not ranks:
        return []
    failed = attempt.end.failed_rank if attempt.end is not None else None
    nodes = _nodes(str(folder.path), os.stat(folder.ranks).st_mtime_ns)
    several = len(set(nodes.values())) > 1
    found = [RankLog(AGENT, AGENT, f"{sanitize(attempt.engine)} itself", str(folder.log))]
    for rank in ranks:
        node = nodes.get(rank, "") if several else ""
        name = f"{node}:{rank}" if node else f"rank {rank}"
        title = f"rank {rank}" + (f" on {node}" if node else "") + (", failed first" if rank == failed else "")
        found.append(RankLog(str(rank), name, title, str(folder.rank_log(rank)), rank == failed))
    return found


def first_log(view: View, attempt: Attempt, logs: list[RankLog], choice: str | None) -> RankLog:
    """The log that is shown: the chosen one, else of the rank that failed first, else of rank 0, else the engine's."""
    folder = _folder(view, attempt)
    if choice not in {log.choice for log in logs}:
        choice = None
    if folder is None:
        return logs[0]
    failed = attempt.end.failed_rank if attempt.end is not None else None
    path = str(shown_log(folder, failed, choice))
    return next((log for log in logs if log.path == path), logs[0])


def _folder(view: View, attempt: Attempt) -> AttemptFolder | None:
    if not attempt.engine:
        return None
    try:
        return view.folder.at(attempt.folder)
    except RecordsError:
        return None


@lru_cache(maxsize=8)
def _nodes(attempt: str, changed: int) -> dict[int, str]:  # noqa: ARG001  a rank that registers changes its folder
    """The node of each rank that has registered."""
    return {record.rank: sanitize(record.node) for record in read_ranks(Path(attempt))}
