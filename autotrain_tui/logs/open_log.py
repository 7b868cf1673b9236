"""A log that is open for reading at any offset, by any thread; and the offset of its first text.

The plan's `log_limit_mb` drops a log's head by a hole in the file: offsets stay, and the end of the hole is where the
text starts. So no reader depends on a record of it, or on when such a record is written.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Protocol

__all__ = ["OpenLog", "Readable", "begins_at", "first_text", "read_kept"]

_CHUNK = 4096


class Readable(Protocol):
    """Bytes at offsets, read by any thread."""

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes; fewer at the end. Raises OSError."""
        ...

    def read_into(self, buffer: bytearray, offset: int) -> int:
        """Fill the buffer from `offset`; the number of bytes read. Raises OSError."""
        ...


class OpenLog(Readable):
    """An open descriptor, closed with its last reference: a scan in another thread may outlive its pane."""

    def __init__(self, path: str) -> None:
        """Open for reading, non-blocking (the path may be a FIFO). Raises OSError, also if it is not a regular file."""
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self._fd)
        self.identity = (status.st_dev, status.st_ino)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)

    def __del__(self) -> None:
        if (fd := getattr(self, "_fd", None)) is not None:
            os.close(fd)

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes; fewer at the end of the file. Raises OSError."""
        return os.pread(self._fd, length, offset)

    def read_into(self, buffer: bytearray, offset: int) -> int:
        """Fill the buffer from `offset`; the number of bytes read. Raises OSError."""
        return os.preadv(self._fd, [buffer], offset)

    def status(self) -> os.stat_result:
        """The status of the file, also after it was unlinked. Raises OSError."""
        return os.fstat(self._fd)

    def first_text(self) -> int:
        """See `first_text`."""
        return first_text(self._fd)


def first_text(descriptor: int) -> int:
    """The offset of the first byte after the hole at a file's head; 0 if there is none, or no support for holes.

    A hole consists of whole blocks; the dropped part of the block after it reads as zeros. Raises OSError.
    """
    if os.pread(descriptor, 1, 0) != b"\0" or not hasattr(os, "SEEK_DATA"):
        return 0
    try:
        at = os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError as error:  # ENXIO: nothing but a hole
        return os.fstat(descriptor).st_size if error.errno == errno.ENXIO else 0
    while at and (data := os.pread(descriptor, _CHUNK, at)):
        if text := data.lstrip(b"\0"):
            return at + len(data) - len(text)
        at += len(data)
    return at


def begins_at(path: str | os.PathLike[str]) -> int:
    """The offset of the first text in the log at a path; 0 also if it can't be read."""
    try:
        return OpenLog(os.fspath(path)).first_text()
    except OSError:
        return 0


def read_kept(descriptor: int, offset: int, length: int) -> tuple[int, bytes]:
    """Up to `length` bytes from an offset on, or from the log's current first text if that is later; and their offset.

    Never returns dropped bytes: the first text is determined after the read. Raises OSError.
    """
    while True:
        data = os.pread(descriptor, length, offset)
        if (first := first_text(descriptor)) <= offset:
            return offset, data
        offset = first
