"""`import`: a read-only session from what another program left: files of TensorBoard, CSV files, offline runs of W&B.

Each run of the folder is a stage in the state `imported`, with its points in `readings.jsonl`. The files themselves are
only read. The session is finished without an outcome: how the program ended is not known.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from autotrain_tui import __version__
from autotrain_tui.errors import MachineError, RefusedError, UsageError
from autotrain_tui.metrics.curves.readings_file import ReadingsWriter, Row
from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.files.run_folder import RunFiles, find_runs
from autotrain_tui.metrics.headline_choice import MetricRanges, choose_headline
from autotrain_tui.plan.model import Metric
from autotrain_tui.session.journal.events import (
    Alert,
    AttemptImported,
    ImportSource,
    MetricChosen,
    SessionCreated,
    SessionFinished,
    StageDefinition,
)
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.records.clock import iso
from autotrain_tui.session.records.folder import SessionFolder, create_session_folder, make_private_dir
from autotrain_tui.session.records.heartbeat import ProgressFigures
from autotrain_tui.session.records.process_identity import host

__all__ = ["import_runs"]

_MOST_RUNS = 1000
_MOST_NAMES = 1 << 20
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def import_runs(source: Path, sessions: Path, *, name: str = "", metric: Metric | None = None) -> SessionFolder:
    """Make the session. `name`: instead of the folder's; `metric`: the headline, else one is chosen.

    Raises UsageError if there are no metrics in `source`, MachineError, RefusedError.
    """
    source = Path(os.path.abspath(source))
    if not source.exists():
        raise UsageError(f"{source}: expected a folder or a file with metrics, found nothing")
    runs, cut = find_runs(source)
    if not runs:
        raise UsageError(
            f"{source}: found no event files of TensorBoard, no CSV files with metrics and no offline runs of W&B"
        )
    if len(runs) > _MOST_RUNS:
        raise RefusedError(f"{source}: {len(runs)} runs are more than {_MOST_RUNS}; import folders of fewer")
    kinds = sorted({run.kind for run in runs})
    folder = create_session_folder(sessions, _as_name(name or source.name))
    try:
        journal = JournalWriter(folder.journal)
        try:
            created = _created(folder, runs, ImportSource("+".join(kinds), str(source)), metric)
            journal.append(journal.stamp(created))
            _write(journal, folder, list(zip(created.stages, runs, strict=True)), metric)
            if cut:
                journal.append(journal.stamp(Alert(kind="import", text=f"not all files were looked at: {cut}")))
            journal.append(journal.stamp(SessionFinished(outcome=None)))
        finally:
            journal.close()
    except OSError as error:
        raise MachineError(f"{error.filename or folder.path}: {error.strerror}; see {folder.path}") from error
    return folder


def _created(
    folder: SessionFolder, runs: Sequence[RunFiles], source: ImportSource, metric: Metric | None
) -> SessionCreated:
    names = _stage_names(runs, Path(source.path))
    return SessionCreated(
        id=folder.id,
        plan=folder.id.split("-", 2)[2],
        mode="imported",
        stages=[
            StageDefinition(name, index, run.name, params=dict(run.parameters()))
            for index, (name, run) in enumerate(zip(names, runs, strict=True), 1)
        ],
        host=host(),
        versions={"autotrain-tui": __version__},
        source=source,
        metric_name=metric.name if metric is not None else None,
        metric_goal=metric.goal if metric is not None else "max",
    )


def _write(
    journal: JournalWriter,
    folder: SessionFolder,
    runs: Sequence[tuple[StageDefinition, RunFiles]],
    metric: Metric | None,
) -> None:
    """Write the readings and the events of all runs, and the headline metric."""
    seen: set[str] = set()
    for stage, run in runs:
        event = _imported(folder, stage.name, stage.index, run)
        seen.update(event.metrics)
        journal.append(journal.stamp(event))
        for trouble in run.troubles:
            journal.append(journal.stamp(Alert(kind="import", stage=stage.name, text=trouble)))
    chosen = metric or choose_headline(seen, None)
    if chosen is not None:
        journal.append(
            journal.stamp(MetricChosen(name=chosen.name, goal=chosen.goal, chosen=metric is None, by="import"))
        )


def _imported(folder: SessionFolder, stage: str, index: int, run: RunFiles) -> AttemptImported:
    """Write the readings of one run; the event that tells of them."""
    make_private_dir(folder.stage(index, stage))
    attempt = folder.attempt(index, stage, 1)
    make_private_dir(attempt.path)
    writer, totals = ReadingsWriter(attempt.readings), _Totals()
    try:
        for points in run.points():
            writer.append([totals.row(point) for point in points if totals.takes(point)], 0, 0)
    finally:
        writer.close()
    return AttemptImported(
        stage=stage,
        attempt=1,
        folder=str(attempt.path.relative_to(folder.path)),
        started=iso(totals.begin) if totals.begin is not None else iso(_changed(run.paths)),
        elapsed_seconds=totals.elapsed,
        metrics=totals.last,
        ranges=totals.ranges.all,
        places=totals.ranges.all_places,
        progress=ProgressFigures(step=totals.step, epoch=totals.epoch)
        if totals.step is not None or totals.epoch is not None
        else None,
    )


class _Totals:
    """What is known of a run after all its points."""

    def __init__(self) -> None:
        self.begin: float | None = None
        """Unix seconds of the first point, if the files have times."""
        self.elapsed = 0.0
        self.last: dict[str, float] = {}
        self.ranges = MetricRanges(most=_MOST_NAMES)
        self.step: int | None = None
        self.epoch: float | None = None
        self._times: dict[str, float] = {}

    def takes(self, point: FilePoint) -> bool:
        """Only finite numbers are readings."""
        return abs(point.value) < float("inf")

    def row(self, point: FilePoint) -> Row:
        """The point as a row of readings.jsonl; the time of a series never goes back."""
        name, value, step, epoch, wall = point
        if wall is not None and self.begin is None:
            self.begin = wall
        time_of = max(self._times.get(name, 0.0), round(wall - self.begin, 3) if wall and self.begin else 0.0)
        self._times[name] = time_of
        self.elapsed = max(self.elapsed, time_of)
        self.last[name] = value
        self.ranges.see(name, value, step, epoch)
        self.step = step if self.step is None or (step is not None and step > self.step) else self.step
        self.epoch = epoch if self.epoch is None or (epoch is not None and epoch > self.epoch) else self.epoch
        return (time_of, name, value, step, epoch)


def _changed(paths: Sequence[str]) -> float:
    """When the newest of the files was changed: a CSV file has no times."""
    return max((os.stat(path).st_mtime for path in paths), default=time.time())


def _as_name(text: str) -> str:
    """A text as part of a name: only characters that names may have, at most 64."""
    return _NOT_IN_NAMES.sub("_", text).strip("._-")[:64] or "import"


def _stage_names(runs: Sequence[RunFiles], source: Path) -> list[str]:
    """A name for each run's stage, each once."""
    names: list[str] = []
    for run in runs:
        base = _as_name(source.name if run.name == "." else run.name.replace(os.sep, "_"))
        name, number = base, 2
        while name in names:
            name, number = f"{base[:58]}-{number}", number + 1
        names.append(name)
    return names
