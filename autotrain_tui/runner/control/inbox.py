"""The inbox of commands: takes files out of `control/`, checks them, and passes them on one by one.

A command is a regular file of our own user that no other user can have written, no link, under 64 KiB, with a known
verb, not older than the runner (FAULTS rule 15). Any other file is moved to `control/done/`, and the reason journaled.
The folder is polled every second; with inotify a command is seen at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import stat
import time
from collections.abc import Awaitable, Callable

import msgspec

from autotrain_tui.errors import UnreadableError
from autotrain_tui.runner.control.leftovers import Leftovers
from autotrain_tui.runner.core.folder_watch import FolderWatch
from autotrain_tui.session.records.command_file import MAX_BYTES, Command, not_recorded
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.read_file import could_not_ask
from autotrain_tui.verbs import REQUESTS

__all__ = ["CommandInbox", "EarlierFiles", "files_present"]

log = logging.getLogger(__name__)

_DECODER = msgspec.json.Decoder(Command)
POLL_SECONDS = 1.0
"""Seconds between two looks without inotify."""
LOOK_SECONDS = 2.0
"""Seconds between two looks with inotify, which does not report changes that another host makes over NFS."""

_AT_ONCE = 200
"""Files handled in one look, so that ten thousand of them don't block the event loop."""
_REST_SECONDS = 0.5
"""Pause after a scan that found this many files: thousands of them must not take processor time from training."""
_TOLD_SINGLY = 100
"""Files that were no commands are journaled one by one up to this number, then by a count."""

ANSWER_SECONDS = 2.0  # the longest time that the end of a session waits for commands that are being executed
NOT_RECORDED_SECONDS = 1.0
"""A command that could not be recorded for so long is answered with that."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OURS = re.compile(r"\d{20}-[0-9a-f]{1,64}\.json")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

EarlierFiles = frozenset[tuple[str, int]]
"""Names and inodes of the files that were there before the runner had its lock: safer than comparing times."""


def files_present(folder: SessionFolder) -> EarlierFiles:
    """The files in `control/` now. Raises UnreadableError: without them a stale command would count as a new one."""
    try:
        with os.scandir(folder.control) as entries:
            return frozenset((entry.name, entry.inode()) for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except OSError as error:
        raise UnreadableError(f"{folder.control}: can't be read: {error.strerror}") from error


class CommandRefusal(Exception):  # noqa: N818  it ends a command, not a program
    """Why a file is refused, and the command in it if it could be read."""

    def __init__(self, reason: str, command: Command | None = None) -> None:
        super().__init__(reason)
        self.command = command


class CommandInbox:
    """Takes commands in the order of their names (the senders' times) until cancelled."""

    def __init__(
        self,
        folder: SessionFolder,
        earlier: EarlierFiles,
        execute: Callable[[Command], Awaitable[object]],
        refuse: Callable[[str, str], Awaitable[None]],
        failing_seconds: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`refuse` gets a command's id, or the name of a file that holds none, and the reason.

        `failing_seconds`: how long nothing can be journaled, 0 if it can.
        """
        self._failing_seconds = failing_seconds
        self._tasks: set[asyncio.Task[object]] = set()
        self.folder = folder
        self._earlier = earlier
        self._execute = execute
        self._refuse = refuse
        self._seen: set[str] = set()
        self._leftovers = Leftovers()
        self._ids: set[str] = set()
        self._not_commands = 0
        self._told = ""

    async def run(self) -> None:
        """Take commands until cancelled."""
        with FolderWatch(self.folder.control) as watch:
            while True:
                more = await self.look()
                if more:
                    await asyncio.sleep(_REST_SECONDS)
                else:
                    await watch.wait(LOOK_SECONDS if watch.works else POLL_SECONDS)

    async def answered(self) -> None:
        """Wait for the commands that are being executed: what a stop ends may end before the stop is journaled."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=ANSWER_SECONDS)

    async def look(self) -> bool:
        """Take the files that are there; True if there may be more."""
        folder = self._open()
        if folder is None:
            return False
        try:
            return await self._look(folder)
        except OSError as error:  # of the listing: the next look asks again
            self._say(f"control/ can't be read: {error.strerror}")
            return False
        finally:
            os.close(folder)

    async def _look(self, folder: int) -> bool:
        everything = os.listdir(folder)
        self._leftovers.look(folder, everything)
        there = [name for name in everything if name != "done" and not name.startswith(".")]
        self._seen = {name for name in self._seen.intersection(there) if not _move(folder, name)}
        names = [name for name in there if name not in self._seen]
        names.sort(key=lambda name: (_OURS.fullmatch(name) is None, name))  # commands first, whatever else is there
        before = self._not_commands
        for name in names[:_AT_ONCE]:
            await self._serve(folder, name)
            await asyncio.sleep(0)
        more = self._not_commands - max(before, _TOLD_SINGLY)
        if more > 0:
            await self._refuse("", f"{more} more files in control/ are not commands")
        return len(names) > _AT_ONCE

    def _open(self) -> int | None:
        """The folder's descriptor. It must be no link and belong to us; write permission of others is removed first."""
        try:
            folder = os.open(self.folder.control, _FOLDER)
        except OSError as error:
            self._say(f"control/ can't be opened: {error.strerror}")
            return None
        status = os.fstat(folder)
        trouble = ""
        if status.st_uid != os.getuid():
            trouble = f"control/ belongs to user {status.st_uid}: no command is taken"
        elif status.st_mode & 0o022:
            self._say("control/ was writable by other users: its mode is 0700 again")
            try:
                os.fchmod(folder, 0o700)
            except OSError as error:
                trouble = f"control/ is writable by other users: no command is taken ({error.strerror})"
        if trouble:
            os.close(folder)
            self._say(trouble)
            return None
        with contextlib.suppress(OSError):  # it exists, or the disk is full: then files stay where they are
            os.mkdir("done", 0o700, dir_fd=folder)
        return folder

    def _say(self, text: str) -> None:
        if text != self._told:
            self._told = text
            log.warning("%s", text)

    async def _serve(self, folder: int, name: str) -> None:
        command: Command | None
        refusal: CommandRefusal | None = None
        try:
            command = self._read(folder, name)
        except CommandRefusal as reason:
            command, refusal = reason.command, reason
        except OSError as error:  # it could not be read now: it stays, and the next look asks again
            self._say(f"control/{name!a} can't be read: {error.strerror}")
            return
        if not _move(folder, name):
            self._seen.add(name)  # it is taken only once all the same
        if refusal is None and command is not None:
            self._ids.add(command.id)
            await self._answer(folder, name, command, self._execute(command))
            return
        log.warning("control/%s: %s", ascii(name), refusal)
        if command is None:
            self._not_commands += 1
        if command is not None or self._not_commands <= _TOLD_SINGLY:
            said = command.id if command is not None else name
            await self._answer(folder, name, command, self._refuse(said, str(refusal)))

    async def _answer(self, folder: int, name: str, command: Command | None, work: Awaitable[object]) -> None:
        """Wait for a command's outcome. While nothing can be journaled, its sender is answered by its file's name.

        `stop` and `kill` go on: what they do waits for no record. Any other command is given up, undone.
        """
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        began = time.monotonic()
        while not task.done():
            waited = min(time.monotonic() - began, self._failing_seconds())
            if waited >= NOT_RECORDED_SECONDS:
                break
            await asyncio.wait({task}, timeout=0.1)
        if task.done():
            task.result()
            return
        if command is None:
            return  # it is journaled when there is room
        if command.verb not in ("stop", "kill"):
            task.cancel()
            await asyncio.wait({task})
        _rename_not_recorded(folder, name, command.id)

    def _read(self, folder: int, name: str) -> Command:
        data, is_earlier = self._bytes(folder, name)
        try:
            command = _DECODER.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise CommandRefusal(f"is not a command: {str(error)[:200]}") from error
        if not 0 < len(command.id) <= 128:
            raise CommandRefusal("has no proper id")
        if is_earlier:
            raise CommandRefusal("is older than the runner", command)
        if command.session and command.session != self.folder.id:
            raise CommandRefusal(f"is for session {command.session[:80]!r}", command)
        if command.verb not in REQUESTS:
            raise CommandRefusal(f"unknown command {command.verb[:80]!r}", command)
        if command.id in self._ids:
            raise CommandRefusal("was taken before", command)
        return command

    def _bytes(self, folder: int, name: str) -> tuple[bytes, bool]:
        """The file's content, and whether it is older than the runner. Raises OSError if it could not be read now."""
        try:
            descriptor = os.open(name, _FILE, dir_fd=folder)
        except OSError as error:
            if could_not_ask(error, self.folder.control / name):
                raise
            raise CommandRefusal(f"can't be opened: {error.strerror}") from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise CommandRefusal("is not a regular file")
            if status.st_uid != os.getuid():
                raise CommandRefusal(f"belongs to user {status.st_uid}")
            if status.st_mode & stat.S_IWOTH:
                raise CommandRefusal("is writable by other users")
            if status.st_nlink > 1:
                raise CommandRefusal("has a second name (hard link)")
            if status.st_size >= MAX_BYTES:
                raise CommandRefusal(f"is too large ({status.st_size} bytes)")
            return os.read(descriptor, MAX_BYTES), (name, status.st_ino) in self._earlier
        finally:
            os.close(descriptor)


def _move(folder: int, name: str) -> bool:
    """Move the file to `done/` under a unique name; False if that fails (full disk)."""
    target = name
    if _there(f"done/{target}", folder):
        ending = f".{time.time_ns():x}-{secrets.token_hex(3)}"
        target = os.fsdecode(os.fsencode(name)[: 250 - len(ending)]) + ending
    try:
        os.rename(name, f"done/{target}", src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        return False
    return True


def _rename_not_recorded(folder: int, name: str, command: str) -> None:
    """Answer the sender: the file's new name says that the command was not recorded."""
    if not _ID.fullmatch(command):
        return
    for path in (f"done/{name}", name):
        try:
            os.rename(path, not_recorded(command), src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            continue
        return


def _there(path: str, folder: int) -> bool:
    try:
        os.stat(path, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return True
