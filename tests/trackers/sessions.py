"""Sessions made by hand whose readings grow, and a target that keeps what it is sent."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import msgspec

from autotrain_tui.metrics.curves.readings_file import ReadingsWriter
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.trackers.target import Batch, TrackedRun
from autotrain_tui.trackers.track_follower import Follower
from tests.cli.project import created, finished, hand_made, ran, runner_started

Points = list[tuple[int, float]]


class Growing:
    """A session of one stage `one` that is written step by step, as a runner would."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder: SessionFolder = hand_made(tmp_path / "sessions", [created("one"), runner_started()])
        self.attempt = 0
        self._seq = 2

    def _journal(self, *events: ev.Event) -> None:
        writer = JournalWriter(self.folder.journal, last_seq=self._seq)
        for event in events:
            writer.append(writer.stamp(event), sync=False)
        self._seq += len(events)
        writer.close()

    def begin(self, *, resume: bool = False, **params: object) -> None:
        """The next attempt starts."""
        self.attempt += 1
        start, running, _ = ran("one", 1, self.attempt)
        start = msgspec.structs.replace(start, resume=resume, params={"epochs": 3, **params})
        again = [ev.StageReset(stage="one", reason="retry")] if self.attempt > 1 else []
        self._journal(*again, start, running)
        self.path.mkdir(parents=True)

    @property
    def path(self) -> Path:
        """The attempt's folder."""
        return self.folder.attempt(1, "one", self.attempt).path

    def points(self, *points: tuple[int | None, float], name: str = "loss", epochs: bool = False) -> None:
        """More readings of a metric, in one write."""
        places = [(None, float(place)) if epochs else (place, None) for place, _ in points]
        now = float(len(self.rows()))
        rows = [
            (now + at, name, value, *place) for at, ((_, value), place) in enumerate(zip(points, places, strict=True))
        ]
        writer = ReadingsWriter(self.path / "readings.jsonl")
        writer.append(rows, 0, 0)
        writer.close()

    def rows(self) -> list[bytes]:
        path = self.path / "readings.jsonl"
        return path.read_bytes().splitlines() if path.exists() else []

    def end(self, state: str = "failed", **fields: object) -> None:
        """The attempt ends."""
        self._journal(ran("one", 1, self.attempt, state=state, **fields)[2])

    def alert(self, kind: str, text: str) -> None:
        """The runner has told something of the stage."""
        self._journal(ev.Alert(kind=kind, text=text, stage="one"))

    def finish(self) -> None:
        """The session ends."""
        self._journal(finished())


@dataclasses.dataclass
class Kept:
    """A target in memory. `fails`: what the next calls raise before they take anything."""

    most_points: int = 1000
    to: str = "memory"
    sent: list[tuple[str, int, str, int, float]] = dataclasses.field(default_factory=list)
    calls: list[tuple[str, str, int]] = dataclasses.field(default_factory=list)
    batches: list[int] = dataclasses.field(default_factory=list)
    runs: list[TrackedRun] = dataclasses.field(default_factory=list)
    fails: list[Exception] = dataclasses.field(default_factory=list)
    fails_after: list[Exception] = dataclasses.field(default_factory=list)

    def _called(self, what: str, run: TrackedRun) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.calls.append((what, run.name, run.attempt))
        self.runs.append(run)

    def begin(self, run: TrackedRun) -> None:
        self._called("begin", run)

    def send(self, run: TrackedRun, batch: Batch) -> None:
        self._called("send", run)
        for series in batch.points:
            for step, _, value in zip(series.steps, series.wall_times, series.values, strict=True):
                self.sent.append((run.name, run.attempt, series.name, step, value))
        self.batches.append(sum(len(series.steps) for series in batch.points))
        if self.fails_after:
            raise self.fails_after.pop(0)

    def end(self, run: TrackedRun) -> None:
        self._called("end", run)

    def close(self) -> None:
        pass

    def steps(self, run: str = "one", name: str = "loss") -> list[int]:
        """Every step that was sent, in order."""
        return [step for where, _, metric, step, _ in self.sent if (where, metric) == (run, name)]


def follower(folder: SessionFolder, target: object, name: str = "kept") -> Follower:
    """A follower as a new process would make it."""
    folder.track.mkdir(exist_ok=True)
    return Follower(folder, name, target, folder.track / f"{name}.json")


def copied(folder: SessionFolder, to: Path) -> SessionFolder:
    """The session as it is now."""
    shutil.copytree(folder.path, to)
    return SessionFolder(to)
