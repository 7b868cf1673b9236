"""The desk where commands arrive: takes files out of `control/`, checks them, hands them over one by one.

Taken is only a regular file of our own user, no link, under 64 KiB, with a known verb, not older than the runner
(FAULTS rule 15). Everything else is moved to `control/done/` with a reason. Looked at every second; inotify, where
there is one, makes it at once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import stat
import time
from collections.abc import Awaitable, Callable

import msgspec

from autotrain_tui.runner.watch import FolderWatch
from autotrain_tui.session.command import MAX_BYTES, VERBS, Command
from autotrain_tui.session.folder import SessionFolder

__all__ = ["Desk"]

log = logging.getLogger(__name__)

_DECODER = msgspec.json.Decoder(Command)
POLL_SECONDS = 1.0
"""How often the folder is looked at where changes aren't told."""
LOOK_SECONDS = 2.0
"""How often all the same where they are: on a network file system another host's changes are not told."""

_AT_ONCE = 200
"""Files handled in one look, so that ten thousand of them don't keep the loop."""


class Desk:
    """Takes commands in the order of their names (the sender's clock) until cancelled."""

    def __init__(self, folder: SessionFolder, since: float, take: Callable[[Command], Awaitable[None]],
                 refuse: Callable[[str, str], Awaitable[None]]) -> None:
        """`since` is the runner's start in Unix seconds; `refuse` gets a file's name and the reason."""
        self.folder = folder
        self._since = since
        self._take = take
        self._refuse = refuse
        self._seen: set[str] = set()

    async def run(self) -> None:
        """Serve for ever."""
        with FolderWatch(self.folder.control) as watch:
            while True:
                more = await self.look()
                if not more:
                    await watch.wait(LOOK_SECONDS if watch.works else POLL_SECONDS)

    async def look(self) -> bool:
        """Take what lies there; True when there may be more."""
        try:
            with os.scandir(self.folder.control) as entries:
                names = sorted(entry.name for entry in entries
                               if entry.name != "done" and not entry.name.startswith("."))
        except OSError:
            return False
        for name in names[:_AT_ONCE]:
            command, reason = self._read(name)
            moved = self._move(name)
            if not moved:
                if name in self._seen:
                    continue
                self._seen.add(name)
            if command is not None:
                await self._take(command)
            else:
                log.warning("control/%s: %s", ascii(name), reason)
                await self._refuse(name, reason)
            await asyncio.sleep(0)
        return len(names) > _AT_ONCE

    def _read(self, name: str) -> tuple[Command | None, str]:
        path = self.folder.control / name
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            return None, f"can't be opened: {error.strerror}"
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None, "is not a regular file"
            if status.st_uid != os.getuid():
                return None, f"belongs to user {status.st_uid}"
            if status.st_nlink > 1:
                return None, "has a second name (a hard link)"
            if status.st_size >= MAX_BYTES:
                return None, f"is too large ({status.st_size} bytes)"
            if status.st_mtime < self._since - 1 and status.st_ctime < self._since - 1:
                return None, "is older than the runner"
            data = os.read(descriptor, MAX_BYTES)
        except OSError as error:
            return None, f"can't be read: {error.strerror}"
        finally:
            os.close(descriptor)
        try:
            command = _DECODER.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            return None, f"is not a command: {str(error)[:200]}"
        if command.session and command.session != self.folder.id:
            return None, f"is for session {command.session[:80]!r}"
        if command.verb not in VERBS:
            return None, f"unknown command {command.verb[:80]!r}"
        if not 0 < len(command.id) <= 128:
            return None, "has no proper id"
        return command, ""

    def _move(self, name: str) -> bool:
        """Out of the way, under a name that can't clash; False when that can't be done (a full disk)."""
        source = self.folder.control / name
        target = self.folder.done / name[:200]
        if os.path.lexists(target):
            target = self.folder.done / f"{name[:180]}.{int(time.time())}-{secrets.token_hex(3)}"
        try:
            os.rename(source, target)
        except OSError:
            return False
        return True
