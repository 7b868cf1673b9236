"""TensorBoard as a target of the follower: event files that grow while the session runs.

A new file is begun for each attempt, and when points that were sent do not count any more: the START mark at its head
makes TensorBoard drop all points from a step on, and those of them that count are written again behind it. Also after
a follower was killed between a write and its record: what the file holds beyond that record is dropped the same way.
"""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from autotrain_tui.trackers.event_folder import Tags, file_name, make_run_folder
from autotrain_tui.trackers.event_writer import EventWriter
from autotrain_tui.trackers.run_texts import run_texts
from autotrain_tui.trackers.target import Batch, MetricPoints, Place, TargetDownError, TrackedRun

__all__ = ["TensorboardTarget"]

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_FILES = 9999
_NO_TEXTS: Mapping[str, str] = MappingProxyType({})


class TensorboardTarget:
    """Writes runs below a folder. `memory` of a run: its newest file and how far that is written."""

    most_points = 65_536
    drops_replaced = True

    def __init__(self, place: Place) -> None:
        named = str(place.settings.get("folder", ""))
        self._folder = Path(place.project) / named if named else place.folder / "tensorboard"
        self._session = place.session
        self._tags: dict[str, Tags] = {}

    @property
    def to(self) -> str:
        """The folder for `tensorboard --logdir`."""
        return str(self._folder)

    def begin(self, run: TrackedRun) -> None:
        """Make the run's folder. Raises RefusedError if another program writes there."""
        with _disk_errors():
            make_run_folder(self._place(run))

    def send(self, run: TrackedRun, batch: Batch) -> None:
        """Append the points."""
        whole = self._whole(run)
        if whole and batch.replaces is None and self._newest(run) is not None:
            self._write(run, batch.points)
            return
        drops = [] if batch.replaces is None else [batch.replaces]
        if not whole:
            drops.append(min(series.steps[0] for series in batch.points))
        again = _before(batch.counted_from(min(drops)), batch.points) if drops else []
        self._write(run, [*again, *batch.points], start=min(drops, default=_next_step(run)))

    def end(self, run: TrackedRun) -> None:
        """Write how the attempt ended, and its results."""
        appends = self._newest(run) is not None and self._whole(run)
        self._write(run, (), run_texts({}, {}, run.about, run.results), start=None if appends else _next_step(run))

    def close(self) -> None:
        """Nothing is held open."""

    def _place(self, run: TrackedRun) -> Path:
        return self._folder / self._session / run.name

    def _newest(self, run: TrackedRun) -> Path | None:
        """The run's newest file; None if this attempt has none yet."""
        if run.memory.get("attempt") != str(run.attempt):
            return None
        return self._place(run) / run.memory["file"]

    def _whole(self, run: TrackedRun) -> bool:
        """Whether nothing was written beyond the record: no follower was killed between a write and its record."""
        newest = self._newest(run)
        with _disk_errors():
            try:
                return not self._name(run, 1).exists() and (
                    newest is None or newest.stat().st_size == int(run.memory["bytes"])
                )
            except FileNotFoundError:
                return False

    def _name(self, run: TrackedRun, further: int) -> Path:
        """The name of the attempt's file that would be `further` behind its newest."""
        part = int(run.memory["part"]) + further if self._newest(run) is not None else further - 1
        second = max(int(run.memory.get("second", 0)), int(run.started))  # a clock may have been set back
        return self._place(run) / file_name(second, run.attempt, part)

    def _write(
        self,
        run: TrackedRun,
        points: Sequence[MetricPoints],
        texts: Mapping[str, str] = _NO_TEXTS,
        start: int | None = None,
    ) -> None:
        """Append to the newest file; with `start`, to a new one whose START mark drops all from that step on."""
        with _disk_errors():
            if start is None:
                path = self._place(run) / run.memory["file"]
                descriptor, before = os.open(path, _APPEND), int(run.memory["bytes"])
            else:
                path = self._new_path(run)
                descriptor, before = os.open(path, _APPEND | os.O_CREAT | os.O_EXCL, 0o600), 0
            try:
                writer = EventWriter(descriptor)
                if start is not None:
                    writer.begin_file(run.started, start)
                    texts = {**run_texts(run.session, run.parameters, {}, {}), **texts}
                self._fill(writer, run, points, texts)
            except OSError:
                with contextlib.suppress(OSError):  # no room: what was half written must not stay
                    os.ftruncate(descriptor, before) if before else path.unlink()
                raise
            finally:
                os.close(descriptor)
        self._remember(run, path, points)

    def _fill(
        self, writer: EventWriter, run: TrackedRun, points: Iterable[MetricPoints], texts: Mapping[str, str]
    ) -> None:
        for tag, text in texts.items():
            writer.text(tag, run.attempt, run.ended or run.started, text)
        tags = self._tags.setdefault(run.name, Tags())
        for series in points:
            writer.scalars(tags.of(series.name), series.steps, series.wall_times, series.values)
        writer.flush()

    def _new_path(self, run: TrackedRun) -> Path:
        """A name that no file has; those between were begun by a follower that was killed."""
        for further in range(1, _MOST_FILES):
            path = self._name(run, further)
            if not path.exists():
                return path
        raise TargetDownError(f"{self._place(run)}: has too many event files of attempt {run.attempt}")

    def _remember(self, run: TrackedRun, path: Path, points: Iterable[MetricPoints]) -> None:
        part = path.name.rpartition("attempt-")[2].partition(".")[2]
        highest = max((series.steps[-1] + 1 for series in points), default=0)
        run.memory |= {
            "attempt": str(run.attempt),
            "file": path.name,
            "part": str(int(part or 0)),
            "second": path.name.split(".")[3],
            "bytes": str(path.stat().st_size),
            "next": str(max(highest, run.attempt + 1, int(run.memory.get("next", 0)))),
        }


def _before(again: Sequence[MetricPoints], points: Sequence[MetricPoints]) -> list[MetricPoints]:
    """What of `again` lies before the new points of its metric."""
    firsts = {series.name: series.steps[0] for series in points}
    kept = []
    for series in again:
        end = bisect_left(series.steps, firsts.get(series.name, series.steps[-1] + 1))
        if end:
            kept.append(MetricPoints(series.name, series.steps[:end], series.wall_times[:end], series.values[:end]))
    return kept


def _next_step(run: TrackedRun) -> int:
    """Behind all that the run's files have: a START mark with it drops nothing."""
    return int(run.memory["next"]) if run.memory else 0


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Turns a failing disk into a target that is down."""
    try:
        yield
    except OSError as error:
        raise TargetDownError(f"{error.filename or 'the folder'}: {error.strerror or error}") from error
