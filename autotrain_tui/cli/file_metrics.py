"""`metrics FILE`: what is read of a log or of a file of metrics that belongs to no session."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.errors import UsageError
from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.metrics.files.run_folder import RunFiles, find_runs
from autotrain_tui.metrics.held_out_tracker import HeldOutTracker
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.metrics.parsing.series_kinds import KINDS, series_kind
from autotrain_tui.text import format as fmt
from autotrain_tui.text.binary_data import is_binary
from autotrain_tui.text.metric_goal import usual_goal
from autotrain_tui.text.sanitize import sanitize

__all__ = ["print_file_metrics"]

_BLOCK = 1 << 18
_AT_ONCE = 4096

_Row = tuple[float, float, int | None, float | None]


def print_file_metrics(path: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Print every series. Raises UsageError if it can't be read, or is no text."""
    found: dict[str, _Points] = {}
    tracker, kind = HeldOutTracker(), "log"
    try:
        if _is_metric_file(path):
            run = find_runs(path)[0][0]
            kind, readings = run.kind, _of_run(run)
        else:
            readings = _of_log(path)
        for number, (reading, wall) in enumerate(readings):
            tracker.feed(reading, float(number))
            points = found.get(reading.name)
            if points is None:
                points = found[reading.name] = _Points(reading.name)
            points.add(reading, wall)
    except OSError as error:
        raise UsageError(f"cannot read {sanitize(str(path))}: {error.strerror}") from error
    shown = [points.complete() for name, points in found.items() if not names or name in names]
    passed = tracker.find()
    if as_json:
        write_json(_document(path, kind, shown, passed.text if passed is not None else None))
    else:
        _print(path, shown)
        if passed is not None:
            print(f"\n{sanitize(passed.text)}")
    return 0


class _Points:
    """A series in the making: points are added to it many at a time."""

    def __init__(self, name: str) -> None:
        self._series, self._rows, self._last = Series(name), list[_Row](), 0.0

    def add(self, reading: Reading, wall: float) -> None:
        """One more point; times never go back."""
        self._last = max(self._last, wall)
        self._rows.append((reading.value, self._last, reading.step, reading.epoch))
        if len(self._rows) >= _AT_ONCE:
            self.complete()

    def complete(self) -> Series:
        """The series with all points so far."""
        if self._rows:
            self._series.extend(*zip(*self._rows, strict=True))
            self._rows.clear()
        return self._series


def _is_metric_file(path: Path) -> bool:
    return "tfevents" in path.name or path.suffix.lower() in (".csv", ".tsv", ".wandb")


def _of_log(path: Path) -> Iterator[tuple[Reading, float]]:
    """The readings of a log; it has no times of its own that can be trusted."""
    reader = LogReader()
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        block = file.read(_BLOCK)
        if is_binary(block):
            raise UsageError(f"{sanitize(str(path))}: is no text; metrics reads logs, event files, CSV and .wandb")
        while block:
            yield from ((event, 0.0) for event in reader.feed(block) if isinstance(event, Reading))
            block = file.read(_BLOCK)
    yield from ((event, 0.0) for event in reader.finish() if isinstance(event, Reading))


def _of_run(run: RunFiles) -> Iterator[tuple[Reading, float]]:
    for points in run.points():
        for point in points:
            if abs(point.value) < float("inf"):
                yield Reading(point.name, point.value, point.step, point.epoch), point.wall or 0.0


def _document(path: Path, kind: str, shown: Sequence[Series], passed: str | None) -> bytes:
    series = [
        {
            "stage": None,
            "attempt": None,
            "name": one.name,
            "kind": series_kind(one.name),
            "axis": one.axis,
            "points": [(x, y, None) for x, y in zip(one.xs(), one.ys, strict=True)],
            "offset": 0.0,
            "superseded_from": None,
        }
        for one in shown
    ]
    document = {"version": 1, "session": None, "file": str(path), "read_as": kind, "past_best": passed}
    return msgspec.json.encode({**document, "series": series, "sampled": []}) + b"\n"


def _print(path: Path, shown: Sequence[Series]) -> None:
    if not shown:
        text = "no metrics were read; what was left out and why says: autotrain-tui metrics --explain"
        print(f"{sanitize(str(path))}: {text} {sanitize(str(path))}")
        return
    rows = [
        [
            sanitize(one.name),
            fmt.value(one.last),
            *_best(one),
            fmt.value(one.low),
            fmt.value(one.high),
            fmt.count(len(one)),
            one.axis,
        ]
        for one in sorted(shown, key=lambda one: KINDS.index(series_kind(one.name)))
    ]
    head = ["METRIC", "LAST", "BEST", "WHERE", "MIN", "MAX", "POINTS", "AXIS"]
    print_table(head, rows, right=(1, 2, 4, 5, 6), shrinks=(0,))


def _best(series: Series) -> tuple[str, str]:
    """The best value and its place, of a metric whose goal its name says."""
    goal = usual_goal(series.name)
    at = series.best_index(goal) if goal is not None else None
    return ("", "") if at is None else (fmt.value(series.ys[at]), fmt.place(*series.place(at)))
