"""Orphan attempts: on the disk but not in the journal, which was damaged or lost its tail (FAULTS J1, J2).

An attempt is journaled before its shim is told what to run, so an intact journal knows every attempt with a spec. An
orphan may be alive, or have ended: it is visited like any open one, so that nothing runs twice and no end is lost.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.errors import UnreadableError
from autotrain_tui.session.journal.state import Session, Stage
from autotrain_tui.session.records.attempt_files import Spec, Started, read_record
from autotrain_tui.session.records.folder import AttemptFolder, SessionFolder

__all__ = ["OrphanAttempt", "orphans"]

_NAME = re.compile(r"attempt-([1-9]\d{0,5})")


@dataclass(frozen=True, slots=True)
class OrphanAttempt:
    """One such attempt; `spec` is what its shim was started with."""

    stage: str
    number: int
    folder: AttemptFolder
    spec: Spec


def orphans(session: Session, folder: SessionFolder) -> list[OrphanAttempt]:
    """Every attempt of the session's stages that was begun after the last one its journal knows, in order.

    Raises UnreadableError if a folder or a record could not be read: an attempt that is alive might be overlooked.
    """
    return [orphan for stage in session.every_stage for orphan in _of(stage, folder)]


def _of(stage: Stage, folder: SessionFolder) -> list[OrphanAttempt]:
    last = stage.attempt.number if stage.attempt is not None else 0
    found = []
    for number, path in _attempts(folder.stage(stage.info.index, stage.name)):
        if number <= last:
            continue
        read, started = read_record(path, Spec), read_record(path, Started)
        for asked in (read, started):
            if asked.unreadable:
                raise UnreadableError(asked.reason)
        spec = read.record
        begun = not started.absent and not (started.record is not None and started.record.cancelled)
        if spec is not None and begun and (spec.stage, spec.attempt) == (stage.name, number):
            found.append(OrphanAttempt(stage.name, number, AttemptFolder(path), spec))
    return sorted(found, key=lambda orphan: orphan.number)


def _attempts(stage_dir: Path) -> list[tuple[int, Path]]:
    """Number and path of each attempt's folder; links are not followed."""
    try:
        with os.scandir(stage_dir) as entries:
            return [
                (int(match[1]), Path(entry.path))
                for entry in entries
                if (match := _NAME.fullmatch(entry.name)) and entry.is_dir(follow_symlinks=False)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UnreadableError(f"{stage_dir}: can't be read: {error.strerror}") from error
