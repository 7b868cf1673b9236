"""Follows the files that a stage's `metric_files` name: which of them belong to the attempt, and what is new in them.

A file that was there before belongs to the attempt from the bytes on that it had then; one that is not touched does not
belong to it at all. Looks are bounded in time and meant for a thread: the files lie wherever the program writes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from autotrain_tui.metrics.files.csv_file import CsvFileTail
from autotrain_tui.metrics.files.event_points import EventFilePoints
from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.files.file_search import FileSearch
from autotrain_tui.metrics.files.known_file import KnownFile, is_event_file, is_exported, is_trainer_state, look_at
from autotrain_tui.metrics.files.series_names import SeriesNames

__all__ = ["FileBatch", "FollowedFile", "MetricFiles"]

MOST_FILES = 256
"""Files of one attempt that are followed."""

_MOST_POINTS = 20_000
"""Points of one look, about a tenth of a second of reading."""
_SEARCH_SECONDS = 2.0
_SEARCH_SHARE = 20.0
"""Times its own length that passes between two searches, at least."""


class FileBatch(NamedTuple):
    """New points of one file. `offset`: bytes of it that are read with them."""

    file: int
    offset: int
    points: list[FilePoint]
    superseding: bool = False
    """Whether a START mark takes back what other files of the same series hold."""


class FollowedFile:
    """One file that belongs to the attempt."""

    def __init__(self, path: str, begin: int, known: Mapping[str, float] | None = None) -> None:
        """`begin` and `known` as the readers take them."""
        self.path, self.begin = path, begin
        kind = EventFilePoints if is_event_file(path) else CsvFileTail
        self.tail: EventFilePoints | CsvFileTail = kind(path, begin, known)
        self.head: KnownFile | None = None
        """How it began, once it holds anything."""
        self.unread = ""
        """Why it could not be read at the last look; empty if it could."""


class MetricFiles:
    """The files of one attempt. `look` gives what is new; `files` are those that it follows, in the order found."""

    def __init__(
        self,
        patterns: Sequence[str],
        folder: Path | str,
        before: Mapping[str, KnownFile],
        names: Mapping[str, str] | None = None,
    ) -> None:
        """`before`: what matched when the attempt began. `names`: `names.owners` of an earlier runner."""
        self._search = FileSearch(patterns, folder)
        self._before = before
        self.names = SeriesNames(names)
        self.files: list[FollowedFile] = []
        self.behind = False
        """Whether the last look left something unread."""
        self._paths: set[str] = set()
        self._next_search = 0.0
        self._turn = 0
        self._told: set[str] = set()
        self._too_many = False

    def follow(self, path: str, begin: int, known: Mapping[str, float] | None = None) -> FollowedFile:
        """Follow one more file from a byte on; those of an earlier runner are given in its order."""
        file = FollowedFile(path, begin, known)
        self.files.append(file)
        self._paths.add(path)
        return file

    def look(self, *, search: bool = False) -> list[FileBatch]:
        """New points, up to a limit of them. `search`: look for new files although one has just looked."""
        if search or time.monotonic() >= self._next_search:
            self._find()
        batches: list[FileBatch] = []
        left = _MOST_POINTS
        self.behind = False
        order = [*range(self._turn, len(self.files)), *range(self._turn)]
        for index in order:
            if left <= 0:
                self.behind, self._turn = True, index
                break
            left -= self._take(index, batches, left)
        return batches

    def troubles(self) -> list[str]:
        """Sentences about what cannot be read or is left out, each once."""
        found = [f"{file.path}: {file.tail.broken}; it is not read further" for file in self.files if file.tail.broken]
        found += [f"{file.path}: damaged records or rows are left out" for file in self.files if file.tail.skipped]
        found += [f"{file.path}: names over 120 characters are left out" for file in self.files if file.tail.left_out]
        if self.names.left_out:
            found.append("names after the first thousand are left out")
        if self._too_many:
            found.append(f"metric_files: more than {MOST_FILES} files grow; the others are not read")
        if self._search.cut:
            found.append(f"metric_files: {self._search.cut}; a pattern that begins with a folder is found sooner")
        new = [text for text in found if text not in self._told]
        self._told.update(new)
        return new

    @property
    def unread(self) -> str:
        """What could not be read at the last look and why; empty if all could."""
        return next((f"{file.path}: {file.unread}" for file in self.files if file.unread), "")

    def _find(self) -> None:
        begun = time.monotonic()
        for path in self._search.find():
            if path in self._paths or is_trainer_state(path):
                continue
            begin, known = self._belongs(path)
            if begin is None:
                continue
            if len(self.files) >= MOST_FILES:
                self._too_many = True
                break
            self.follow(path, begin, known)
        now = time.monotonic()
        self._next_search = now + max(_SEARCH_SECONDS, _SEARCH_SHARE * (now - begun))

    def _belongs(self, path: str) -> tuple[int | None, Mapping[str, float] | None]:
        """From which byte on a file belongs to the attempt, and its last places before; None if it doesn't."""
        known = self._before.get(path)
        try:
            status = os.stat(path)
            if not status.st_size or is_exported(path):
                return None, None
            if known is None:
                return 0, None
            if (status.st_size, status.st_mtime_ns) == (known.size, known.changed):
                return None, None
            if known.begins(path):
                return known.size, known.places
        except OSError:
            return None, None  # asked again at the next search
        return 0, known.places

    def _take(self, index: int, batches: list[FileBatch], most: int) -> int:
        file, taken = self.files[index], 0
        folder = os.path.dirname(file.path)
        try:
            for points in file.tail.poll():
                if file.head is None:
                    file.head = look_at(file.path)
                batches.append(self._named(index, file, folder, points))
                taken += len(points)
                if taken >= most:
                    self.behind = True
                    break
            file.unread = ""
        except OSError as error:
            file.unread = error.strerror or str(error)
        return taken

    def _named(self, index: int, file: FollowedFile, folder: str, points: list[FilePoint]) -> FileBatch:
        named = [
            point if name == point.name else point._replace(name=name)
            for point in points
            if (name := self.names.name(folder, point.name) if point.name != "epoch" else "epoch")
        ]
        superseding = isinstance(file.tail, EventFilePoints) and file.tail.superseding
        return FileBatch(index, file.tail.offset, named, superseding)
