"""The values of one session's metrics, for its row in History: read from its records. It blocks: called in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import msgspec

from autotrain_tui.errors import RecordsError
from autotrain_tui.metrics.curves.readings_file import load_values
from autotrain_tui.metrics.curves.sampled_readings import readings_of
from autotrain_tui.session.history.headline import stage_metrics
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.text.metric_goal import usual_goal

__all__ = ["TREND_CELLS", "SessionValues", "session_values"]

TREND_CELLS = 8
_LARGEST_READINGS = 1 << 20


class SessionValues(msgspec.Struct, frozen=True):
    """`trend`: the headline's values for a little curve. `metrics`: the best value of each metric whose goal is known,
    the last one of each other.
    """

    trend: tuple[float, ...] = ()
    metrics: Mapping[str, float] = {}


def session_values(folder: SessionFolder) -> SessionValues:
    """What was read of the session's metrics; nothing if its records can't be read."""
    try:
        view = load_view(folder)
        return SessionValues(_trend(view), _metrics(view))
    except (RecordsError, OSError):
        return SessionValues()


def _trend(view: View) -> tuple[float, ...]:
    """The headline metric over the session: what was read where that is little, else one value a stage."""
    name = view.session.metric_name
    if name is None:
        return ()
    attempts = [stage.attempts[-1] for stage in view.session.stages if stage.attempts]
    ends = tuple(attempt.metrics[name] for attempt in attempts if name in attempt.metrics)
    if len(ends) > 2:
        return ends
    paths = [readings_of(view.folder.at(attempt.folder).path) for attempt in attempts]
    values = [
        value
        for path in paths
        if path.exists() and path.stat().st_size < _LARGEST_READINGS
        for value in load_values(path, name)
    ]
    step = max(1, len(values) // TREND_CELLS)
    return tuple(islice(values, step - 1, None, step)) or ends


def _metrics(view: View) -> dict[str, float]:
    found: dict[str, float] = {}
    for stage in view.session.every_stage:
        known = [(name, value) for name, value in stage_metrics(view, stage).items()]
        known += [(name, value) for each in stage.attempts for name, pair in each.ranges.items() for value in pair]
        for name, value in known:
            goal = view.session.metric_goal if name == view.session.metric_name else usual_goal(name)
            before = found.get(name)
            if before is None or goal is None:
                found[name] = value
            else:
                found[name] = max(before, value) if goal == "max" else min(before, value)
    return found
