"""Temporary files that a killed sender leaves in `control/`: removed once their writer is gone."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable

__all__ = ["Leftovers"]

WAIT_SECONDS = 5.0
"""A sender writes and renames its file in milliseconds."""

LONG_SECONDS = 60.0
"""After so long a file is left over whatever its writer's pid says: another process, or another host's."""

_TEMPORARY = re.compile(r"\.\d{20}-[0-9a-f]{1,64}\.json\.(\d{1,10})\.[0-9a-f]{8}")
"""As `replace_file` names them for `drop`: the command's file, the sender's pid, random digits."""


class Leftovers:
    """Remembers since when each such file was seen, by the runner's own clock."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def look(self, folder: int, names: Iterable[str]) -> None:
        """Remove what is left over in the folder of that descriptor."""
        now = time.monotonic()
        self._seen = {name: self._seen.get(name, now) for name in names if _TEMPORARY.fullmatch(name)}
        for name, since in self._seen.items():
            match = _TEMPORARY.fullmatch(name)
            age = now - since
            if match is None or age < WAIT_SECONDS or (age < LONG_SECONDS and _in_use(int(match[1]))):
                continue
            try:
                os.unlink(name, dir_fd=folder)
            except OSError:
                continue  # the next look tries again


def _in_use(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
