"""Disk space: reserved ahead of each growing file, and alerts before the disk is full.

A stage writes its log itself, so on a full disk its own `print` would fail (FAULTS rule 5). Blocks reserved behind the
file's end with fallocate(2) FALLOC_FL_KEEP_SIZE are the file's already: what it appends next fits in them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

__all__ = ["AHEAD", "DiskGuard", "ReservedSpace", "punch"]

AHEAD = 4 << 20
"""Bytes kept reserved ahead of a log."""

LOW_BYTES = 1 << 30
"""Less free room than this is worth a warning (2 % of small disks)."""

_KEEP_SIZE, _PUNCH_HOLE = 0x01, 0x02
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def _fallocate(descriptor: int, mode: int, offset: int, length: int) -> bool:
    if _libc is None:
        return False
    return bool(_libc.fallocate(descriptor, mode, ctypes.c_int64(offset), ctypes.c_int64(length)) == 0)


def punch(descriptor: int, end: int) -> int:
    """Give the blocks of a file's bytes before `end` back to the disk; its size and all offsets stay.

    0, or the errno of why not: EOPNOTSUPP where the system or the file system has no fallocate(2) with
    FALLOC_FL_PUNCH_HOLE (Linux: ext4, xfs, btrfs, tmpfs and NFS 4.2 have it).
    """
    if _libc is None:
        return errno.EOPNOTSUPP
    return 0 if _fallocate(descriptor, _PUNCH_HOLE | _KEEP_SIZE, 0, end) else ctypes.get_errno()


class ReservedSpace:
    """Room ahead of one file. Where the file system can't reserve, nothing happens."""

    def __init__(self, path: Path, ahead: int = AHEAD) -> None:
        self.path = path
        self._ahead = ahead
        self._reserved_to = 0
        self._works = _libc is not None

    def keep(self, size: int) -> None:
        """See to it that at least half of `ahead` bytes are reserved behind `size`."""
        if not self._works or size + self._ahead // 2 < self._reserved_to:
            return
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return
        try:
            if _fallocate(descriptor, _KEEP_SIZE, size, self._ahead):
                self._reserved_to = size + self._ahead
            elif ctypes.get_errno() not in (28, 122):  # ENOSPC, EDQUOT: try again; anything else: it can't be done here
                self._works = False
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Free the space reserved behind the file's end. Only when no process appends any more.

        Truncating a file to the size it has frees blocks beyond its end (ext4, xfs, btrfs).
        """
        if not self._reserved_to:
            return
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return
        try:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size)
        except OSError:
            pass  # the space stays reserved; no harm done
        finally:
            os.close(descriptor)
        self._reserved_to = 0


class DiskGuard:
    """Alerts once when the disk of the sessions is nearly full or full, and once when it has room again."""

    def __init__(self, path: Path, low_bytes: int = LOW_BYTES) -> None:
        self.path = path
        self._low = low_bytes
        self._state = "room"

    def look(self) -> str | None:
        """The alert if its state changed since the last look."""
        try:
            room = os.statvfs(self.path)
        except OSError:
            return None
        free, total = room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize
        low = min(self._low, total // 50)
        state = "full" if free < 1 << 20 or (room.f_files and room.f_favail == 0) else "low" if free < low else "room"
        if state == "room" and self._state != "room" and free < 2 * low:
            state = "low"  # no repeated alerts near the limit
        if state == self._state:
            return None
        self._state, before = state, self._state
        if state == "full":
            return "the disk of the sessions is full: training goes on while its log's reserve lasts"
        if state == "low":
            return None if before == "full" else f"the disk of the sessions is nearly full: {free / 2**20:.0f} MiB free"
        return f"the disk of the sessions has room again: {free / 2**20:.0f} MiB free"
