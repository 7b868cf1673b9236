"""`metric_files.json` of an attempt: the files that matched before its command started, and those that are read.

How far each was read stands in readings.jsonl.
"""

# ruff: noqa: RUF012  msgspec gives each record a new copy of an empty list or dict; ruff sees a base from elsewhere
from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import ClassVar

import msgspec

from autotrain_tui.metrics.files.file_search import FileSearch
from autotrain_tui.metrics.files.known_file import KnownFile, look_at
from autotrain_tui.session.records.attempt_files import Record, replace_record
from autotrain_tui.session.records.folder import AttemptFolder

__all__ = ["FollowedRecord", "MetricFilesRecord", "note_files_before"]

log = logging.getLogger(__name__)

_SEARCH_PATIENCE = 15.0
_MOST_WITH_PLACES = 64


class FollowedRecord(msgspec.Struct, frozen=True):
    """A file that belongs to the attempt from byte `begin` on."""

    path: str
    begin: int
    head: KnownFile | None = None


class MetricFilesRecord(Record, frozen=True):
    """What is known of the files. `names`: each name that came from one → the folder of the first file that had it."""

    FILE: ClassVar[str] = "metric_files.json"
    folder: str
    patterns: list[str]
    before: dict[str, KnownFile] = {}
    files: list[FollowedRecord] = []
    names: dict[str, str] = {}


async def note_files_before(attempt: AttemptFolder, patterns: tuple[str, ...], folder: Path) -> None:
    """Write down which files match before the command is started. What fails is logged: it costs old points at most."""
    if not patterns:
        return
    try:
        async with asyncio.timeout(_SEARCH_PATIENCE):
            record = await asyncio.to_thread(_record_before, patterns, folder)
        replace_record(attempt.path, record)
    except (OSError, TimeoutError) as error:
        log.warning("%s: the files of metric_files could not be looked at: %s", attempt.path, error)


def _record_before(patterns: tuple[str, ...], folder: Path) -> MetricFilesRecord:
    before: dict[str, KnownFile] = {}
    for path in FileSearch(patterns, folder).find():
        with contextlib.suppress(OSError):
            known = look_at(path, places=len(before) < _MOST_WITH_PLACES)
            if known is not None:
                before[path] = known
    return MetricFilesRecord(folder=str(folder), patterns=list(patterns), before=before)
