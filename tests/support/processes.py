"""The processes of this machine, for tests of what stays behind. Linux: /proc."""

from __future__ import annotations

import contextlib
from pathlib import Path

__all__ = ["command_lines"]


def command_lines() -> dict[int, list[bytes]]:
    """The words of every process's command line by its PID; those that end meanwhile are left out."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found[int(path.parent.name)] = path.read_bytes().split(b"\0")
    return found
