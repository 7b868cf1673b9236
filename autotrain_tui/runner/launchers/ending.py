"""The exit record, and whether it can be true: the one proof of an end must not be somebody's scribble.

A shim registers first (`started.json`), and writes the end down only after the command was reaped. A record without
the one, or while the command's own process lives, is not the shim's: it is moved aside, so that the true one can be
written.
"""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from autotrain_tui.session.attempt import Exit, Reading, Running, Started, read_record
from autotrain_tui.session.identity import boot_id, is_alive

__all__ = ["read_end"]

log = logging.getLogger(__name__)


def read_end(folder: Path) -> tuple[Reading[Exit], str]:
    """The exit record of the attempt in `folder`, and a sentence when one that stood there was not believed."""
    reading = read_record(folder, Exit)
    if reading.absent:
        return reading, ""
    why = _contradiction(folder, reading.record)
    if not why:
        return reading, ""
    aside = folder / f"{Exit.FILE}.not-believed-{secrets.token_hex(3)}"
    words = f"{Exit.FILE} was not believed: {why}; it is kept as {aside.name}"
    log.warning("%s: %s", folder, words)
    try:
        os.rename(folder / Exit.FILE, aside)
    except OSError as error:
        words += f" ({error.strerror})"
    return Reading(None), words


def _contradiction(folder: Path, record: Exit | None) -> str:
    """Why the record can't be a shim's; empty when it can. What is no record at all stands in a living shim's way."""
    started = read_record(folder, Started)
    if started.absent:
        return "no shim had registered" if record is not None else ""
    if started.record is None:
        return ""
    if started.record.cancelled:
        return "the attempt was cancelled" if record is not None and record.error is None else ""
    running = read_record(folder, Running).record
    if running is not None and started.record.boot_id == boot_id() and is_alive(running.identity):
        return f"the command, process {running.pid}, was alive"
    return ""
