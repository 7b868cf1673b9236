"""Small reads of Linux's /proc: one system call each, no more parsing than the gauges need.

Field numbers are those of proc_pid_stat(5).
"""

from __future__ import annotations

import os
import sys
from typing import Final, NamedTuple

__all__ = ["LINUX", "ProcessStat", "command_line", "parse_stat", "read_bytes", "read_leader", "read_stat"]

LINUX: Final = sys.platform.startswith("linux")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if LINUX else 4096
_LONGEST_COMMAND: Final = 400  # characters; a Java class path has been seen to take 100 KB


class ProcessStat(NamedTuple):
    """What /proc/PID/stat says. `own` are clock ticks of the process, `tree` those plus its waited-for children's."""

    name: bytes
    state: str
    ppid: int
    own: int
    tree: int
    threads: int
    start_time: int
    rss: int


def read_bytes(path: str, limit: int = 4096) -> bytes | None:
    """At most `limit` bytes of a kernel file, None if it does not exist, is not readable, or its device fails."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, limit)
    except OSError:
        return None
    finally:
        os.close(fd)


def parse_stat(data: bytes) -> ProcessStat:
    """Reads one line of /proc/PID/stat. The name may contain any character, `)` too: the last `)` ends it."""
    end = data.rindex(b")")
    # fields 3 (state) to 24 (rss), the rest unsplit
    fields = data[end + 2 :].split(b" ", 22)
    own = int(fields[11]) + int(fields[12])
    return ProcessStat(
        data[data.index(b"(") + 1 : end],
        fields[0].decode(),
        int(fields[1]),
        own,
        own + int(fields[13]) + int(fields[14]),
        int(fields[17]),
        int(fields[19]),
        int(fields[21]) * _PAGE,
    )


def read_stat(pid: int | str) -> ProcessStat | None:
    """The kernel's data about a process; None if there is no such process."""
    data = read_bytes(f"/proc/{pid}/stat", 1024)
    return parse_stat(data) if data else None


def read_leader(pid: int) -> ProcessStat | None:
    """As `read_stat`, for a number that may be a thread's: those have entries in /proc too, and give None."""
    data = read_bytes(f"/proc/{pid}/stat", 1024)
    if not data or data[data.rindex(b")") + 2 :].split(b" ", 36)[35] == b"-1":  # field 38: signal sent at its end
        return None
    return parse_stat(data)


def command_line(pid: int, name: bytes) -> str:
    """The command of a process as one line of at most 400 characters; `[name]` when it shows none, as ps does."""
    data = (read_bytes(f"/proc/{pid}/cmdline") or b"").rstrip(b"\0")
    if not data:
        return f"[{name.decode(errors='replace')}]"
    return data.replace(b"\0", b" ").decode(errors="replace")[:_LONGEST_COMMAND]
