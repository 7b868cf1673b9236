"""A session's metrics as series of points, from what the runner recorded and from each attempt's final numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.readings_file import ReadingsTail, Row
from autotrain_tui.metrics.curves.sampled_readings import Sampled, readings_of, sampled_in
from autotrain_tui.metrics.curves.series import Series as Curve
from autotrain_tui.metrics.parsing.series_kinds import series_kind
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.clock import from_iso, iso

__all__ = ["Axis", "MetricSeries", "Point", "metrics_json", "sampled_of", "series_of"]

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
    offset: float = 0.0
    """What is added to each x for one line over all attempts: a resumed program may count from its start again."""
    superseded_from: float | None = None
    """Points from this x on were repeated by a later attempt and count no more."""


def metrics_json(view: View, selected: list[MetricSeries]) -> bytes:
    """The document of `metrics --json` (DESIGN section 10), as JSON in one line."""
    document = {
        "version": 1,
        "session": view.folder.id,
        "series": [
            {
                "stage": series.stage,
                "attempt": series.attempt,
                "name": series.name,
                "kind": series_kind(series.name),
                "axis": series.axis,
                "points": series.points,
                "offset": series.offset,
                "superseded_from": series.superseded_from,
            }
            for series in selected
        ],
        "sampled": [
            {"stage": stage, "attempt": number, "skipped_bytes": found.skipped_bytes, "reason": found.reason}
            for stage, number, found in sampled_of(view)
        ],
    }
    return msgspec.json.encode(document) + b"\n"


def series_of(view: View, stage: str | None = None) -> Iterator[MetricSeries]:
    """Every series of the session, or of one stage, in the order of stages, attempts and first appearance."""
    for each in view.session.every_stage:
        if stage is None or each.name == stage:
            yield from _of_stage(view, each)


def sampled_of(view: View) -> list[tuple[str, int, Sampled]]:
    """Stage, attempt and what is missing, for each attempt whose readings are only a sample of its log's."""
    return [
        (stage.name, attempt.number, found)
        for stage in view.session.every_stage
        for attempt in stage.attempts
        if (found := sampled_in(view.folder.at(attempt.folder).path)) is not None
    ]


def _of_stage(view: View, stage: Stage) -> list[MetricSeries]:
    found: list[MetricSeries] = []
    line = StageCurves()
    for attempt in stage.attempts:
        rows = ReadingsTail(readings_of(view.folder.at(attempt.folder).path)).poll()
        line.begin_attempt(resumed=attempt.resume)
        line.extend(rows)
        found = [_superseded(series, line) for series in found]
        found += _of_attempt(stage, attempt, rows, line)
    return found


def _superseded(series: MetricSeries, line: StageCurves) -> MetricSeries:
    """An earlier attempt's series, told from where on the newest attempt repeats it."""
    place = line.repeated_from(series.name, series.axis)
    if place is None or not series.points or series.points[-1][0] + series.offset < place:
        return series
    begin = place - series.offset
    if series.superseded_from is not None:
        begin = min(begin, series.superseded_from)
    return replace(series, superseded_from=max(begin, series.points[0][0]))


def _of_attempt(stage: Stage, attempt: Attempt, read: list[Row], line: StageCurves) -> Iterator[MetricSeries]:
    rows: dict[str, list[Row]] = {}
    for row in read:
        rows.setdefault(row[1], []).append(row)
    began = from_iso(attempt.started)
    ended = attempt.end.time if attempt.end is not None else None
    for name, found in rows.items():
        axis, points = _points(name, found, began)
        final = attempt.metrics.get(name)
        if final is not None and final != found[-1][2]:
            # the result file has more digits than the log
            points.append((points[-1][0] if axis != "index" else len(points), final, ended))
        joint = line.joints.get(name)
        yield MetricSeries(
            stage.name, attempt.number, name, axis, tuple(points), joint.offset if joint is not None else 0.0
        )
    for name, value in attempt.metrics.items():
        if name not in rows:
            yield MetricSeries(stage.name, attempt.number, name, "index", ((0, value, ended),))


def _points(name: str, rows: list[Row], began: float | None) -> tuple[Axis, list[Point]]:
    """The points over the same axis as in the charts."""
    times, _, values, steps, epochs = zip(*rows, strict=True)
    curve = Curve(name)
    curve.extend(values, times, steps, epochs)
    moments = [iso(began + seconds) for seconds in times] if began is not None else [None] * len(rows)
    return curve.axis, list(zip(curve.xs(), values, moments, strict=True))
