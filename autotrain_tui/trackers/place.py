"""Where a session's numbers go, and the lock and state of the process that sends them there."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.plan.model import Scalar
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.trackers.target import Place

__all__ = ["follower_lock", "place_of", "state_path"]


def place_of(folder: SessionFolder, settings: Mapping[str, Scalar]) -> Place:
    """The place for a session. Raises RecordsError."""
    session = load_view(folder).session
    return Place(folder.id, folder.path, session.project or "/", session.plan, settings)


def state_path(folder: SessionFolder, name: str, settings: Mapping[str, Scalar], planned: object) -> Path:
    """Where the state is kept: under the tracker's name for what the plan says, else with a mark of the settings."""
    if planned == settings:
        return folder.track / f"{name}.json"
    mark = hashlib.sha256(repr(sorted(settings.items())).encode()).hexdigest()[:8]
    return folder.track / f"{name}-{mark}.json"


@contextlib.contextmanager
def follower_lock(path: Path, patience: float) -> Iterator[None]:
    """Held while a follower works on that state.

    Raises RefusedError if another one still holds it after `patience` seconds, MachineError if it cannot be taken.
    """
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path.with_suffix(".lock"), flags, 0o600)
    except OSError as error:
        raise MachineError(f"{path.parent}: can't be written: {error.strerror}") from error
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise RefusedError(
                        f"{path.stem}: another process sends this session's numbers there; "
                        f"autotrain-tui show {path.parent.parent.name} says how far it is"
                    ) from None
            except OSError as error:
                raise MachineError(f"{path.with_suffix('.lock')}: can't be locked: {error.strerror}") from error
            time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)
