"""Tells that files have changed without looking at them: inotify(7), on Linux and for file systems of this machine.

A file system that other machines write to reports only what this machine does; there is nothing to wait for.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
from collections.abc import Iterable

__all__ = ["ChangeEvents"]

_FILE = 0x2 | 0x4 | 0x400 | 0x800
"""IN_MODIFY, IN_ATTRIB (also: replaced by a rename), IN_DELETE_SELF, IN_MOVE_SELF of linux/inotify.h."""
_FOLDER = 0x80 | 0x100
"""IN_MOVED_TO, IN_CREATE."""
_ONE_SHOT = 0x80000000
"""One event for each call of `expect`, so that whoever writes much pays for one."""

_LOCAL = frozenset(
    {
        0xEF53,  # ext2 to ext4
        0x58465342,  # XFS
        0x9123683E,  # Btrfs
        0x01021994,  # tmpfs
        0x794C7630,  # overlayfs
        0x2FC12FC1,  # ZFS
        0xF2F52010,  # F2FS
        0xCA451A4E,  # bcachefs
    }
)
"""`f_type` of statfs(2), from linux/magic.h: nobody else writes there."""


class ChangeEvents:
    """One inotify instance. Raises OSError if the system has none, or none left (128 a user)."""

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("no inotify on this system")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self._wake_end, self._wake = -1, -1
        try:
            self._wake_end, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self.close()
            raise
        self._poller = select.poll()
        self._poller.register(self._descriptor, select.POLLIN)
        self._poller.register(self._wake_end, select.POLLIN)

    def expect(self, paths: Iterable[str]) -> bool:
        """Have the next `wait` return when one of these files changes, or appears. False if that can't be promised.

        Call it before the files are looked at, so that no change falls between.
        """
        told = [self._add(path) for path in paths]
        return False not in told

    def wait(self, seconds: float) -> bool:
        """Return at a change (True), after `wake`, or after `seconds`."""
        ready = [descriptor for descriptor, _ in self._poller.poll(seconds * 1000)]
        for descriptor in ready:
            os.read(descriptor, 4096)
        return self._descriptor in ready

    def wake(self) -> None:
        """Have a `wait` of another thread return."""
        try:
            os.write(self._wake, b"\0")
        except OSError:
            pass  # closed, or woken so often already that the pipe is full

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in (self._descriptor, self._wake_end, self._wake):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._wake_end = self._wake = -1

    def _add(self, path: str) -> bool:
        """Watch the file; one that is not there yet by its folder."""
        folder = os.path.dirname(path) or "."
        if self._kind(folder) not in _LOCAL:
            return False
        if self._watch(path, _FILE):
            return True
        told = self._watch(folder, _FOLDER)
        return self._watch(path, _FILE) or told  # it may have come meanwhile

    def _watch(self, path: str, events: int) -> bool:
        mask = ctypes.c_uint32(events | _ONE_SHOT)
        return bool(self._libc.inotify_add_watch(self._descriptor, os.fsencode(path), mask) >= 0)

    def _kind(self, path: str) -> int:
        """The file system of a path: the first long of struct statfs; 0 if it can't be told."""
        status = (ctypes.c_ulong * 32)()
        if self._libc.statfs(os.fsencode(path), status):
            return 0
        return int(status[0]) & 0xFFFFFFFF
