"""The identity of a process: pid, start time and boot together, never a pid alone.

Pids are reused (on Linux by default after 32,768 or 4 million processes, and after a reboot), so a recorded pid may
belong to another process today. The kernel's start time of the process (proc_pid_stat(5), field 22: clock ticks since
boot) and the boot's id tell the two apart. The shim writes identities by the same rules (`runner/shim.py`).
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Annotated, Final

import msgspec

__all__ = [
    "LINUX",
    "Identity",
    "boot_id",
    "boot_time",
    "host",
    "is_alive",
    "is_stopped",
    "machine_id",
    "own_identity",
    "start_time",
]

LINUX: Final = sys.platform.startswith("linux")

Pid = Annotated[int, msgspec.Meta(gt=1, lt=1 << 31)]
"""Never 0, 1 or negative: kill(2) gives those other meanings."""


class Identity(msgspec.Struct, frozen=True):
    """A process of one boot of one machine. `start_time`: clock ticks since boot on Linux, µs since 1970 elsewhere."""

    pid: Pid
    start_time: Annotated[int, msgspec.Meta(ge=0)]


def _stat_fields(pid: int) -> list[bytes] | None:
    """The fields of /proc/PID/stat from the state on (proc_pid_stat(5), number 3); None if there is no such process.

    Raises OSError if that cannot be told: no descriptor is free, for example.
    """
    for tries_left in (2, 1, 0):
        try:
            with open(f"/proc/{pid}/stat", "rb", 0) as file:  # unbuffered: one read(2) has all of it
                return file.read(4096).rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return None
        except OSError:
            if not tries_left:
                raise
    return None


def start_time(pid: int) -> int | None:
    """The start time of the process, in the unit of `Identity`; None if there is no such process. Zombies have one.

    Raises OSError if it cannot be told whether there is one.
    """
    if LINUX:
        fields = _stat_fields(pid)
        return int(fields[19]) if fields is not None and len(fields) > 19 else None
    import psutil  # 20 ms, needed only without /proc

    try:
        return round(float(psutil.Process(pid).create_time()) * 1_000_000)
    except psutil.Error:
        return None


def own_identity() -> Identity:
    """The identity of the current process."""
    pid = os.getpid()
    return Identity(pid, start_time(pid) or 0)


@functools.cache
def boot_id() -> str | None:
    """The unique id of this boot of this machine; None if the system has none."""
    if LINUX:
        return _one_line("/proc/sys/kernel/random/boot_id")
    import ctypes  # only where there is no /proc

    text, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    try:
        ctypes.CDLL(None).sysctlbyname(b"kern.bootsessionuuid", text, ctypes.byref(size), None, 0)
    except AttributeError:
        return None
    return text.value.decode() or None


def boot_time() -> float | None:
    """The boot time in Unix seconds (it changes when the clock is set); None if unknown."""
    import psutil  # 20 ms, needed only after a reboot

    try:
        return float(psutil.boot_time())
    except (OSError, psutil.Error):
        return None


@functools.cache
def machine_id() -> str | None:
    """The unique id of this installation (machine-id(5)); None if there is none."""
    return _one_line("/etc/machine-id")


def _one_line(path: str) -> str | None:
    """The text of a file of one line; None if there is none. Kept for the process's life, so asked more than once."""
    for _ in range(3):
        try:
            with open(path, "rb", 0) as file:  # unbuffered, and no codec is loaded for it
                return file.read(4096).decode("ascii").strip() or None
        except (FileNotFoundError, ValueError):
            return None
        except OSError:
            continue
    return None


def host() -> str:
    """The host name as the kernel reports it."""
    return os.uname().nodename


def is_alive(identity: Identity) -> bool:
    """Whether that process of this boot exists and has not ended (a zombie has).

    A process that cannot be asked about counts as alive as long as its pid is in use: nothing is judged lost by it.
    """
    if LINUX:
        try:
            fields = _stat_fields(identity.pid)
        except OSError:
            return _pid_in_use(identity.pid)
        if fields is None or len(fields) <= 19 or int(fields[19]) != identity.start_time:
            return False
        # a zombie leader whose other threads still run has not ended (field 20: threads)
        return fields[0] not in (b"Z", b"X") or int(fields[17]) > 1
    import psutil  # see above

    try:
        if start_time(identity.pid) != identity.start_time:
            return False
        return bool(psutil.Process(identity.pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_stopped(identity: Identity) -> bool:
    """Whether that process is stopped (SIGSTOP, Ctrl+Z), and so answers nothing; False where that is not told."""
    if not LINUX:
        return False
    try:
        fields = _stat_fields(identity.pid)
    except OSError:
        return False
    return fields is not None and len(fields) > 19 and int(fields[19]) == identity.start_time and fields[0] == b"T"


def _pid_in_use(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
