"""The runs in a folder of TensorBoard, of W&B offline, of Lightning's CSV logger or of ultralytics, and their points.

A run is a folder with such files. Folders below a run that are part of it (`train/`, `validation/`, those that
`add_scalars` makes) belong to it. Of files of one run that overlap, the later one counts from its first step on, as in
TensorBoard.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from autotrain_tui.metrics.files.csv_file import CsvFileTail
from autotrain_tui.metrics.files.event_points import EventFilePoints
from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.files.file_search import FileSearch
from autotrain_tui.metrics.files.known_file import is_event_file
from autotrain_tui.metrics.files.series_names import SeriesNames
from autotrain_tui.metrics.files.wandb_file import WandbFile, is_wandb_file
from autotrain_tui.metrics.parsing.metric_names import is_split_word

__all__ = ["RunFiles", "find_runs"]

_TABLES = (".csv", ".tsv")


class RunFiles:
    """One run: `name` is its folder relative to the folder that was searched, `.` for that folder itself."""

    def __init__(self, name: str, kind: str) -> None:
        """`kind`: `tensorboard`, `csv` or `wandb`."""
        self.name, self.kind = name, kind
        self.paths: list[str] = []
        self.troubles: list[str] = []
        """Sentences about what could not be read, after `points`."""

    def parameters(self) -> dict[str, str | int | float | bool]:
        """The configuration of a run of W&B; other files have none. Raises OSError."""
        if self.kind != "wandb":
            return {}
        file = WandbFile(self.paths[-1])
        for _ in file.poll():
            if file.config:
                break
        return file.config

    def points(self) -> Iterator[list[FilePoint]]:
        """All points, a block at a time, the files in the order of their names. Raises OSError."""
        names = SeriesNames()
        ends = self._ends(names) if len(self.paths) > 1 else [{}]
        for path, end in zip(self.paths, ends, strict=True):
            tail, folder = _tail(path), os.path.dirname(path)
            for points in tail.poll():
                found = []
                for point in points:
                    name = _series(names, folder, point)
                    if name and (point.step is None or point.step < end.get(name, point.step + 1)):
                        found.append(point if name == point.name else point._replace(name=name))
                if found:
                    yield found
            if tail.broken:
                self.troubles.append(f"{path}: {tail.broken}; what follows is left out")
            elif tail.skipped:
                self.troubles.append(f"{path}: {tail.skipped} damaged records or rows are left out")

    def _ends(self, names: SeriesNames) -> list[dict[str, int]]:
        """For each file, from which step on a later file has each series."""
        firsts: list[dict[str, int]] = []
        for path in self.paths:
            found: dict[str, int] = {}
            folder = os.path.dirname(path)
            for points in _tail(path).poll():
                for point in points:
                    if point.step is not None and (name := _series(names, folder, point)):
                        found[name] = min(point.step, found.get(name, point.step))
            firsts.append(found)
        ends: list[dict[str, int]] = []
        later: dict[str, int] = {}
        for found in reversed(firsts):
            ends.insert(0, dict(later))
            for name, step in found.items():
                later[name] = min(step, later.get(name, step))
        return ends


def find_runs(folder: Path | str) -> tuple[list[RunFiles], str]:
    """The runs in a folder, or of one file, in the order of their names; and a sentence if the search was cut."""
    folder = os.path.abspath(folder)
    if os.path.isfile(folder):
        run = RunFiles(".", _kind(folder))
        run.paths.append(folder)
        return [run], ""
    search = FileSearch(["**/*"], folder)
    paths = search.find(lambda path: is_event_file(path) or is_wandb_file(path) or path.endswith(_TABLES))
    has_events = {os.path.dirname(path) for path in paths if is_event_file(path)}
    runs: dict[tuple[str, str], RunFiles] = {}
    for path in sorted(paths):
        kind = _kind(path)
        if kind == "csv" and not _has_points(path):
            continue
        name = os.path.relpath(_run_of(os.path.dirname(path), folder, has_events), folder)
        runs.setdefault((name, kind), RunFiles(name, kind)).paths.append(path)
    return [runs[key] for key in sorted(runs)], search.cut


def _run_of(place: str, folder: str, has_events: set[str]) -> str:
    """The folder of the run that the files in `place` belong to."""
    while place != folder:
        above = os.path.dirname(place)
        part = is_split_word(os.path.basename(place)) or above in has_events or os.path.dirname(above) in has_events
        if not part or not above.startswith(folder):
            break
        place = above
    return place


def _series(names: SeriesNames, folder: str, point: FilePoint) -> str:
    return "" if point.name == "epoch" else names.name(folder, point.name)


def _kind(path: str) -> str:
    if is_wandb_file(path):
        return "wandb"
    return "tensorboard" if is_event_file(path) else "csv"


def _tail(path: str) -> EventFilePoints | CsvFileTail | WandbFile:
    if is_wandb_file(path):
        return WandbFile(path)
    return EventFilePoints(path) if is_event_file(path) else CsvFileTail(path)


def _has_points(path: str) -> bool:
    try:
        return any(CsvFileTail(path).poll())
    except OSError:
        return True  # it is told when it is read
