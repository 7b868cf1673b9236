"""A person's command: the one description of every verb, the file that carries it, and the wait for its answer.

Keys, palette entries and command-line verbs all end here (`VERBS` is the only list). The sender drops a file by rename
into `control/`; the runner takes it, journals a `command` event under the same id, and moves it to `control/done/`.
"""

from __future__ import annotations

import os
import time
from enum import StrEnum

import msgspec

from autotrain_tui.errors import MachineError, UsageError
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.folder import SessionFolder, replace_file

__all__ = ["MAX_BYTES", "VERBS", "Args", "Command", "Target", "Verb", "drop", "new_command"]

Args = dict[str, str | int | float | bool | None]

MAX_BYTES = 64 * 1024
"""A larger command file is refused unread."""


class Target(StrEnum):
    """What a verb acts on."""

    RUNNING = "running"
    WAITING = "waiting"
    ANY = "any"
    SESSION = "session"


class Verb(msgspec.Struct, frozen=True):
    """One thing a person can ask for."""

    name: str
    target: Target
    help: str
    asks: bool = False
    """Whether a key must ask before it is sent."""


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("pause", Target.RUNNING, "save a checkpoint, end the stage and free the GPU; resume goes on from there"),
        Verb("resume", Target.ANY, "go on after a pause or a freeze"),
        Verb("freeze", Target.RUNNING, "stop every process of the stage where it stands; GPU memory stays taken"),
        Verb("skip", Target.ANY, "end a running stage or never start a waiting one; the plan goes on", asks=True),
        Verb("unskip", Target.ANY, "take a skip back while that is possible"),
        Verb("hold", Target.WAITING, "don't start this stage until it is released"),
        Verb("release", Target.WAITING, "let a held stage start"),
        Verb("retry", Target.ANY, "a new attempt of a stage, from its checkpoint or from scratch", asks=True),
        Verb("stop", Target.SESSION, "end the session cleanly; it can be resumed later", asks=True),
        Verb("kill", Target.SESSION, "end the session now, without waiting for a checkpoint", asks=True),
        Verb("checkpoint", Target.RUNNING, "ask the stage to save a checkpoint now and go on"),
        Verb("budget", Target.SESSION, "give the session more or less time"),
    )
}


class Command(msgspec.Struct, frozen=True):
    """A wish sent to the runner, as it stands in its file."""

    id: str
    verb: str
    stage: str | None = None
    reason: str = ""
    args: Args = {}
    session: str = ""
    by: str = ""
    sent: str = ""
    version: int = 1


def new_command(
    verb: str, folder: SessionFolder, *, stage: str | None = None, reason: str = "", args: Args | None = None
) -> Command:
    """A command with a fresh id, signed with who sends it."""
    import getpass  # these three would cost everybody who only looks 4 ms
    import secrets
    import socket

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid())
    by = f"{user}@{socket.gethostname()} ({os.getpid()})"
    return Command(secrets.token_hex(8), verb, stage, reason, args or {}, folder.id, by, now_iso())


def drop(folder: SessionFolder, command: Command) -> None:
    """Put the command where the runner looks.

    Raises UsageError for one that is larger than the runner would take, MachineError when it can't be written.
    """
    data = msgspec.json.encode(command)
    if len(data) >= MAX_BYTES:
        raise UsageError(f"a command has less than {MAX_BYTES >> 10} KiB, its reason included")
    name = f"{time.time_ns():020d}-{command.id}.json"
    try:
        replace_file(folder.control / name, data, sync=False)  # whole or not at all, and nothing is left behind
    except OSError as error:
        raise MachineError(f"{folder.control}: the command can't be written: {error.strerror}") from error
