"""Where an attempt is, and its ranks, in `show --json`."""

from __future__ import annotations

from typing import Any

from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt

__all__ = ["rank_documents"]


def rank_documents(view: View, attempt: Attempt) -> dict[str, Any]:
    """Where the attempt is; what started its ranks, how many they are, which failed first, and each as it registered.

    A rank that has a log and no record that can be read has only its number and the log.
    """
    return {
        "launcher": attempt.launcher,
        "job": attempt.job or None,
        "place": attempt.place or None,
        "engine": attempt.engine or None,
        "rank_count": attempt.ranks or None,
        "failed_rank": attempt.end.failed_rank if attempt.end is not None else None,
        "ranks": _ranks(view, attempt) if attempt.engine else [],
    }


def _ranks(view: View, attempt: Attempt) -> list[dict[str, Any]]:
    from autotrain_tui.session.records.rank_files import logged_ranks, read_ranks  # start-up: few attempts have ranks

    folder = view.folder.at(attempt.folder)
    registered = {record.rank: record for record in read_ranks(folder.path)}
    found = []
    for rank in sorted({*registered, *logged_ranks(folder.path)}):
        record = registered.get(rank)
        found.append(
            {
                "rank": rank,
                "local_rank": record.local_rank if record is not None else None,
                "node": record.node if record is not None else None,
                "pid": record.pid if record is not None else None,
                "started": record.time or None if record is not None else None,
                "restarts": record.restart if record is not None else None,
                "log": str(folder.rank_log(rank)),
            }
        )
    return found
