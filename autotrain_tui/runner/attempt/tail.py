"""A growing file, read by offset; one that could not be read just now is told apart from one that is not there."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from autotrain_tui.session.records.read_file import could_not_ask

__all__ = ["LostBytes", "Tail", "read_start"]


class LostBytes(NamedTuple):
    """Bytes that others removed of a file, and whether there was one at the last look."""

    size: int
    has_file: bool


class Tail:
    """A growing file by offset. Notices if it shrank or was replaced; opened and closed at each look."""

    def __init__(self, path: Path, offset: int = 0, *, again: bool = False) -> None:
        """`again`: a truncated file is read from its start; else from its new end, where its writer goes on."""
        self.path = path
        self._again = again
        self.offset = offset
        self.size = 0
        self.lost: int | None = None
        """Bytes that others removed; None: the file is whole. 0: it was removed before any of it was read."""
        self._inode: int | None = None

    def take_lost(self) -> LostBytes | None:
        """What others removed since the last call; None: the file is whole."""
        size, self.lost = self.lost, None
        return LostBytes(size, self._inode is not None) if size is not None else None

    def look(self) -> int | None:
        """Open the file for reading; the caller closes the descriptor. None when there is nothing new.

        Raises OSError if the file could not be asked: there may be something new.
        """
        try:
            status = os.stat(self.path, follow_symlinks=False)
        except OSError as error:
            if could_not_ask(error, self.path):
                raise
            self._removed()
            return None
        if not stat.S_ISREG(status.st_mode):
            self._removed()
            return None
        if status.st_size < self.offset or (self._inode is not None and status.st_ino != self._inode):
            same = status.st_ino == self._inode
            self.lost = (self.lost or 0) + (max(0, self.offset - status.st_size) if same else self.offset)
            self.offset = 0 if self._again or not same else status.st_size
        self._inode = status.st_ino
        self.size = status.st_size
        if status.st_size == self.offset:
            return None
        try:
            return os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            if could_not_ask(error, self.path):
                raise
            return None

    def _removed(self) -> None:
        """There is no file now. One that was there before is lost, and the next of its name is read from its start."""
        if self._inode is not None:
            self.lost = (self.lost or 0) + self.offset
            self.offset, self.size, self._inode = 0, 0, None


def read_start(path: Path, size: int) -> bytes:
    """The first `size` bytes of a file; empty when there is none. Raises OSError if it could not be read now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if could_not_ask(error, path):
            raise
        return b""
    try:
        return os.read(descriptor, size) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    finally:
        os.close(descriptor)
