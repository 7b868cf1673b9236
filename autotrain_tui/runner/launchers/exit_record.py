"""The exit record, and whether a shim can have written it: it is the only proof of an end.

A shim registers first (`started.json`), and writes the exit record only after the command was reaped. A record without
that registration, or while the command's own process lives, is not the shim's: it is renamed, so that the shim can
write its own.
"""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from autotrain_tui.session.records.attempt_files import Exit, RecordRead, RunningRecord, Started, read_record
from autotrain_tui.session.records.process_identity import boot_id, is_alive

__all__ = ["not_believed", "read_end"]

_ASIDE = ".not-believed-"

log = logging.getLogger(__name__)


def read_end(folder: Path) -> RecordRead[Exit]:
    """The exit record of the attempt in `folder`, unless no shim can have written it: then it is renamed.

    `unreadable` also if what it is compared with could not be read.
    """
    reading = read_record(folder, Exit)
    if reading.absent or reading.unreadable:
        return reading
    started, running = read_record(folder, Started), read_record(folder, RunningRecord)
    for other in (started, running):
        if other.unreadable:  # whether a shim wrote it cannot be told now
            return RecordRead(None, other.reason, unreadable=True)
    why = _contradiction(reading.record, started, running.record)
    if not why:
        return reading
    log.warning("%s was not believed: %s", folder / Exit.FILE, why)
    try:
        os.rename(folder / Exit.FILE, folder / f"{Exit.FILE}{_ASIDE}{secrets.token_hex(3)}")
    except OSError as error:
        log.warning("it can't be moved aside: %s", error.strerror)
    return RecordRead(None)


def not_believed(folder: Path) -> list[str]:
    """The names under which such records are kept, by us or by the shim (`Owner.publish`)."""
    try:
        return sorted(name for name in os.listdir(folder) if name.startswith(Exit.FILE + _ASIDE))
    except OSError:
        return []


def _contradiction(record: Exit | None, started: RecordRead[Started], running: RunningRecord | None) -> str:
    """Why the record can't be a shim's; empty when it can. What is no record at all stands in a living shim's way."""
    if started.absent:
        return "no shim had registered" if record is not None else ""
    if started.record is None:
        return ""
    if started.record.cancelled:
        return "the attempt was cancelled" if record is not None and record.error is None else ""
    if record is not None and record.engine is not None and not record.known:
        return ""  # a runner gave up a job that its batch system calls over; the shim ends what lives on
    if running is not None and started.record.boot_id == boot_id() and is_alive(running.identity):
        return f"the command, process {running.pid}, was alive"
    return ""
