"""A session as TensorBoard's event files: a folder SESSION/STAGE for each run, in it a file for each attempt.

Written from the session's files alone, so that any session can be exported, and twice with the same result.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.text.redact import redact
from autotrain_tui.text.sanitize import sanitize
from autotrain_tui.trackers.event_writer import EventWriter, is_our_file
from autotrain_tui.trackers.run_points import MetricPoints, attempts_by_run, points_by_attempt
from autotrain_tui.trackers.run_texts import attempt_texts

__all__ = ["Exported", "export_to_tensorboard", "run_name"]

_LONGEST_TAG = 500


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    points: int
    files: int


def export_to_tensorboard(view: View, target: Path) -> Exported:
    """Write every run of the session below `target`.

    Raises RefusedError if a run's folder has event files of another program; MachineError if the disk fails.
    """
    points = files = 0
    try:
        for stage in view.session.stages:
            for attempts in attempts_by_run(stage):
                folder = target / view.folder.id / run_name(stage, attempts)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _refuse_foreign(folder)
                points += _write_run(view, stage, attempts, folder)
                files += len(attempts)
    except OSError as error:
        raise MachineError(f"{error.filename or target}: {error.strerror or error}") from error
    return Exported(points, files)


def run_name(stage: Stage, attempts: list[Attempt]) -> str:
    """The run's name: the stage's; of a retry from scratch with the number of its first attempt.

    A stage's name cannot contain `@`, so that no two runs have one name.
    """
    first = attempts[0].number
    return stage.name if stage.attempts[0].number == first else f"{stage.name}@attempt-{first}"


def _refuse_foreign(folder: Path) -> None:
    for name in sorted(os.listdir(folder)):
        if "tfevents" in name and not is_our_file(str(folder / name)):
            raise RefusedError(
                f"{folder / name}: another program wrote this event file, and TensorBoard would mix both; "
                "choose another folder with -o DIR"
            )


def _write_run(view: View, stage: Stage, attempts: list[Attempt], folder: Path) -> int:
    """Write a file for each attempt, in an order of names that is the order of attempts; returns the points."""
    points, start_step, second = 0, 0, 0
    for attempt, found in zip(attempts, points_by_attempt(view.folder, attempts), strict=True):
        began = from_iso(attempt.started) or 0.0
        second = max(second, int(began))  # a clock that was set back must not change the order
        path = folder / f"events.out.tfevents.{second:010d}.autotrain.attempt-{attempt.number:06d}"
        temporary = folder / f".autotrain-{os.getpid()}"  # without `tfevents`, by which TensorBoard takes a file
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            writer = EventWriter(descriptor, began, start_step)
            for tag, text in attempt_texts(view, stage, attempt).items():
                writer.text(tag, attempt.number, began, text)
            for tag, series in _tagged(found):
                writer.scalars(tag, series.steps, series.wall_times, series.values)
            writer.flush()
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        points += writer.points
        # a backfill has left out what is superseded, so a START mark must take nothing back
        start_step = max([start_step, attempt.number + 1, *(series.steps[-1] + 1 for series in found)])
    return points


def _tagged(found: Iterable[MetricPoints]) -> list[tuple[str, MetricPoints]]:
    """Each metric under its tag: its name as printable text, secrets hidden, a very long one cut."""
    tags: dict[str, MetricPoints] = {}
    for series in found:
        tag = redact(sanitize(series.name)) or "unnamed"
        if len(tag) > _LONGEST_TAG or tag in tags:
            tag = f"{tag[:_LONGEST_TAG]}-{hashlib.sha256(series.name.encode(errors='replace')).hexdigest()[:12]}"
        tags[tag] = series
    return list(tags.items())
