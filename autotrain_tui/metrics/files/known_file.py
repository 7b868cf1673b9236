"""What is known of a file before it is read on: its size and its first bytes, and the last place of each series."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

import msgspec

from autotrain_tui.metrics.files.csv_file import CsvFileTail
from autotrain_tui.metrics.files.event_message import WRITER

__all__ = ["KnownFile", "is_event_file", "is_exported", "is_trainer_state", "look_at"]

_HEAD = 256
_READ_WHOLE = 8 << 20
"""Bytes of the largest CSV file whose last places are found out, in case that it is rewritten."""


class KnownFile(msgspec.Struct, frozen=True):
    """A file at one moment. `head` is a checksum of its first `head_size` bytes."""

    size: int
    changed: int
    """st_mtime_ns."""
    head_size: int = 0
    head: int = 0
    places: dict[str, float] = {}
    """The last step of each column; empty where it is not known."""

    def begins(self, path: Path | str) -> bool:
        """Whether the file still begins with the same bytes, and is not shorter. Raises OSError."""
        with open(path, "rb") as file:
            return os.fstat(file.fileno()).st_size >= self.size and zlib.crc32(file.read(self.head_size)) == self.head


def is_event_file(path: Path | str) -> bool:
    """Whether TensorBoard would take the file for one of its own: its name has `tfevents`."""
    return "tfevents" in os.path.basename(path)


def is_exported(path: Path | str) -> bool:
    """Whether this program wrote an event file itself, for TensorBoard. Raises OSError."""
    if not is_event_file(path):
        return False
    with open(path, "rb") as file:
        return WRITER in file.read(128)


def is_trainer_state(path: Path | str) -> bool:
    """Whether it is the state that Hugging Face's Trainer writes beside a checkpoint."""
    return os.path.basename(path) == "trainer_state.json"


def look_at(path: Path | str, *, places: bool = False) -> KnownFile | None:
    """What is to be known of a file now; None if it is no regular file. Raises OSError.

    `places`: read a CSV file of moderate size to its end, for the last place of each column.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        head = os.pread(descriptor, min(_HEAD, status.st_size), 0)
    finally:
        os.close(descriptor)
    found: dict[str, float] = {}
    if places and status.st_size <= _READ_WHOLE and not is_event_file(path) and not is_trainer_state(path):
        tail = CsvFileTail(path)
        for _ in tail.poll():
            pass
        found = tail.furthest
    return KnownFile(status.st_size, status.st_mtime_ns, len(head), zlib.crc32(head), found)
