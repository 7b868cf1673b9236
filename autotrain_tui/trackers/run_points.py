"""A stage's attempts as runs of a tracker, and the points of each: one line a metric, superseded points left out.

An attempt that resumes goes on in the run of the attempt before it; one that starts from scratch begins a new run.
Where an attempt's points belong is what the charts decide (`metrics.curves`): repeated points replace the old ones,
and those of a program that counts from its start again are moved behind the old ones.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Sequence

from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.metrics.curves.sampled_readings import readings_of
from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.trackers.target import MetricPoints

__all__ = ["attempts_by_run", "points_by_attempt", "run_name"]


def attempts_by_run(stage: Stage) -> list[list[Attempt]]:
    """The stage's attempts, those of one run together, in order."""
    runs: list[list[Attempt]] = []
    for attempt in stage.attempts:
        if attempt.resume and runs:
            runs[-1].append(attempt)
        else:
            runs.append([attempt])
    return runs


def run_name(stage: Stage, attempts: Sequence[Attempt]) -> str:
    """The run's name: the stage's; of a retry from scratch with the number of its first attempt.

    A stage's name cannot contain `@`, so that no two runs have one name.
    """
    first = attempts[0].number
    return stage.name if stage.attempts[0].number == first else f"{stage.name}@attempt-{first}"


def points_by_attempt(folder: SessionFolder, attempts: Sequence[Attempt]) -> list[list[MetricPoints]]:
    """The points of each attempt of a run. Raises OSError if a readings file cannot be read."""
    line = StageCurves()
    begins: list[float] = []
    places: list[dict[str, int]] = []
    for attempt in attempts:
        begins.append(line.end)
        before = {name: (len(series), series.version) for name, series in line.series.items()}
        line.begin_attempt(resumed=attempt.resume)
        for columns in ReadingsTail(readings_of(folder.at(attempt.folder).path), insists=True).columns():
            line.extend_columns(columns)
        places.append({name: _first_of_attempt(line.series[name], begins[-1], *old) for name, old in before.items()})
    found: list[list[MetricPoints]] = [[] for _ in attempts]
    for name, series in line.series.items():
        firsts = [at.get(name, 0) for at in places]
        for number in range(len(firsts) - 2, -1, -1):  # a later attempt may have taken back what several wrote
            firsts[number] = min(firsts[number], firsts[number + 1] if name in places[number + 1] else 0)
        _share(
            series, [*firsts, len(series)], [_wall_shift(*pair) for pair in zip(attempts, begins, strict=True)], found
        )
    return found


def _first_of_attempt(series: Series, begin: float, length: int, version: int) -> int:
    """The index of the newest attempt's first point: behind the old ones, or where those were taken back."""
    return length if series.version == version else bisect_left(series.ts, begin)


def _wall_shift(attempt: Attempt, begin: float) -> float:
    """What is added to a point's time on the line for its wall-clock time."""
    return (from_iso(attempt.started) or 0.0) - begin


def _share(series: Series, firsts: list[int], shifts: list[float], found: list[list[MetricPoints]]) -> None:
    """Give each attempt its part of a line; of several points at one step the last one counts."""
    steps = _steps(series)
    repeats = any(map(operator.ge, steps, steps[1:]))
    for number, shift in enumerate(shifts):
        begin, end = firsts[number], firsts[number + 1]
        if begin >= end:
            continue
        points = steps[begin:end], [time + shift for time in series.ts[begin:end]], series.ys[begin:end]
        if repeats:
            kept = [at for at in range(begin, end) if at + 1 == len(steps) or steps[at] < steps[at + 1]]
            points = tuple([column[at - begin] for at in kept] for column in points)  # type: ignore[assignment]
        if points[0]:
            found[number].append(MetricPoints(series.name, *points))


def _steps(series: Series) -> list[int]:
    """Whole numbers that never go back: steps, epochs if each has one point at most, else the points counted."""
    if series.axis == "step":
        return list(map(int, series.xs()))
    if series.axis == "epoch":
        epochs = list(map(int, series.xs()))
        if all(map(operator.eq, epochs, series.xs())) and all(map(operator.lt, epochs, epochs[1:])):
            return epochs
    return list(range(len(series)))
