"""A session's files are private, also those that the training program writes."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

__all__ = ["make_private"]


def make_private(path: Path) -> None:
    """Remove group and other permissions that the program's umask left."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_mode & 0o077:
                os.fchmod(descriptor, status.st_mode & 0o700)
        finally:
            os.close(descriptor)
