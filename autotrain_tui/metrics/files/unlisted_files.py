"""Files of metrics that grow below a folder although no `metric_files` names them, and the pattern that would."""

from __future__ import annotations

import os
import re
from pathlib import Path

from autotrain_tui.metrics.files.csv_file import CsvFileTail
from autotrain_tui.metrics.files.event_points import EventFilePoints
from autotrain_tui.metrics.files.file_search import FileSearch
from autotrain_tui.metrics.files.known_file import is_event_file
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern

__all__ = ["UnlistedFiles", "pattern_for"]

_NAMES = lazy_pattern(
    r"tfevents|^(?:metrics|results|progress|history|log|logs|train(?:ing)?(?:[_-]?(?:log|history))?)\.[ct]sv$"
)
_MOST_READ = 16
"""Files that have grown of which one look finds out whether they hold metrics."""


class UnlistedFiles:
    """Watches a folder: `look` gives a file that has grown since the last look and holds metrics."""

    def __init__(self, folder: Path | str, without: Path | str) -> None:
        """`without`: a folder that is left out, that of the sessions."""
        self._folder, self._without = os.fspath(folder), os.path.join(without, "")
        self._sizes: dict[str, int] | None = None

    def look(self) -> str:
        """A path relative to the folder; empty if there is none, and at the first look."""
        before, now = self._sizes, {}
        for path in FileSearch(["**/*"], self._folder).find(self._may_be):
            try:
                now[path] = os.stat(path).st_size
            except OSError:
                continue
        self._sizes = now
        if before is None:
            return ""
        grown = [path for path, size in now.items() if size > before.get(path, 0)]
        return next((os.path.relpath(path, self._folder) for path in grown[:_MOST_READ] if _has_metrics(path)), "")

    def _may_be(self, path: str) -> bool:
        return bool(_NAMES.search(os.path.basename(path))) and not path.startswith(self._without)


def pattern_for(path: str) -> str:
    """The pattern that finds a file, in later attempts too: `lightning_logs/**/metrics.csv`."""
    first, *rest = re.sub(r"[\[\]?*]", "?", path).split(os.sep)
    if not rest:
        return "events.out.tfevents.*" if is_event_file(path) else first
    name = "*tfevents*" if is_event_file(path) else rest[-1]
    if is_event_file(path) and rest[-1].startswith("events.out.tfevents."):
        name = "events.out.tfevents.*"
    return f"{re.sub(r'[0-9]+(?:[-_.][0-9]+)*', '*', first)}/**/{name}"


def _has_metrics(path: str) -> bool:
    tail = EventFilePoints(path) if is_event_file(path) else CsvFileTail(path)
    try:
        return any(point.name != "epoch" for point in next(tail.poll(), []))
    except OSError:
        return False
