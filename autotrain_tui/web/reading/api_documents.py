"""The documents of the API: byte for byte what `ls`, `show`, `metrics`, `compare` and `plan` print with `--json`.

All of these block, for the time of reading files: they are called in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.names import shown
from autotrain_tui.session.history.comparison import comparison
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.history.index import Index
from autotrain_tui.session.history.list_row import ListRow
from autotrain_tui.session.history.listing import list_rows, listing_json
from autotrain_tui.session.history.metric_points import metrics_json, series_of
from autotrain_tui.session.history.search_query import QueryError, matcher
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder

__all__ = [
    "MOST_COMPARED",
    "comparison_of",
    "metrics_of",
    "plan_named",
    "session_document",
    "sessions_listed",
    "sessions_matching",
]

MOST_COMPARED = 8


def sessions_matching(sessions: Path, query: str, most: int | None = None) -> list[ListRow]:
    """The rows that match a query, newest first; those that cannot be read are left out. Raises UsageError."""
    try:
        wanted = matcher(query) if query.strip() else None
    except QueryError as error:
        raise UsageError(str(error)) from None
    rows: list[ListRow] = []
    for _, row in list_rows(str(sessions), None if wanted is not None else most):
        if isinstance(row, ListRow) and (wanted is None or wanted(row.row)):
            rows.append(row)
            if len(rows) == most:
                break
    return rows


def sessions_listed(sessions: Path, query: str, most: int | None) -> bytes:
    """`ls --json`, of those that match a query."""
    return listing_json(sessions_matching(sessions, query, most)).encode(errors="replace")


def session_document(folder: SessionFolder) -> bytes:
    """`show --json`."""
    document = Index(str(folder.path.parent)).document(folder.id) or show(load_view(folder))
    return _line(document)


def metrics_of(folder: SessionFolder, stage: str | None, names: Sequence[str]) -> bytes:
    """`metrics --json`, of one stage and some metrics if they are named."""
    view = load_view(folder)
    if stage is not None and view.session.stage(stage) is None:
        raise UsageError(f"session {folder.id} has no stage {shown(stage)}")
    return metrics_json(view, [series for series in series_of(view, stage) if not names or series.name in names])


def comparison_of(folders: Sequence[SessionFolder]) -> bytes:
    """`compare --json`. Raises UsageError for fewer than two sessions, or too many."""
    different = list({folder.path: folder for folder in folders}.values())
    if not 2 <= len(different) <= MOST_COMPARED:
        raise UsageError(f"compare: expected 2 to {MOST_COMPARED} different sessions, got {len(different)}")
    return _line(comparison([show(load_view(folder)) for folder in different]))


def plan_named(project: Path | None, sessions: Path, name: str) -> bytes:
    """`plan NAME --json`, of a plan in `stages/`. Raises UsageError, PlanError."""
    if "/" in name or name.endswith(".toml") or name.startswith("."):
        raise UsageError("expected the name of a plan in stages/")
    # a fifth of the server's start, for what few ask for
    from autotrain_tui.plan.loading.find import pick_plan
    from autotrain_tui.plan.loading.load import load_plan
    from autotrain_tui.plan.loading.overrides import Overrides
    from autotrain_tui.session.launch.plan_document import plan_document
    from autotrain_tui.session.launch.prepare import prepare

    plan = load_plan(pick_plan(project, name))
    root = project if project is not None else sessions.parent
    return _line(plan_document(prepare(plan, Overrides(), root=root, sessions=sessions)))


def _line(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False) + "\n").encode(errors="replace")
