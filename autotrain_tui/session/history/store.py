"""All sessions of a folder: find one by a word, list them newest first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from autotrain_tui.errors import RecordsError, RefusedError
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.journal.transitions import SessionState
from autotrain_tui.session.records.folder import SessionFolder, open_session_folder
from autotrain_tui.session.records.lock import owner_alive, read_owner
from autotrain_tui.session.records.session_ids import is_session_name, session_names

__all__ = ["Broken", "Store"]


class Broken(msgspec.Struct, frozen=True):
    """A session whose records cannot be read, with the reason."""

    folder: SessionFolder
    reason: str


class Store:
    """The sessions in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def folders(self) -> list[SessionFolder]:
        """Every session's folder, newest first (by id: its first part is the time it was made)."""
        return [SessionFolder(self.path / name) for name in session_names(str(self.path))]

    def views(self) -> Iterator[View | Broken]:
        """Every session, newest first; an unreadable one as Broken."""
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
        """The session for a word: an id, a unique prefix, `latest` or a path; without a word the only live
        session, else the latest. Raises RefusedError if there is none or several.
        """
        if word is not None and os.sep in word:
            return self._at(Path(word))
        folders = self.folders()
        if word is None:
            live = self.live()
            if len(live) > 1:
                names = ", ".join(folder.id for folder in live)
                raise RefusedError(f"several sessions are running; name one of: {names}")
            if live:
                return live[0]
            word = "latest"
        if word == "latest":
            if not folders:
                raise RefusedError(f"no sessions in {self.path}; start one with: autotrain-tui run")
            return folders[0]
        exact = [folder for folder in folders if folder.id == word]
        matches = exact or [folder for folder in folders if folder.id.startswith(word)]
        if not matches and is_session_name(word) and (self.path / word).is_dir():
            raise RecordsError(
                f"{SessionFolder(self.path / word).journal}: is missing or not a regular file: "
                "this session cannot be read"
            )
        if not matches:
            raise RefusedError(f"no session {word!r} in {self.path}; list them with: autotrain-tui ls")
        if len(matches) > 1:
            names = ", ".join(folder.id for folder in matches[:8]) + (" …" if len(matches) > 8 else "")
            raise RefusedError(f"{word!r} matches several sessions; name one of: {names}")
        return matches[0]

    def _at(self, path: Path) -> SessionFolder:
        folder = open_session_folder(Path(os.path.abspath(path)))
        if not folder.journal.is_file():
            raise RefusedError(f"{path}: not a session folder")
        return folder
