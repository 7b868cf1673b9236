"""Commands whose journal events are lost: a power cut, or a damaged disk, took the end of the journal.

`control/done/` still holds their files. A command that changes only what is recorded is executed again when the next
runner starts. One that signals processes never is: what it was sent for may be over.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from pathlib import Path

import msgspec

from autotrain_tui.errors import UnreadableError
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.control.handlers import CommandHandler
from autotrain_tui.session.journal.events import Alert, BudgetChanged, CommandTaken, Event
from autotrain_tui.session.journal.journal_file import JournalReader, last_event
from autotrain_tui.session.journal.transitions import ACTIVE
from autotrain_tui.session.records.clock import from_iso
from autotrain_tui.session.records.command_file import MAX_BYTES, Command
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.read_file import could_not_ask, read_file

__all__ = ["execute_again", "lost_commands"]

log = logging.getLogger(__name__)

EXECUTED_AGAIN = frozenset({"skip", "unskip", "hold", "release", "budget"})
"""Verbs that change what is recorded and signal nothing, as long as the stage has no process."""

_REPLACES = frozenset({"retry", "resume"})
"""Verbs after which an earlier command for the same stage no longer counts."""

_NAME = re.compile(r"(\d{20})-[0-9a-f]{1,64}\.json")
_DECODER = msgspec.json.Decoder(Command)


def lost_commands(folder: SessionFolder) -> tuple[Command, ...]:
    """The commands in `control/done/` that are newer than the journal's last event and not in it, oldest first.

    To be asked before this runner writes its first event. Raises UnreadableError if a file can't be read just now.
    """
    names = _names(folder.control / "done")
    last = last_event(folder.journal) if names else None
    since = from_iso(last.time) if last is not None else None
    if last is None or since is None:
        return ()
    newer = sorted(name for name in names if int(name[:20]) > since * 1e9)
    found = [
        command
        for name in newer
        if (command := _read(folder, name)) is not None and not _journaled(int(name[:20]), command, last, since)
    ]
    if not found:
        return ()
    known = {
        event.id
        for read in JournalReader(folder.journal).batches()
        for event in read.events
        if isinstance(event, CommandTaken)
    }
    return tuple(command for command in found if command.id not in known)


def _journaled(sent: int, command: Command, last: Event, since: float) -> bool:
    """Whether the last event is what the command did, although events' times are cut to milliseconds: a change of the
    budget in the millisecond, `since`, in which a change was sent, in nanoseconds. A second one would add to it again.
    """
    return command.verb == "budget" and isinstance(last, BudgetChanged) and sent < (since + 0.001) * 1e9


def _names(done: Path) -> list[str]:
    """The files named as commands are; none if the folder is not there, or is a link."""
    try:
        if not stat.S_ISDIR(os.lstat(done).st_mode):
            return []
        return [name for name in os.listdir(done) if _NAME.fullmatch(name)]
    except OSError as error:
        if not could_not_ask(error, done):
            return []
        raise UnreadableError(f"{done}: can't be read: {error.strerror}") from error


def _read(folder: SessionFolder, name: str) -> Command | None:
    """The command in that file; None if it holds none for this session."""
    read = read_file(folder.control / "done" / name, MAX_BYTES, ours=True)
    if read.unreadable:
        raise UnreadableError(read.reason)
    if read.data is None:
        log.warning("%s", read.reason)
        return None
    try:
        command = _DECODER.decode(read.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return command if command.session in ("", folder.id) and name[21:-5] == command.id else None


async def execute_again(context: RunnerContext, handler: CommandHandler, commands: tuple[Command, ...]) -> None:
    """Execute those that can be, and tell of each."""
    for index, command in enumerate(commands):
        later = commands[index + 1 :]
        if command.stage is not None and any(
            other.verb in _REPLACES and other.stage == command.stage for other in later
        ):
            continue
        obstacle = _obstacle(context, command)
        named = command.verb + (f" of stage {command.stage}" if command.stage else "")
        found = f"the {named}, sent {command.sent[:19]} UTC, is in control/done/ but was not in the journal"
        said = f"{obstacle}; send it again if it is still wanted" if obstacle else "it is executed again"
        log.warning("%s: %s", found, said)
        await context.state.write(Alert(kind="records", stage=_known(context, command), text=f"{found}: {said}"))
        if not obstacle:
            await handler.execute(command)


def _obstacle(context: RunnerContext, command: Command) -> str:
    """Why the command is not executed again; empty if it is."""
    if command.verb not in EXECUTED_AGAIN:
        return "it is not executed again"
    if command.verb == "budget":
        return ""
    stage = context.session.stage(command.stage or "")
    if stage is None:
        return "which stage it was for is unknown"
    if stage.state in ACTIVE:
        return f"stage {stage.name} is {stage.state} now"
    return ""


def _known(context: RunnerContext, command: Command) -> str | None:
    """The command's stage, if the session has it."""
    stage = context.session.stage(command.stage or "")
    return stage.name if stage is not None else None
