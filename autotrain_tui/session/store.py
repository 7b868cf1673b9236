"""All sessions of a folder: finding one by a word, listing them newest first."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.errors import RecordsError, RefusedError
from autotrain_tui.session.folder import NAME, SessionFolder
from autotrain_tui.session.lock import owner_alive, read_owner
from autotrain_tui.session.transitions import SessionState
from autotrain_tui.session.view import View, load_view

__all__ = ["Broken", "Store"]


@dataclass(frozen=True, slots=True)
class Broken:
    """A session whose records can't be read, and why."""

    folder: SessionFolder
    reason: str


class Store:
    """The sessions in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def folders(self) -> list[SessionFolder]:
        """Every session's folder, newest first (by id: its first part is the time it was made)."""
        try:
            with os.scandir(self.path) as entries:
                names = [entry.name for entry in entries
                         if NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        folders = (SessionFolder(self.path / name) for name in sorted(names, key=_newest, reverse=True))
        return [folder for folder in folders if _is_file(folder.journal)]

    def views(self) -> Iterator[View | Broken]:
        """Every session, newest first; one that can't be read as Broken."""
        for folder in self.folders():
            try:
                yield load_view(folder)
            except RecordsError as error:
                yield Broken(folder, str(error))

    def live(self) -> list[SessionFolder]:
        """Sessions that have a runner now, newest first."""
        found = []
        for folder in self.folders():
            if owner_alive(read_owner(folder)) is not True:
                continue
            try:
                if load_view(folder).state in (SessionState.CREATED, SessionState.RUNNING, SessionState.STOPPING):
                    found.append(folder)
            except RecordsError:
                continue
        return found

    def find(self, word: str | None) -> SessionFolder:
        """The session a person means: an id, a unique prefix, `latest`; without a word the only live one, else the
        latest. Raises RefusedError when there is none, or several.
        """
        folders = self.folders()
        if word is None:
            live = self.live()
            if len(live) > 1:
                names = ", ".join(folder.id for folder in live)
                raise RefusedError(f"several sessions are running, name one: {names}")
            if live:
                return live[0]
            word = "latest"
        if word == "latest":
            if not folders:
                raise RefusedError(f"there is no session in {self.path}")
            return folders[0]
        exact = [folder for folder in folders if folder.id == word]
        matches = exact or [folder for folder in folders if folder.id.startswith(word)]
        if not matches:
            raise RefusedError(f"there is no session {word!r} in {self.path}")
        if len(matches) > 1:
            names = ", ".join(folder.id for folder in matches[:8]) + (" …" if len(matches) > 8 else "")
            raise RefusedError(f"{word!r} means several sessions: {names}")
        return matches[0]


def _newest(name: str) -> tuple[str, int, str]:
    """Sort key: the time stamp, then the collision number (…-2 is newer than the one without)."""
    stamp, tail = name[:15], name[15:]
    number = tail.rsplit("-", 1)[-1]
    return stamp, int(number) if number.isdigit() and len(number) < 4 else 1, name


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
