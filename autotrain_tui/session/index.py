"""A derived index of finished sessions, so that `ls` and `show` needn't read journals again. It may be deleted.

It lies in the user's cache ($XDG_CACHE_HOME/autotrain-tui/, a folder for each sessions' folder): `rows.json` holds a
row of `ls --json` for each finished session, `show/ID.json` a document of `show --json`; each with the stamp of the
files it was made from, and believed only while those files still have it. Standard library only: this is what makes
plain commands start in no time.
"""

from __future__ import annotations

import binascii
import json
import os
import stat

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]
    Stamp = list[int | str]

__all__ = ["Index", "stamp"]

_VERSION = 2
_LARGEST = 256 << 20
_HOST = os.uname().nodename


def stamp(folder: str) -> Stamp:
    """What tells whether a session's records changed: its journal's and its notes' identity, on this host.

    Each inode, size and mtime in ns; then the host, because whether a session is alive depends on who asks. Empty where
    there is no journal. Ten thousand of these are made by one `ls`.
    """
    try:
        journal = os.lstat(f"{folder}/journal.jsonl")
    except OSError:
        return []
    if not stat.S_ISREG(journal.st_mode):
        return []
    found: Stamp = [_HOST, journal.st_ino, journal.st_size, journal.st_mtime_ns]
    try:
        notes = os.lstat(f"{folder}/notes.json")
    except OSError:
        return found
    return [*found, notes.st_ino, notes.st_size, notes.st_mtime_ns]


class Index:
    """The index of one sessions' folder. Reading never fails: what can't be read is not there."""

    def __init__(self, sessions: str) -> None:
        self._sessions = sessions
        self._folder = os.path.join(_cache(), f"{binascii.crc32(os.fsencode(sessions)):08x}")
        self._rows: dict[str, tuple[Stamp, Json]] | None = None
        self._changed = False

    def row(self, session: str) -> Json | None:
        """The row of a finished session; None when it must be read anew."""
        kept = self._load().get(session)
        return kept[1] if kept is not None and kept[0] == stamp(f"{self._sessions}/{session}") else None

    def keep_row(self, session: str, row: Json, made_from: Stamp) -> None:
        """Remember the row of a finished session; `made_from` is the stamp taken before its records were read."""
        self._load()[session] = (made_from, row)
        self._changed = True

    def save(self, known: list[str]) -> None:
        """Write the rows of the sessions that are there, if any is new. A cache that can't be written is no trouble."""
        if not self._changed:
            return
        rows = self._load()
        document = {"version": _VERSION, "rows": {name: rows[name] for name in known if name in rows}}
        self._write("rows.json", document)
        self._changed = False

    def document(self, session: str) -> Json | None:
        """The `show` document of a finished session; None when it must be read anew."""
        kept = _read(os.path.join(self._folder, "show", f"{session}.json"))
        if kept is None or kept.get("stamp") != stamp(os.path.join(self._sessions, session)):
            return None
        document = kept.get("document")
        return document if isinstance(document, dict) else None

    def keep_document(self, session: str, document: Json, made_from: Stamp) -> None:
        """Remember the `show` document of a finished session."""
        self._write(f"show/{session}.json", {"version": _VERSION, "stamp": made_from, "document": document})

    def forget(self, session: str) -> None:
        """The session is gone."""
        self._changed = self._load().pop(session, None) is not None or self._changed
        try:
            os.unlink(os.path.join(self._folder, "show", f"{session}.json"))
        except OSError:
            pass  # it was never shown

    def _load(self) -> dict[str, tuple[Stamp, Json]]:
        if self._rows is None:
            kept = (_read(os.path.join(self._folder, "rows.json")) or {}).get("rows")
            self._rows = {}
            for name, entry in (kept if isinstance(kept, dict) else {}).items():
                if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], dict):
                    self._rows[name] = (entry[0], entry[1])
        return self._rows

    def _write(self, name: str, document: Json) -> None:
        """Replace a file of the index, 0600 in folders of 0700; not synced: it can be made anew at any time."""
        path = os.path.join(self._folder, name)
        temporary = f"{path}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(self._folder), exist_ok=True)
            for folder in dict.fromkeys((self._folder, os.path.dirname(path))):
                if not os.path.isdir(folder):
                    os.mkdir(folder, 0o700)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                with open(descriptor, "w", encoding="utf-8") as file:
                    file.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")))  # dump() is in Python
                os.rename(temporary, path)
            except OSError:
                os.unlink(temporary)
        except OSError:
            return


def _cache() -> str:
    """The folder for what can be made anew (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(named if os.path.isabs(named) else os.path.expanduser("~/.cache"), "autotrain-tui")


def _read(path: str) -> Json | None:
    """A JSON object of our own making; None for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        with open(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.getuid() or status.st_size > _LARGEST:
                return None
            document = json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and document.get("version") == _VERSION else None
