"""Dropping a log's head as the runner does it, for tests; they skip where the file system can't."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autotrain_tui.runner.core.disk_space import punch


def drop(path: Path, end: int) -> None:
    """Make a hole of the bytes before `end`."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        if failed := punch(descriptor, end):
            pytest.skip(f"no hole can be made here: {os.strerror(failed)}")
    finally:
        os.close(descriptor)


def taken(path: Path) -> int:
    """Bytes of disk that a file takes."""
    return path.stat().st_blocks * 512
