"""A log that is open for reading at any offset, by any thread."""

from __future__ import annotations

import errno
import os
import stat
from typing import Protocol

__all__ = ["OpenLog", "Readable"]


class Readable(Protocol):
    """Bytes at offsets, read by any thread."""

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes; fewer at the end. Raises OSError."""
        ...

    def read_into(self, buffer: bytearray, offset: int) -> int:
        """Fill the buffer from `offset`; the number of bytes read. Raises OSError."""
        ...


class OpenLog(Readable):
    """An open descriptor, closed when nobody refers to it any more: a scan in another thread may outlive its pane."""

    def __init__(self, path: str) -> None:
        """Open for reading without waiting (a FIFO in a log's place); raises OSError, also for what is not a file."""
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
        """What the descriptor says of the file, also when it has no name any more. Raises OSError."""
        return os.fstat(self._fd)

    def first_data(self) -> int:
        """The offset of the first byte that is not in a hole at the file's head; 0 where that can't be asked."""
        if os.pread(self._fd, 1, 0) != b"\0" or not hasattr(os, "SEEK_DATA"):
            return 0
        try:
            return os.lseek(self._fd, 0, os.SEEK_DATA)
        except OSError as error:  # ENXIO: nothing but a hole
            return os.fstat(self._fd).st_size if error.errno == errno.ENXIO else 0
