"""Opens a file that a training program writes: only a regular one, and without waiting for a pipe's writer."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["regular_file"]


@contextmanager
def regular_file(path: Path | str) -> Iterator[tuple[int, os.stat_result] | None]:
    """Its descriptor and status, closed at the end; None if it is missing or is no regular file. Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        yield None
        return
    try:
        status = os.fstat(descriptor)
        yield (descriptor, status) if stat.S_ISREG(status.st_mode) else None
    finally:
        os.close(descriptor)
