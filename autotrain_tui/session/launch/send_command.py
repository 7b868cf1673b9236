"""Send a request to the runner and wait for its answer; keys, palette and verbs all do it here.

The request is a file in `control/`, and the answer is the journal's `command` event with the same id.
The answer arrives when the request is accepted and begun, not when it is finished.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import msgspec

from autotrain_tui.errors import MachineError, RecordsError, RefusedError, UnreadableError
from autotrain_tui.session.journal.events import CommandTaken, Event, SessionStopping
from autotrain_tui.session.journal.journal_file import JournalReader
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.transitions import Outcome, SessionState
from autotrain_tui.session.records.command_file import Args, Command, drop, new_command, not_recorded
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.heartbeat import read_heartbeat
from autotrain_tui.session.records.lock import owner_alive, read_owner, signal_owner

__all__ = ["ANSWER_SECONDS", "Answer", "await_answer", "check_not_imported", "check_taken", "send_command"]

ANSWER_SECONDS = 60.0
"""A runner that has not answered by then will not: the request is withdrawn. A freeze of a large tree takes seconds."""

SILENCE_SECONDS = 1.0
"""Seconds without an answer after which a sender looks whether the runner answers at all."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.1


class Answer(msgspec.Struct, frozen=True):
    """What became of a request."""

    command: Command
    accepted: bool
    reason: str


def send_command(
    folder: SessionFolder,
    verb: str,
    *,
    stage: str | None = None,
    reason: str = "",
    args: Args | None = None,
    by: str = "",
    timeout: float = ANSWER_SECONDS,
) -> Answer:
    """Send the command and wait. The answer may be a refusal by the runner, which is no error.

    `by`: who sends it, if not the user of this process.

    Raises RefusedError if no runner takes commands for the session or no answer comes within `timeout` seconds,
    RecordsError when the session can't be read, MachineError when the request can't be written.
    """
    view = load_view(folder)
    check_taken(view)
    reader = JournalReader(folder.journal)
    reader.poll()
    command = new_command(verb, folder, stage=stage, reason=reason, args=args, by=by)
    try:
        drop(folder, command)
    except MachineError:
        # a full disk must not prevent ending a session: the space reserved for the journal takes the answer
        if verb == "stop" and view.session.state is SessionState.STOPPING:
            raise RefusedError("the session is already being stopped") from None
        if verb not in ("stop", "kill") or not signal_owner(folder, verb):
            raise
    return await_answer(folder, command, reader, timeout=timeout)


def check_not_imported(view: View) -> None:
    """Raise RefusedError for a session that another program's numbers were imported into."""
    source = view.session.source
    if source is not None and source.watched:
        raise RefusedError(
            f"session {view.folder.id} only watches {source.path}, which something else started: nothing is sent to it"
        )
    if source is not None:
        raise RefusedError(
            f"session {view.folder.id} was imported from {source.path}: it is read-only, and nothing of it can run"
        )


def check_taken(view: View) -> None:
    """Raise RefusedError, with the command to run, unless a runner takes commands for the session."""
    name = view.folder.id
    check_not_imported(view)
    if view.session.state is SessionState.FINISHED:
        verb = "retry" if view.session.outcome is Outcome.SUCCEEDED else "resume"
        target = f"{name} STAGE" if verb == "retry" else name
        raise RefusedError(
            f"session {name} has ended ({view.session.outcome}); continue with: autotrain-tui {verb} {target}"
        )
    if view.alive is False:
        raise RefusedError(f"session {name} has no active runner; start one with: autotrain-tui resume {name}")


def await_answer(
    folder: SessionFolder,
    command: Command,
    reader: JournalReader,
    *,
    timeout: float = ANSWER_SECONDS,
    meanwhile: Callable[[Event], None] | None = None,
) -> Answer:
    """Wait for the answer to a command that is on its way; `reader` stands before it, `meanwhile` sees other events.

    Raises RefusedError when the runner dies or doesn't answer; the command is then withdrawn where that is possible.
    Raises MachineError when the runner answers that it can't record the command.
    """
    began = time.monotonic()
    deadline = began + timeout
    pause = _FIRST_PAUSE
    while True:
        owner = read_owner(folder)
        alive = owner_alive(owner)  # checked before reading: the last events of a dying runner still count
        for event in _new_events(reader):
            if isinstance(event, CommandTaken) and event.id == command.id:
                return Answer(command, event.accepted, event.reason)
            if isinstance(event, SessionStopping) and event.by == "signal" and event.intent == command.verb:
                return Answer(command, accepted=True, reason=event.reason)
            if meanwhile is not None:
                meanwhile(event)
        _raise_if_not_recorded(folder, command)
        if time.monotonic() - began > SILENCE_SECONDS:
            _raise_if_silent(folder, command)
        if alive is False or time.monotonic() > deadline:
            withdrawn = _withdraw(folder, command)
            what = "ended" if alive is False else f"has not answered within {timeout:.0f} s"
            raise RefusedError(
                f"the runner of {folder.id} {what}; the {command.verb} was "
                + ("not taken" if withdrawn else "taken; its result is unknown")
            )
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)


def _new_events(reader: JournalReader) -> tuple[Event, ...]:
    """The new events; none if the journal can't be read just now: it is asked again."""
    try:
        return reader.poll().events
    except UnreadableError:
        return ()


def _raise_if_not_recorded(folder: SessionFolder, command: Command) -> None:
    """Raise MachineError if the runner has answered, by the file's name, that it can't record the command."""
    if not os.path.lexists(folder.control / not_recorded(command.id)):
        return
    beat = read_heartbeat(folder).beat
    why = beat.unrecorded.reason if beat is not None and beat.unrecorded is not None else "the journal can't be written"
    done = "its signals were sent" if command.verb in ("stop", "kill") else "nothing was done; try again later"
    raise MachineError(f"the {command.verb} was not recorded ({why}): {done}")


def _raise_if_silent(folder: SessionFolder, command: Command) -> None:
    """Raise RefusedError if the runner is stopped or hangs; the command is withdrawn first."""
    try:
        silence = load_view(folder).silence
    except RecordsError:
        return
    if silence:
        taken = "" if _withdraw(folder, command) else "; whether it was taken is unknown"
        raise RefusedError(f"{silence}; the {command.verb} was not answered{taken}")


def _withdraw(folder: SessionFolder, command: Command) -> bool:
    """Take the command's file back; False when it isn't there any more."""
    try:
        names = [name for name in os.listdir(folder.control) if name.endswith(f"-{command.id}.json")]
        for name in names:
            os.unlink(folder.control / name)
    except OSError:
        return False
    return bool(names)
