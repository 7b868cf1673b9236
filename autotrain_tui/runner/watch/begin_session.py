"""The session of a run that something else started: one stage, one attempt, and nothing that could be sent to it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec.structs import replace

from autotrain_tui import __version__
from autotrain_tui.runner.attempt.metric_files_record import MetricFilesRecord
from autotrain_tui.runner.watch.watched_source import WatchedSource
from autotrain_tui.session.journal.events import (
    Alert,
    AttemptRunning,
    AttemptStarting,
    Event,
    ImportSource,
    RunnerStarted,
    SessionCreated,
    StageDefinition,
)
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.records.attempt_files import RunningRecord, replace_record
from autotrain_tui.session.records.clock import iso, monotonic
from autotrain_tui.session.records.folder import AttemptFolder, SessionFolder, make_private_dir
from autotrain_tui.session.records.process_identity import Identity, boot_id, host, own_identity

__all__ = ["STAGE_INDEX", "attempt_folder", "begin_session"]

STAGE_INDEX = 1
_PATTERNS = ["**/*tfevents*", "**/*.csv", "**/*.tsv"]
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def stage_name(source: WatchedSource) -> str:
    """The name of its only stage."""
    return _NOT_IN_NAMES.sub("_", source.name).strip("._-")[:64] or "run"


def attempt_folder(folder: SessionFolder, source: WatchedSource) -> AttemptFolder:
    """The folder of its only attempt."""
    return folder.attempt(STAGE_INDEX, stage_name(source), 1)


def begin_session(folder: SessionFolder, source: WatchedSource, process: Identity | None, now: float) -> JournalWriter:
    """Write the first events, as of the moment when the run began; `now` is Unix seconds. Raises OSError."""
    name = stage_name(source)
    make_private_dir(folder.stage(STAGE_INDEX, name))
    attempt = attempt_folder(folder, source)
    make_private_dir(attempt.path)
    me = own_identity()
    journal = JournalWriter(folder.journal)
    began, mono = iso(source.began), monotonic() - max(0.0, now - source.began)
    events: list[Event] = [
        SessionCreated(
            id=folder.id,
            plan=name,
            mode="watched",
            stages=[StageDefinition(name, STAGE_INDEX)],
            host=host(),
            boot_id=boot_id() or "",
            versions={"autotrain-tui": __version__},
            source=ImportSource(source.kind, source.path, watched=True),
        ),
        RunnerStarted(pid=me.pid, start_time=me.start_time, boot_id=boot_id() or "", host=host(), version=__version__),
        AttemptStarting(
            stage=name,
            attempt=1,
            folder=str(attempt.path.relative_to(folder.path)),
            output=source.path if source.kind == "log" else "",
        ),
        AttemptRunning(stage=name, attempt=1, pid=process.pid if process is not None else 0),
    ]
    if source.note:
        events.append(Alert(kind="watch", stage=name, text=source.note))
    for event in events:
        journal.append(replace(journal.stamp(event), time=began, mono=mono))
    if process is not None:
        replace_record(attempt.path, RunningRecord(pid=process.pid, start_time=process.start_time, time=began))
    if source.kind != "log":
        is_file = os.path.isfile(source.path)
        place, patterns = (
            (str(Path(source.path).parent), [os.path.basename(source.path)]) if is_file else (source.path, _PATTERNS)
        )
        replace_record(attempt.path, MetricFilesRecord(folder=place, patterns=patterns))
    return journal
