"""A handle of one process, so that a signal can reach no other: pid, start time and owner checked through a pidfd.

The pidfd is opened first and the identity compared after: from then on the kernel itself keeps the two together
(pidfd_open(2), Linux 5.3). Elsewhere the identity is compared again before each signal, which leaves a gap of
microseconds.
"""

from __future__ import annotations

import os
import signal
from typing import Self

from autotrain_tui.session.records.process_identity import LINUX, Identity, is_alive, start_time

__all__ = ["HAS_PIDFD", "ProcessHandle", "send"]

HAS_PIDFD = LINUX and hasattr(os, "pidfd_open")


def _owner(pid: int) -> int | None:
    """The real user id of a process (`/proc/PID` itself belongs to root when the process is not dumpable)."""
    if not LINUX:
        import psutil  # only where there is no /proc

        try:
            return int(psutil.Process(pid).uids().real)
        except psutil.Error:
            return None
    try:
        with open(f"/proc/{pid}/status", "rb", 0) as file:
            return int(file.read(1024).partition(b"\nUid:")[2].split()[0])
    except (FileNotFoundError, ProcessLookupError, PermissionError, ValueError, IndexError):
        pass
    return None


class ProcessHandle:
    """A process that was alive and ours when opened. Close it, or use it as a context."""

    def __init__(self, identity: Identity, descriptor: int | None) -> None:
        """For `open` only."""
        self.identity = identity
        self._descriptor = descriptor

    @classmethod
    def open(cls, identity: Identity) -> ProcessHandle | None:
        """Open the process; None if it has ended, its pid was reused, or it belongs to another user.

        Raises OSError if that cannot be told (no free descriptor, for example): it may be alive.
        """
        if identity.pid <= 1 or identity.pid == os.getpid():
            return None
        descriptor = None
        if HAS_PIDFD:
            try:
                descriptor = os.pidfd_open(identity.pid)
            except (ProcessLookupError, PermissionError):
                return None
        ours = False
        try:
            # `is_alive` alone counts a process as alive that cannot be asked about: it might be another one
            alive = start_time(identity.pid) == identity.start_time and is_alive(identity)
            ours = alive and _owner(identity.pid) == os.getuid()
        finally:
            if descriptor is not None and not ours:
                os.close(descriptor)
        return cls(identity, descriptor) if ours else None

    @property
    def descriptor(self) -> int | None:
        """The pidfd, readable when the process has ended; None where there are none."""
        return self._descriptor

    def alive(self) -> bool:
        """Whether it has not ended; with a pidfd, as far as its end has been noticed and the handle closed."""
        return self._descriptor is not None if HAS_PIDFD else is_alive(self.identity)

    def send(self, number: int) -> bool:
        """Send a signal; False when the process has ended or may not be signalled."""
        try:
            if self._descriptor is not None:
                signal.pidfd_send_signal(self._descriptor, number)
            elif not HAS_PIDFD and is_alive(self.identity):
                os.kill(self.identity.pid, number)
            else:
                return False
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the handle."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def send(identity: Identity, number: int) -> bool:
    """Signal the process that `identity` names; False if it has ended or can't be signalled. Raises as `open`."""
    handle = ProcessHandle.open(identity)
    if handle is None:
        return False
    with handle:
        return handle.send(number)
