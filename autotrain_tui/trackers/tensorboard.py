"""A session as TensorBoard's event files: a folder SESSION/STAGE for each run, in it a file for each attempt.

Written from the session's files alone, so that any session can be exported, and twice with the same result.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.errors import MachineError
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.trackers.event_folder import Tags, event_files, file_name, make_run_folder
from autotrain_tui.trackers.event_writer import EventWriter
from autotrain_tui.trackers.run_facts import attempt_facts, parameter_facts, result_facts, session_facts
from autotrain_tui.trackers.run_points import attempts_by_run, points_by_attempt, run_name
from autotrain_tui.trackers.run_texts import run_texts

__all__ = ["Exported", "export_to_tensorboard"]


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
        for stage in view.session.every_stage:
            for attempts in attempts_by_run(stage):
                folder = target / view.folder.id / run_name(stage, attempts)
                make_run_folder(folder)
                points += _write_run(view, stage, attempts, folder)
                files += len(attempts)
    except OSError as error:
        raise MachineError(f"{error.filename or target}: {error.strerror or error}") from error
    return Exported(points, files)


def _write_run(view: View, stage: Stage, attempts: list[Attempt], folder: Path) -> int:
    """Write a file for each attempt, in an order of names that is the order of attempts; returns the points."""
    points, start_step, second = 0, 0, 0
    tags, left = Tags(), set(event_files(folder))
    for attempt, found in zip(attempts, points_by_attempt(view.folder, attempts), strict=True):
        began = from_iso(attempt.started) or 0.0
        second = max(second, int(began))  # a clock that was set back must not change the order
        path = folder / file_name(second, attempt.number, 0)
        temporary = folder / f".autotrain-{os.getpid()}"  # without `tfevents`, by which TensorBoard takes a file
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            writer = EventWriter(descriptor)
            writer.begin_file(began, start_step)
            texts = run_texts(
                session_facts(view), parameter_facts(attempt), attempt_facts(stage, attempt), result_facts(attempt)
            )
            for tag, text in texts.items():
                writer.text(tag, attempt.number, began, text)
            for series in found:
                writer.scalars(tags.of(series.name), series.steps, series.wall_times, series.values)
            writer.flush()
            temporary.rename(path)
            left.discard(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        points += writer.points
        # a backfill has left out what is superseded, so a START mark must take nothing back
        start_step = max([start_step, attempt.number + 1, *(series.steps[-1] + 1 for series in found)])
    for path in left:  # what a follower wrote in parts is now whole
        path.unlink(missing_ok=True)
    return points
