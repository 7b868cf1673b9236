"""A session's metrics as series of points, from what the runner recorded and from each attempt's final numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from autotrain_tui.metrics.curves.readings_file import ReadingsTail, Row
from autotrain_tui.metrics.curves.series import Series as Curve
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.clock import from_iso, iso

__all__ = ["Axis", "MetricSeries", "Point", "series_of"]

Axis = Literal["step", "epoch", "index"]

Point = tuple[float, float, str | None]
"""x on the series' axis, the value, and the time it was read (ISO 8601 UTC)."""


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One metric of one attempt, in the order read."""

    stage: str
    attempt: int
    name: str
    axis: Axis
    points: tuple[Point, ...]


def series_of(view: View, stage: str | None = None) -> Iterator[MetricSeries]:
    """Every series of the session, or of one stage, in the order of stages, attempts and first appearance."""
    for each in view.session.stages:
        if stage is None or each.name == stage:
            for attempt in each.attempts:
                yield from _of_attempt(view, each, attempt)


def _of_attempt(view: View, stage: Stage, attempt: Attempt) -> Iterator[MetricSeries]:
    rows: dict[str, list[Row]] = {}
    for row in ReadingsTail(view.folder.at(attempt.folder).readings).poll():
        rows.setdefault(row[1], []).append(row)
    began = from_iso(attempt.started)
    ended = attempt.end.time if attempt.end is not None else None
    for name, found in rows.items():
        axis, points = _points(name, found, began)
        final = attempt.metrics.get(name)
        if final is not None and final != found[-1][2]:
            # the result file knows it to more digits than the log printed
            points.append((points[-1][0] if axis != "index" else len(points), final, ended))
        yield MetricSeries(stage.name, attempt.number, name, axis, tuple(points))
    for name, value in attempt.metrics.items():
        if name not in rows:
            yield MetricSeries(stage.name, attempt.number, name, "index", ((0, value, ended),))


def _points(name: str, rows: list[Row], began: float | None) -> tuple[Axis, list[Point]]:
    """The points over the axis that they are drawn over as well."""
    times, _, values, steps, epochs = zip(*rows, strict=True)
    curve = Curve(name)
    curve.extend(values, times, steps, epochs)
    moments = [iso(began + seconds) for seconds in times] if began is not None else [None] * len(rows)
    return curve.axis, list(zip(curve.xs(), values, moments, strict=True))
