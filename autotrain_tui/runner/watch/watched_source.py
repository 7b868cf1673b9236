"""What is watched: a log that grows, or a folder that a run writes its metrics into. Nothing of it is ever written."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from autotrain_tui.errors import UsageError
from autotrain_tui.metrics.files.run_folder import RunFiles, find_runs
from autotrain_tui.session.records.process_identity import Identity, start_time
from autotrain_tui.text.binary_data import is_binary

__all__ = ["WatchedSource", "open_source", "process_began"]

_HEAD = 64 << 10
_OLDEST_SECONDS = 90 * 86400.0


class WatchedSource(msgspec.Struct, frozen=True):
    """A log (`patterns` empty) or a folder with metric files, with what is known of its beginning."""

    path: str
    kind: str
    """`log`, `tensorboard` or `csv`."""
    name: str
    """What the stage is called."""
    began: float
    """Unix seconds of the first output, as far as it can be known; now if not."""
    note: str = ""
    """One sentence about what was chosen among several; empty if there was nothing to choose."""


def open_source(path: Path, process: Identity | None) -> WatchedSource:
    """Look at it. Raises UsageError if it is missing, no text, or a folder without metrics."""
    path = Path(os.path.realpath(path))
    now = time.time()
    began = process_began(process, now)
    if path.is_dir():
        return _folder(path, began, now)
    try:
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            if not os.path.isfile(path):
                raise UsageError(f"{path}: expected a log or a folder, and it is neither")
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise UsageError(f"{path}: expected a log or a folder, found nothing") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    if b"tfevents" in os.fsencode(path.name) or path.suffix.lower() in (".csv", ".tsv"):
        return _folder(path.parent, began, now, only=str(path))
    if is_binary(head):
        raise UsageError(f"{path}: is no text; watch takes a log, or a folder with event files or CSV")
    return WatchedSource(str(path), "log", path.name, began if began is not None else now)


def process_began(process: Identity | None, now: float) -> float | None:
    """When a process of this machine was started, Unix seconds; None if unknown."""
    if process is None or process.start_time is None:
        return None
    try:
        with open("/proc/uptime", encoding="ascii") as file:
            uptime = float(file.read().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return now - max(0.0, uptime - process.start_time / os.sysconf("SC_CLK_TCK"))


def find_process(pid: int) -> Identity:
    """The process that is to be watched. Raises UsageError if there is none."""
    started = start_time(pid)
    if started is None:
        raise UsageError(f"--pid: process {pid} does not exist (or has ended)")
    return Identity(pid, started)


def _folder(folder: Path, began: float | None, now: float, only: str = "") -> WatchedSource:
    """The run of a folder that was changed last."""
    runs, _ = find_runs(only or folder)
    runs = [run for run in runs if run.kind != "wandb"]
    if not runs:
        raise UsageError(f"{folder}: found no event files of TensorBoard and no CSV files with metrics")
    newest = max(runs, key=_changed)
    place = folder if newest.name == "." else folder / newest.name
    note = f"of {len(runs)} runs in {folder} the one that was changed last" if len(runs) > 1 else ""
    first = began if began is not None else _first_moment(newest)
    if first is None or not now - _OLDEST_SECONDS < first <= now:
        first = now
    return WatchedSource(only or str(place), newest.kind, place.name, first, note)


def _changed(run: RunFiles) -> float:
    return max((os.stat(path).st_mtime for path in run.paths), default=0.0)


def _first_moment(run: RunFiles) -> float | None:
    """When the first point was written, if the files say."""
    try:
        return next((point.wall for points in run.points() for point in points if point.wall), None)
    except OSError:
        return None
