"""A batch as rows, one for each step, for trackers that take all metrics of a step together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from autotrain_tui.trackers.target import MetricPoints

__all__ = ["StepRow", "step_rows"]


class StepRow(NamedTuple):
    """The values of one step, and the wall-clock time of the last of them."""

    step: int
    wall_time: float
    values: dict[str, float]


def step_rows(points: Iterable[MetricPoints], name_of: Callable[[str], str]) -> list[StepRow]:
    """Rows in the order of their steps; `name_of` gives the name under which a metric goes."""
    rows: dict[int, tuple[float, dict[str, float]]] = {}
    for series in points:
        name = name_of(series.name)
        for step, time, value in zip(series.steps, series.wall_times, series.values, strict=True):
            before, values = rows.get(step, (time, {}))
            values[name] = value
            rows[step] = (max(before, time), values)
    return [StepRow(step, *rows[step]) for step in sorted(rows)]
