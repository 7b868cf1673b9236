"""The step of a checkpoint of Hugging Face's Trainer: `checkpoint-N/trainer_state.json` says it, and of how many."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

__all__ = ["TrainerState", "newest_state", "read_state"]

_LARGEST = 64 << 20
"""Bytes; the file holds every logged value of the training so far."""
_MOST_FOLDERS = 1000


class TrainerState(msgspec.Struct, frozen=True):
    """What is read of the file (transformers 4 and 5)."""

    global_step: int
    max_steps: int | None = None
    epoch: float | None = None


def read_state(path: Path | str) -> TrainerState | None:
    """The state; None if the file is not one. Raises OSError."""
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None
        data = file.read(_LARGEST)
    try:
        return msgspec.json.decode(data, type=TrainerState)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def newest_state(folder: Path | str) -> TrainerState | None:
    """The state of the newest checkpoint in a folder, or of the folder itself; None without one. Raises OSError."""
    found: list[tuple[int, str]] = []
    with os.scandir(folder) as entries:
        places = [os.fspath(folder), *(entry.path for _, entry in zip(range(_MOST_FOLDERS), entries, strict=False))]
    for place in places:
        path = os.path.join(place, "trainer_state.json")
        try:
            found.append((os.stat(path).st_mtime_ns, path))
        except (FileNotFoundError, NotADirectoryError):
            continue
    return read_state(max(found)[1]) if found else None
