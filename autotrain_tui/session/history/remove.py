"""Removing a finished session's folder: by descriptors, on one device, without following a link (FAULTS X19).

The names at the top of the folder must be known; below `stages/` everything belongs to the session, since its programs
may write there. A folder with any other entry is not removed at all.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder

__all__ = ["TRASH", "Size", "empty_trash", "measure", "remove_leftovers", "remove_session", "trash_session"]

TRASH = ".trash"
"""The folder of sessions that were removed and can be had again, in the folder of sessions."""

_OURS = {
    "plan.toml",
    "journal.jsonl",
    "runner.lock",
    "runner.lock.probe",
    "runner.log",
    "heartbeat",
    "gauges.jsonl",
    "notes.json",
    "session.json",
    "control",
    "stages",
    "tensorboard",  # of `export --to tensorboard`
}
_TEMPORARY = re.compile(rf"\.(?:{'|'.join(map(re.escape, sorted(_OURS)))})\.\d+\.[0-9a-f]+")
_CHECKPOINTS = re.compile(r"checkpoints(?:\.before-\d+)?")
_GONE = ".removed-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a session on the disk in bytes, and the part of its checkpoints."""

    total: int
    checkpoints: int
    foreign: str = ""
    """Why the folder cannot be removed: an entry that does not belong to the session; empty if there is none."""


def measure(folder: SessionFolder) -> Size:
    """The size of a session, and whether its folder contains foreign entries."""
    total = checkpoints = 0
    try:
        device = os.lstat(folder.path).st_dev
        foreign = next(
            (
                f"{name!r} does not belong to a session"
                for name in sorted(os.listdir(folder.path))
                if name not in _OURS and not _TEMPORARY.fullmatch(name)
            ),
            "",
        )
    except OSError as error:
        return Size(0, 0, error.strerror or str(error))
    pending = [(str(folder.path), False)]
    while pending:
        path, saved = pending.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    taken = status.st_blocks * 512
                    total += taken
                    checkpoints += taken if saved else 0
                    if stat.S_ISDIR(status.st_mode):
                        pending.append((entry.path, saved or _CHECKPOINTS.fullmatch(entry.name) is not None))
                        if status.st_dev != device:
                            foreign = f"another file system is mounted at {entry.path}"
        except OSError as error:
            foreign = f"{path}: {error.strerror}"
    return Size(total, checkpoints, foreign)


def remove_session(folder: SessionFolder) -> None:
    """Remove a finished session that has no runner.

    Raises RefusedError if it is not finished, has a runner or contains foreign entries; MachineError if the removal
    fails halfway: the rest is then named `.removed-ID`, for `remove_leftovers`.
    """
    _check(folder)
    with _parent_of(folder, "removed") as parent:
        _take_apart(parent, folder.id, folder)


def trash_session(folder: SessionFolder) -> Path:
    """Move a finished session that has no runner to the trash, a folder beside it; where it is now.

    Nothing is freed by that. Raises as `remove_session`.
    """
    _check(folder)
    trash = folder.path.parent / TRASH
    with _parent_of(folder, "moved to the trash") as parent:
        with contextlib.suppress(FileExistsError):
            os.mkdir(TRASH, 0o700, dir_fd=parent)
        inside, target, lock = os.open(folder.id, _FOLDER, dir_fd=parent), os.open(TRASH, _FOLDER, dir_fd=parent), -1
        try:
            for each in (inside, target):
                if (user := os.fstat(each).st_uid) != os.getuid():
                    raise RefusedError(f"{folder.id if each == inside else TRASH} belongs to user {user}")
            lock = _hold_lock(inside, folder)
            os.rename(folder.id, folder.id, src_dir_fd=parent, dst_dir_fd=target)
        finally:
            for each in (inside, target, lock):
                if each >= 0:
                    os.close(each)
    return trash / folder.id


def empty_trash(sessions: str) -> list[str]:
    """Delete what is in the trash; the names that are gone. Raises MachineError."""
    try:
        trash = os.open(os.path.join(sessions, TRASH), _FOLDER)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise MachineError(f"{os.path.join(sessions, TRASH)}: {error.strerror}") from error
    try:
        gone = []
        for name in sorted(os.listdir(trash)):
            _take_apart(trash, name, None)
            gone.append(name)
    except (OSError, RecursionError) as error:
        words = error.strerror if isinstance(error, OSError) else "nested too deeply"
        raise MachineError(f"{os.path.join(sessions, TRASH)}: can't be emptied: {words}") from error
    finally:
        os.close(trash)
    return gone


def _check(folder: SessionFolder) -> None:
    """Raises RefusedError if the session is not finished, or contains foreign entries."""
    view = load_view(folder)
    if not view.finished:
        raise RefusedError(f"session {folder.id} is not finished ({view.state})")
    foreign = measure(folder).foreign
    if foreign:
        raise RefusedError(f"session {folder.id} was not removed: {foreign}")


@contextlib.contextmanager
def _parent_of(folder: SessionFolder, what: str) -> Iterator[int]:
    """The folder of sessions; what fails within is a MachineError that says so."""
    try:
        parent = os.open(folder.path.parent, _FOLDER)
    except OSError as error:
        raise MachineError(f"{folder.path.parent}: {error.strerror}") from error
    try:
        yield parent
    except (OSError, RecursionError) as error:
        words = error.strerror if isinstance(error, OSError) else "nested too deeply"
        raise MachineError(f"{folder.path}: can't be {what}: {words}") from error
    finally:
        os.close(parent)


def remove_leftovers(sessions: str) -> int:
    """Complete earlier removals that failed; returns the number of folders removed."""
    try:
        parent = os.open(sessions, _FOLDER)
    except OSError:
        return 0
    done = 0
    try:
        for name in os.listdir(parent):
            if name.startswith(_GONE):
                try:
                    _take_apart(parent, name, None)
                    done += 1
                except (OSError, RecursionError, RefusedError):
                    continue  # it stays until the next call
    finally:
        os.close(parent)
    return done


def _take_apart(parent: int, name: str, folder: SessionFolder | None) -> None:
    """Remove the folder `name` in `parent`; a session's `folder` is first locked and renamed."""
    inside = os.open(name, _FOLDER, dir_fd=parent)
    lock = -1
    try:
        status = os.fstat(inside)
        if status.st_uid != os.getuid():
            raise RefusedError(f"{name} belongs to user {status.st_uid}")
        if folder is not None:
            lock = _hold_lock(inside, folder)
            os.rename(name, _GONE + name, src_dir_fd=parent, dst_dir_fd=parent)
            name = _GONE + name
        _empty(inside, status.st_dev)
        os.rmdir(name, dir_fd=parent)
    finally:
        os.close(inside)
        if lock >= 0:
            os.close(lock)


def _hold_lock(inside: int, folder: SessionFolder) -> int:
    """Take the runner's lock, so that no runner starts during the removal; returns its descriptor, or -1."""
    try:
        lock = os.open("runner.lock", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=inside)
    except FileNotFoundError:
        return -1
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise RefusedError(f"session {folder.id} has a runner") from None
        raise
    return lock


def _empty(inside: int, device: int) -> None:
    """Remove the content of the open folder, on its device only."""
    with os.scandir(inside) as entries:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in names:
        if not is_folder:
            os.unlink(name, dir_fd=inside)
            continue
        deeper = os.open(name, _FOLDER, dir_fd=inside)
        try:
            if os.fstat(deeper).st_dev != device:
                raise OSError(18, f"another file system is mounted at {name}")
            _empty(deeper, device)
        finally:
            os.close(deeper)
        os.rmdir(name, dir_fd=inside)
