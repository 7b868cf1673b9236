"""Finds the files that patterns such as `runs/**/events.out.tfevents.*` name, in bounded time.

As `glob.glob(…, recursive=True)`, but links to folders are not followed below `**`, and a search ends when it has seen
too many entries: a pattern may begin above a data set.
"""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

__all__ = ["FileSearch"]

_SIGNS = frozenset("*?[")
_MOST_ENTRIES = 100_000
_MOST_SECONDS = 10.0
_MOST_FILES = 10_000


class FileSearch:
    """The files that match patterns relative to `folder`. `cut` is a sentence if a search ended early."""

    def __init__(self, patterns: Sequence[str], folder: Path | str) -> None:
        self._patterns, self._folder = tuple(patterns), os.fspath(folder)
        self._left = 0
        self._deadline = 0.0
        self.cut = ""

    def find(self, keep: Callable[[str], bool] = lambda _path: True) -> list[str]:
        """The paths that `keep` says yes to, each once, in the order of the patterns.

        A folder that cannot be read has none.
        """
        found: dict[str, None] = {}
        self._left, self._deadline, self.cut = _MOST_ENTRIES, time.monotonic() + _MOST_SECONDS, ""
        for pattern in self._patterns:
            whole = os.path.normpath(os.path.join(self._folder, os.path.expanduser(pattern)))
            parts = whole.split(os.sep)
            for path in self._below(parts[0] + os.sep, parts[1:]):
                if keep(path):
                    found[path] = None
                if len(found) >= _MOST_FILES:
                    self.cut = f"more than {_MOST_FILES} files match"
                    return list(found)
            if self.cut:
                break
        return list(found)

    def _below(self, folder: str, parts: Sequence[str]) -> Iterator[str]:
        at = 0
        while at < len(parts) and not _SIGNS.intersection(parts[at]):
            at += 1
        folder = os.path.join(folder, *parts[:at])
        if at == len(parts):
            if os.path.isfile(folder):
                yield folder
            return
        part, rest = parts[at], parts[at + 1 :]
        if part == "**":
            yield from self._below(folder, rest or ["*"])
        for name, is_folder, is_link in self._entries(folder):
            path = os.path.join(folder, name)
            if part == "**":
                if is_folder and not is_link and not name.startswith("."):
                    yield from self._below(path, parts[at:])
            elif fnmatch.fnmatchcase(name, part) and (not name.startswith(".") or part.startswith(".")):
                if rest and is_folder:
                    yield from self._below(path, rest)
                elif not rest and not is_folder:
                    yield path

    def _entries(self, folder: str) -> list[tuple[str, bool, bool]]:
        """Name of each entry, whether it is a folder, whether it is a link."""
        try:
            with os.scandir(folder) as entries:
                found = []
                for entry in entries:
                    self._left -= 1
                    if self._left < 0 or time.monotonic() > self._deadline:
                        self.cut = f"more than {_MOST_ENTRIES} files and folders lie below {self._folder}"
                        break
                    found.append((entry.name, entry.is_dir(), entry.is_symlink()))
        except OSError:
            return []
        return sorted(found)
