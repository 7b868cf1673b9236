"""Sessions by name: what a session's id looks like, and all of a folder's, newest first. Imports next to nothing."""

from __future__ import annotations

import os
import re
import stat

__all__ = ["NAME", "session_names"]

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""A session's id: plan names are at most 64 characters, the time stamp and a collision number come before and after."""


def session_names(sessions: str) -> list[str]:
    """The ids of all sessions in a folder, newest first (by id: its first part is the time it was made)."""
    try:
        with os.scandir(sessions) as entries:
            names = [entry.name for entry in entries
                     if NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    names.sort(key=_newest, reverse=True)
    return [name for name in names if _is_file(os.path.join(sessions, name, "journal.jsonl"))]


def _newest(name: str) -> tuple[str, int, str]:
    """Sort key: the time stamp, then the collision number (…-2 is newer than the one without)."""
    stamp, tail = name[:15], name[15:]
    number = tail.rsplit("-", 1)[-1]
    return stamp, int(number) if number.isdigit() and len(number) < 4 else 1, name


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
