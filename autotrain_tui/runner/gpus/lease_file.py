"""The file of one GPU's lease: who holds it, with absent, damaged and unreadable told apart."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Final

import msgspec

from autotrain_tui.errors import UnreadableError
from autotrain_tui.session.records.attempt_files import RunningRecord, Started, read_record
from autotrain_tui.session.records.process_identity import Identity, boot_id, is_alive
from autotrain_tui.session.records.read_file import could_not_ask

__all__ = ["LeaseHolder", "peek_lease", "read_lease", "write_lease"]

log = logging.getLogger(__name__)

_LARGEST: Final = 64 << 10  # bytes of a lease file worth reading


class LeaseHolder(msgspec.Struct, frozen=True):
    """Who a lease is for: an attempt by its folder, and the names to show. `processes` are those known by now."""

    session: str
    stage: str
    attempt_dir: str
    boot_id: str | None = None
    processes: tuple[Identity, ...] = ()
    others: tuple[str, ...] = ()
    """The folders of further attempts that share the GPU: trials of one search."""

    @property
    def living(self) -> bool:
        """Whether any process of the attempt lives; before they are recorded here, the attempt's own records count."""
        if self.boot_id is None or self.boot_id != boot_id():
            return False
        processes = self.processes or self._recorded()
        return processes is None or any(is_alive(process) for process in processes)

    def _recorded(self) -> tuple[Identity, ...] | None:
        """The processes of the attempt's own records; None if those could not be read: it may be alive."""
        folder = Path(self.attempt_dir)
        read, running = read_record(folder, Started), read_record(folder, RunningRecord)
        if read.unreadable or running.unreadable:
            return None
        started = read.record
        if started is None or started.boot_id != boot_id():
            return ()
        known = (started.a, started.b, running.record.identity if running.record else None)
        return tuple(process for process in known if process is not None)


def read_lease(fd: int) -> LeaseHolder | None:
    """The holder; None for an empty file (released) and one that is damaged, which nobody who lives has written.

    Raises UnreadableError when it could not be read: whose the GPU is is unknown then.
    """
    try:
        data = os.pread(fd, _LARGEST, 0)
    except OSError as error:
        raise UnreadableError(f"its lease can't be read: {error.strerror}") from error
    text = data.partition(b"\n")[0]  # behind it: what is left of a longer one, when its writer was killed
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=LeaseHolder)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        log.warning("a GPU's lease is damaged and counts for nothing: %s", error)
        return None


def peek_lease(folder: Path, key: str) -> LeaseHolder | None:
    """The holder that a locked file names. Raises UnreadableError as `_read`."""
    path = folder / f"{key}.lease"
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        if could_not_ask(error, path):
            raise UnreadableError(f"its lease can't be read: {error.strerror}") from error
        return None
    try:
        return read_lease(fd)
    finally:
        os.close(fd)


def write_lease(fd: int, holder: LeaseHolder) -> None:
    """Write the holder, whole from the first byte: a writer that is killed in between leaves a readable file."""
    data = msgspec.json.encode(holder) + b"\n"
    os.pwrite(fd, data, 0)
    os.ftruncate(fd, len(data))
