"""One look a second at the folders of all jobs that wait: nothing else has to be read of them until a file comes in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["FolderLooks"]

LOOK_SECONDS = 1.0


class FolderLooks:
    """Folders and who is to be told when their entries change, or they can't be asked about."""

    def __init__(self) -> None:
        self._folders: dict[Path, _Folder] = {}
        self._task: asyncio.Task[None] | None = None

    def watch(self, folder: Path, changed: Callable[[], None]) -> None:
        """Call `changed` at the next look, and at each that finds a change; a second call changes nothing."""
        if folder in self._folders:
            return
        self._folders[folder] = _Folder(os.fspath(folder), changed)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look())

    def leave(self, folder: Path) -> None:
        """Look at it no more."""
        self._folders.pop(folder, None)

    async def _look(self) -> None:
        while self._folders:
            for folder in tuple(self._folders.values()):
                folder.look()
            await asyncio.sleep(LOOK_SECONDS)


class _Folder:
    """One folder, by its modification time: that of a file server or a disk may be some milliseconds coarse, so that
    what comes right after a change may not change it again: who is told of a change is told at the next look, too.
    """

    def __init__(self, path: str, changed: Callable[[], None]) -> None:
        self._path, self._changed, self._time, self._again = path, changed, -1, True

    def look(self) -> None:
        try:
            time = os.stat(self._path).st_mtime_ns
        except OSError:  # who reads it says why
            time = -1
        if new := time != self._time or time == -1:
            self._time = time
        if new or self._again:
            self._changed()
        self._again = new
