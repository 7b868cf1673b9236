"""Sessions by name: what a session's id looks like, and all of a folder's, newest first. Imports next to nothing."""

from __future__ import annotations

import os
import re
import stat

__all__ = ["NAME", "folder_names", "has_journal", "session_names"]

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""A session's id: plan names are at most 64 characters, the time stamp and a collision number come before and after."""


def session_names(sessions: str) -> list[str]:
    """The ids of all sessions in a folder, newest first (by id: its first part is the time it was made)."""
    return [name for name in folder_names(sessions) if has_journal(sessions, name)]


def folder_names(sessions: str) -> list[str]:
    """The same, but not yet asked whether each has a journal: for who looks at its journal anyway."""
    named = NAME.fullmatch
    try:
        with os.scandir(sessions) as entries:
            names = [entry.name for entry in entries if named(entry.name) and entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    names.sort(key=_newest, reverse=True)
    return names


def has_journal(sessions: str, name: str) -> bool:
    """Whether the folder is a session's."""
    try:
        return stat.S_ISREG(os.lstat(f"{sessions}/{name}/journal.jsonl").st_mode)
    except OSError:
        return False


def _newest(name: str) -> tuple[str, int, str]:
    """Sort key: the time stamp, then the collision number (…-2 is newer than the one without)."""
    number = 1
    if name[-1].isdigit():
        last = name[15:].rpartition("-")[2]
        number = int(last) if last.isdigit() and len(last) < 4 else 1
    return name[:15], number, name
