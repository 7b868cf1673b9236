"""A person's command as a file.

Keys, palette entries and command-line verbs (`verbs.REQUESTS`) all end here. The sender drops a file by rename into
`control/`; the runner takes it, journals a `command` event under the same id, and moves it to `control/done/`.
"""

from __future__ import annotations

import os
import time

import msgspec

from autotrain_tui.errors import MachineError, UsageError
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import SessionFolder, replace_file

__all__ = ["MAX_BYTES", "Args", "Command", "drop", "new_command", "not_recorded"]

Args = dict[str, str | int | float | bool | None]

MAX_BYTES = 64 * 1024
"""A larger command file is refused unread."""


class Command(msgspec.Struct, frozen=True):
    """A request to the runner, as it stands in its file."""

    id: str
    verb: str
    stage: str | None = None
    reason: str = ""
    args: Args = {}
    session: str = ""
    by: str = ""
    sent: str = ""
    version: int = 1


def not_recorded(command: str) -> str:
    """Where the file of a command with this id goes that could not be recorded, relative to `control/`."""
    return f"done/{command}.not-recorded.json"


def new_command(
    verb: str,
    folder: SessionFolder,
    *,
    stage: str | None = None,
    reason: str = "",
    args: Args | None = None,
    by: str = "",
) -> Command:
    """A command with a new id and the sender's identity: `by`, else the user and the process."""
    import getpass  # for start-up: these three cost 4 ms
    import secrets
    import socket

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    by = by or f"{user}@{socket.gethostname()} ({os.getpid()})"
    return Command(secrets.token_hex(8), verb, stage, reason, args or {}, folder.id, by, now_iso())


def drop(folder: SessionFolder, command: Command) -> None:
    """Write the command into the runner's control folder.

    Raises UsageError for a command that is too large, MachineError if it cannot be written.
    """
    data = msgspec.json.encode(command)
    if len(data) >= MAX_BYTES:
        raise UsageError(f"a command must be smaller than {MAX_BYTES >> 10} KiB, its reason included")
    name = f"{time.time_ns():020d}-{command.id}.json"
    try:
        replace_file(folder.control / name, data, sync=False)  # complete or not at all, without leftovers
    except OSError as error:
        raise MachineError(f"{folder.control}: cannot write the command: {error.strerror}") from error
