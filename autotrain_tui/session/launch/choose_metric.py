"""A headline metric for a session without a runner."""

from __future__ import annotations

from autotrain_tui.errors import UsageError
from autotrain_tui.session.journal.events import MetricChosen
from autotrain_tui.session.launch.journal_under_lock import journal_under_lock
from autotrain_tui.session.records.command_file import new_command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.metric_goal import metric_choice

__all__ = ["choose_metric"]


def choose_metric(folder: SessionFolder, name: str, goal: str, reason: str = "") -> None:
    """Journal a person's choice and write the summary again.

    Raises UsageError for a goal that is none, and as `journal_under_lock`.
    """
    if goal not in ("max", "min"):
        raise UsageError(f"metric: expected the goal max or min, got {goal[:20]!r}")
    name, checked = metric_choice(f"{name}:{goal}")
    by = new_command("metric", folder).by
    journal_under_lock(folder, lambda _session: MetricChosen(name=name, goal=checked, reason=reason, by=by))
