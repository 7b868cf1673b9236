"""Read a small file, and tell "there is none" and "it is damaged" from "it could not be read".

A file server that restarts (ESTALE, EIO, ETIMEDOUT), a process without a free descriptor (EMFILE, ENFILE), or rights
that are gone for a while (EACCES) say nothing about the file: whoever reads it asks again, and judges nothing by it.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

import msgspec

from autotrain_tui.session.records.clock import now_iso

__all__ = ["FileRead", "Unread", "could_not_ask", "is_gone", "read_file", "read_small"]

TRIES = 3
"""Reads in a row: a stale handle of a file server is valid again once the file is opened anew (open(2), ESTALE)."""

_SAYS_WHAT_IT_IS = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.ENXIO,
        errno.ENAMETOOLONG,
        errno.EISDIR,
        errno.EINVAL,
        errno.ESPIPE,
    }
)
"""Errors that speak of the file itself: none there, a link, a folder, a socket, a pipe."""


class FileRead(msgspec.Struct, frozen=True):
    """The bytes of a file; else no file (`absent`), one that is not valid (`reason`), or `unreadable` (`reason`)."""

    data: bytes | None
    reason: str = ""
    unreadable: bool = False

    @property
    def absent(self) -> bool:
        """Whether there is no such file."""
        return self.data is None and not self.reason


class Unread:
    """What could not be read, and since when. `text` is a sentence once that has lasted, else empty."""

    SAY_SECONDS = 3.0
    """Seconds after which a person is told."""

    def __init__(self) -> None:
        self.reason = ""
        self.since = ""
        self._since_mono = 0.0
        self._told = False

    def note(self, reason: str) -> None:
        """It could not be read, for this reason; empty: it could."""
        if reason and not self.reason:
            self.since, self._since_mono, self._told = now_iso(), time.monotonic(), False
        self.reason = reason

    @property
    def text(self) -> str:
        """`PATH: can't be read: REASON, since TIME; asked again`."""
        if not self.reason or time.monotonic() - self._since_mono < self.SAY_SECONDS:
            return ""
        return f"{self.reason}, since {self.since[11:19]} UTC; it is asked again, nothing is decided meanwhile"

    def new_text(self) -> str:
        """The text, once each time that it becomes one."""
        text = self.text
        if not text or self._told:
            return ""
        self._told = True
        return text


def could_not_ask(error: OSError, path: str | os.PathLike[str]) -> bool:
    """Whether the error says nothing about the file: it is to be asked again."""
    if error.errno in _SAYS_WHAT_IT_IS:
        return False
    if error.errno in (errno.EACCES, errno.EPERM):
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        # a mode that forbids its owner to read is how the file is; otherwise the right to read is gone for a while
        return status.st_uid != os.getuid() or bool(status.st_mode & stat.S_IRUSR)
    return True


def is_gone(path: str | os.PathLike[str]) -> bool:
    """Whether there is no such file; False also if that could not be asked (`os.path.exists` tells no difference)."""
    try:
        os.lstat(path)
    except OSError as error:
        return not could_not_ask(error, path)
    return False


def read_file(path: Path, limit: int, *, ours: bool = False) -> FileRead:
    """Read a regular file of at most `limit` bytes; never raises. `ours`: one of another user counts as damaged."""
    for _ in range(TRIES):
        try:
            return _read(path, limit, ours=ours)
        except FileNotFoundError:
            return FileRead(None)
        except OSError as error:
            asked = FileRead(None, f"{path}: can't be read: {error.strerror}", could_not_ask(error, path))
        if not asked.unreadable:
            break
    return asked


def _read(path: Path, limit: int, *, ours: bool) -> FileRead:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or (ours and status.st_uid != os.getuid()):
            return FileRead(None, f"{path}: expected a regular file" + (" of this user" if ours else ""))
        if status.st_size > limit:
            return FileRead(None, f"{path}: too large ({status.st_size} bytes)")
        data = b""
        # a larger buffer costs time
        while (block := os.read(descriptor, max(status.st_size, 4096) + 1)) and len(data) <= limit:
            data += block
            if len(data) >= status.st_size:
                break
    finally:
        os.close(descriptor)
    return FileRead(data)


def read_small(path: Path, limit: int = 1 << 20, *, ours: bool = False) -> bytes | None:
    """The bytes of a small regular file; None if there are none, for callers that can do without."""
    return read_file(path, limit, ours=ours).data
