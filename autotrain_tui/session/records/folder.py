"""A session's folder: the path of each file, and how the folder is created.

Private whatever the umask: folders 0700, files 0600 (DESIGN section 4). Names are checked before they become paths.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from autotrain_tui.errors import MachineError, RecordsError, RefusedError
from autotrain_tui.session.records.read_file import is_gone

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AttemptFolder",
    "SessionFolder",
    "create_session_folder",
    "make_private_dir",
    "open_session_folder",
    "replace_file",
    "write_new",
]


class AttemptFolder(msgspec.Struct, frozen=True):
    """`stages/N-NAME/attempt-K/`."""

    path: Path

    @property
    def log(self) -> Path:
        """The command's output."""
        return self.path / "log"

    @property
    def result(self) -> Path:
        """The program's final numbers."""
        return self.path / "result.json"

    @property
    def metrics(self) -> Path:
        """The program's own metric lines."""
        return self.path / "metrics.jsonl"

    @property
    def readings(self) -> Path:
        """What the runner read."""
        return self.path / "readings.jsonl"

    @property
    def stop(self) -> Path:
        """The stop order."""
        return self.path / "stop.json"

    @property
    def ranks(self) -> Path:
        """Records and logs of a distributed attempt's ranks."""
        return self.path / "ranks"

    def rank_log(self, rank: int) -> Path:
        """The output of one rank."""
        return self.ranks / f"{rank}.log"


class SessionFolder(msgspec.Struct, frozen=True):
    """The folder of one session and the paths of its files."""

    path: Path

    @property
    def id(self) -> str:
        """The session's id: the folder's name."""
        return self.path.name

    def loss(self, name: str) -> str:
        """A sentence about what is gone where there is no journal: the folder, called `name`, or its journal alone."""
        if is_gone(self.path):
            return f"{name} is gone: it was moved or deleted"
        return f"{name} has no {self.journal.name} any more: the file was moved or deleted"

    @property
    def plan(self) -> Path:
        """The plan as resolved for this session."""
        return self.path / "plan.toml"

    @property
    def journal(self) -> Path:
        """Everything that happened."""
        return self.path / "journal.jsonl"

    @property
    def lock(self) -> Path:
        """The lock file that the runner holds; it identifies the runner."""
        return self.path / "runner.lock"

    @property
    def runner_log(self) -> Path:
        """The runner's own log."""
        return self.path / "runner.log"

    @property
    def heartbeat(self) -> Path:
        """Live values of the running stages."""
        return self.path / "heartbeat"

    @property
    def gauges(self) -> Path:
        """Recorded machine samples."""
        return self.path / "gauges.jsonl"

    @property
    def notes(self) -> Path:
        """Notes and tags."""
        return self.path / "notes.json"

    @property
    def control(self) -> Path:
        """Commands that the runner has not taken yet."""
        return self.path / "control"

    @property
    def done(self) -> Path:
        """Commands the runner has taken."""
        return self.path / "control" / "done"

    @property
    def track(self) -> Path:
        """States, locks and messages of the processes that send numbers to trackers."""
        return self.path / "track"

    @property
    def summary(self) -> Path:
        """The summary in the classic form."""
        return self.path / "session.json"

    def stage(self, index: int, name: str) -> Path:
        """A stage's folder."""
        return self.path / "stages" / f"{index}-{name}"

    def attempt(self, index: int, name: str, number: int) -> AttemptFolder:
        """An attempt's folder."""
        return AttemptFolder(self.stage(index, name) / f"attempt-{number}")

    def at(self, relative: str) -> AttemptFolder:
        """The attempt whose folder the journal names. Raises RecordsError for a path outside the session."""
        parts = relative.split("/")
        if not parts or any(part in {"", ".", ".."} for part in parts):
            raise RecordsError(f"{self.journal}: names a folder outside the session: {relative!r}")
        return AttemptFolder(self.path.joinpath(*parts))


def make_private_dir(path: Path) -> None:
    """Create a folder that only its owner can enter. Raises FileExistsError if the path exists."""
    path.mkdir(mode=0o700)
    path.chmod(0o700)  # the umask may have removed rights of the owner too


def _make_sessions_dir(path: Path) -> None:
    """Create the folder of sessions unless it is there; other users must not replace its entries."""
    try:
        path.mkdir(mode=0o700, parents=True)
    except OSError:
        if not path.is_dir():  # some systems check first whether they may create it
            raise
    else:
        path.chmod(0o700)  # the umask may have removed rights of the owner too


def create_session_folder(sessions: Path, plan: str) -> SessionFolder:
    """A new folder `YYYYMMDD-HHMMSS-PLAN[-2…]` (UTC) in `sessions`, with `control/`, `control/done/` and `stages/`.

    Raises MachineError if it cannot be created.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    try:
        _make_sessions_dir(sessions)
        for number in range(1, 1000):
            folder = SessionFolder(sessions / (f"{stamp}-{plan}" + (f"-{number}" if number > 1 else "")))
            try:
                make_private_dir(folder.path)
            except FileExistsError:
                continue
            for inner in (folder.control, folder.done, folder.path / "stages"):
                make_private_dir(inner)
            return folder
    except OSError as error:
        raise MachineError(f"{sessions}: cannot create a session here: {error.strerror}") from error
    raise MachineError(f"{sessions}: cannot create a session: 1000 were created in this second")


def open_session_folder(path: Path) -> SessionFolder:
    """The folder of an existing session: a directory, not a link. Raises RefusedError."""
    try:
        status = os.lstat(path)
    except OSError as error:
        raise RefusedError(f"{path}: no such session") from error
    if not stat.S_ISDIR(status.st_mode):
        raise RefusedError(f"{path}: not a session folder")
    return SessionFolder(path)


def write_new(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file that must not exist yet, mode 0600; `sync`: on the disk on return."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _write_all(descriptor, data)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes | Iterable[bytes], *, sync: bool = True) -> None:
    """Replace a file atomically: a reader sees the old or the new content, never a part. Mode 0600, no links.

    `data`: the content, or its pieces, each of which is written before the next one is made.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            for piece in (data,) if isinstance(data, bytes) else data:
                _write_all(descriptor, piece)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)
    except BaseException:  # of a piece that could not be made, too
        try:
            os.unlink(temporary)
        except FileNotFoundError:
            pass
        raise
    if sync:
        _sync_dir(path.parent)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_dir(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
