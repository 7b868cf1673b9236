"""Session ids: their form, and the ids in a folder, newest first. Imports little, for start-up."""

from __future__ import annotations

import os
import stat
from types import MappingProxyType

from autotrain_tui.errors import UnreadableError

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["folder_names", "has_journal", "is_session_name", "session_names"]

_LONGEST = 128
"""Characters: plan names are at most 64, the time stamp and a collision number come before and after."""
_SIGNS = str.maketrans("", "", "._-")


def is_session_name(word: str) -> bool:
    """Whether a word can be a session's id: ASCII letters, digits, `_`, and after the first character `.` and `-`."""
    if not word or len(word) > _LONGEST or word[0] in ".-" or not word.isascii():
        return False
    letters = word.translate(_SIGNS)  # not by a pattern: compiling one takes a hundredth of a short command
    return letters.isalnum() or not letters


def session_names(sessions: str) -> list[str]:
    """The ids of all sessions in a folder, newest first (by id: its first part is the time it was made)."""
    return [name for name in folder_names(sessions) if has_journal(sessions, name)]


def folder_names(sessions: str, known: Mapping[str, object] = MappingProxyType({})) -> list[str]:
    """The same without the check for a journal, for callers that open the journal anyway.

    `known`: ids that were there before, newest first, so that fewer need sorting. Raises UnreadableError if the folder
    is there and cannot be read: that is not "no session".
    """
    try:
        with os.scandir(sessions) as entries:
            found = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UnreadableError(f"{sessions}: can't be read: {error.strerror}") from error
    names = list(known) if found.issuperset(known) else [name for name in known if name in found]
    new = [name for name in found.difference(known) if is_session_name(name)]
    if new:
        names = sorted([*names, *new], reverse=True)
        if len({name[:15] for name in names}) < len(names):  # some began in the same second, which is rare
            names.sort(key=_newest, reverse=True)
    return names


def has_journal(sessions: str, name: str) -> bool:
    """Whether the folder has a journal, and so is a session; one that cannot be asked about counts as one."""
    try:
        return stat.S_ISREG(os.lstat(f"{sessions}/{name}/journal.jsonl").st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _newest(name: str) -> tuple[str, int, str]:
    """Sort key: the time stamp, then the collision number (…-2 is newer than the one without)."""
    number = 1
    if name[-1].isdigit():
        last = name[15:].rpartition("-")[2]
        number = int(last) if last.isdigit() and len(last) < 4 else 1
    return name[:15], number, name
