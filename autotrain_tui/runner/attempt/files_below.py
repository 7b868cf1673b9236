"""The files of a folder that another program writes, with an end to the looking."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["files_below"]


def files_below(
    folder: Path,
    most_entries: int,
    deadline: float,
    *,
    enters: Callable[[str, int], bool] = lambda _name, _depth: True,
    passes_over: type[OSError] = FileNotFoundError,
) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """Each file at any depth with its status; links are not followed.

    `enters` says of a folder's name and depth (1: in `folder` itself) whether it is looked into; `passes_over` are the
    errors of one entry that end nothing. Raises TimeoutError after so many entries or at the `deadline` of the
    monotonic clock, and OSError.
    """
    waiting, seen = [(str(folder), 0)], 0
    while waiting:
        path, depth = waiting.pop()
        try:
            entries = os.scandir(path)
        except passes_over:
            continue  # removed meanwhile, or there never was one
        with entries:
            for entry in entries:
                seen += 1
                if seen > most_entries or time.monotonic() > deadline:
                    raise TimeoutError
                try:
                    status = entry.stat(follow_symlinks=False)
                except passes_over:
                    continue
                if not stat.S_ISDIR(status.st_mode):
                    yield entry, status
                elif enters(entry.name, depth + 1):
                    waiting.append((entry.path, depth + 1))
