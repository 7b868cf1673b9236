"""The headline metric's values of a stage as recorded, for strategies that look at its trend."""

from __future__ import annotations

from autotrain_tui.metrics.curves.readings_file import load_values
from autotrain_tui.metrics.curves.sampled_readings import readings_of
from autotrain_tui.plan.model import Metric
from autotrain_tui.session.journal.state import Session, Stage
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["headline_of", "headline_series"]


def headline_of(session: Session) -> Metric | None:
    """The session's headline metric as it is now: the plan's, a person's, or the one that was chosen."""
    if session.metric_name is None:
        return None
    return Metric(session.metric_name, "max" if session.metric_goal == "max" else "min")


def headline_series(folder: SessionFolder, stage: Stage, metric: Metric | None) -> list[float]:
    """The values in the order read, over all attempts of the stage."""
    if metric is None:
        return []
    return [
        value
        for attempt in stage.attempts
        for value in load_values(readings_of(folder.at(attempt.folder).path), metric.name)
    ]
