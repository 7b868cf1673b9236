"""The result file: one flat JSON object; its finite numbers are the attempt's final metrics."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from pathlib import Path

__all__ = ["read_result"]

LARGEST = 1 << 20


def read_result(path: Path) -> tuple[dict[str, float] | None, str]:
    """The numbers, or None and why not; the reason is empty when there simply is no file.

    Raises OSError if the file could not be read: that says nothing about it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO):  # a link, a socket
            raise
        return None, f"{path.name}: {error.strerror}"
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None, f"{path.name} is not a regular file"
        if status.st_size > LARGEST:
            return None, f"{path.name} is too large ({status.st_size} bytes)"
        data = os.read(descriptor, LARGEST)
    finally:
        os.close(descriptor)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return None, f"{path.name} is not JSON"
    if not isinstance(record, dict):
        return None, f"{path.name} is not a JSON object"
    return {name: float(value) for name, value in record.items() if _counts(value)}, ""


def _counts(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
