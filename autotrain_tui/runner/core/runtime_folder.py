"""The one folder of this user, on this machine, where runners of all sessions meet: mode 0700, its owner verified.

XDG_RUNTIME_DIR where it is ours (and its usual place where the variable is not set, so that a cron job and an SSH
login meet), else a folder in /tmp, which anybody may have made before us: then it is refused (FAULTS X12).
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from autotrain_tui.errors import MachineError, UnreadableError

__all__ = ["open_private", "runtime_folder"]

_NAME = "autotrain-tui"

_NOT_NOW = (errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE, errno.ENOMEM, errno.EINTR)
"""Errors that say nothing about the folder."""


def runtime_folder(environ: Mapping[str, str] = os.environ, temporary: str = "/tmp") -> Path:  # noqa: S108  verified
    """Where the folder is or would be; makes nothing. `temporary` is the folder of last resort."""
    places = [environ.get("XDG_RUNTIME_DIR", "")]
    if sys.platform.startswith("linux"):
        places.append(f"/run/user/{os.getuid()}")
    for place in places:
        if os.path.isabs(place) and _is_ours(place):
            return Path(place) / _NAME
    return Path(temporary) / f"{_NAME}-{os.getuid()}"


def open_private(folder: Path) -> int:
    """A descriptor of `folder`, made with mode 0700 when it is not there.

    Raises MachineError when it can't be made, is a link, belongs to another user or is open to others, UnreadableError
    when it can't be opened just now.
    """
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise MachineError(f"{folder}: can't be made: {error.strerror}") from error
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _NOT_NOW:
            raise UnreadableError(f"{folder}: can't be opened: {error.strerror}") from error
        raise MachineError(f"{folder}: is no folder of ours ({error.strerror}); remove it") from error
    status = os.fstat(fd)
    if status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077:
        return fd
    os.close(fd)
    raise MachineError(f"{folder}: belongs to another user or is open to others; remove it or set XDG_RUNTIME_DIR")


def _is_ours(place: str) -> bool:
    """Whether a runtime folder keeps the promise of its specification: ours alone (XDG base directory, 0700)."""
    try:
        status = os.lstat(place)
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return ours and not stat.S_IMODE(status.st_mode) & 0o077
