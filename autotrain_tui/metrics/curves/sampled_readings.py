"""Readings of a flood: what was skipped stands in `readings.sampled.json`, and `readings.whole.jsonl` has all of them.

A log that grows faster than it can be read is sampled while its attempt runs. After the end it is read again by a child
of low priority (`metrics.read_again`); until then, or if that failed, the first file says what is missing and why.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

__all__ = ["SAMPLED", "WHOLE", "Sampled", "has_whole", "is_read_again", "readings_of", "sampled_in", "write_sampled"]

WHOLE = "readings.whole.jsonl"
SAMPLED = "readings.sampled.json"
_LARGEST = 1 << 16
_QUIET_SECONDS = 120.0
"""For so long the child that reads a log again may write nothing."""


class Sampled(msgspec.Struct, frozen=True):
    """Bytes of the log that were not read, and why they could not be read again (empty: that is still to come)."""

    skipped_bytes: int
    reason: str = ""


_DECODER = msgspec.json.Decoder(Sampled)


def readings_of(attempt: Path) -> Path:
    """The readings of an attempt's folder: the whole ones where they are there."""
    return attempt / (WHOLE if has_whole(attempt) else "readings.jsonl")


def has_whole(attempt: Path) -> bool:
    """Whether an attempt's log was read again after a flood."""
    whole = attempt / WHOLE
    return whole.is_file() and not whole.is_symlink()


def sampled_in(attempt: Path) -> Sampled | None:
    """What is missing of an attempt's readings; None if nothing is."""
    if readings_of(attempt).name == WHOLE:
        return None
    try:
        descriptor = os.open(attempt / SAMPLED, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return _DECODER.decode(os.read(descriptor, _LARGEST))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    finally:
        os.close(descriptor)


def is_read_again(attempt: Path, ended: float, now: float) -> bool:
    """Whether the whole readings of an attempt that ended are still to come. `ended` and `now`: Unix seconds.

    The child that writes them is known by its unfinished file only: it may run on another machine.
    """
    sampled = sampled_in(attempt)
    if sampled is None or sampled.reason:
        return False
    newest = ended
    for unfinished in attempt.glob(f".{WHOLE}.*"):
        with contextlib.suppress(OSError):
            newest = max(newest, unfinished.lstat().st_mtime)
    return now - newest < _QUIET_SECONDS


def write_sampled(attempt: Path, sampled: Sampled) -> None:
    """Say what is missing; a full disk keeps what was said before."""
    temporary = attempt / f".{SAMPLED}.{os.getpid()}"
    with contextlib.suppress(OSError):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(msgspec.json.encode(sampled))
        os.rename(temporary, attempt / SAMPLED)
