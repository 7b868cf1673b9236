"""A derived index of finished sessions, so that `ls` and `show` needn't read journals again. It may be deleted.

It lies in the user's cache ($XDG_CACHE_HOME/autotrain-tui/, a folder for each sessions' folder): `rows.jsonl` holds a
row of `ls --json` for each finished session, `[ID, stamp, row]` a line, of which only those asked for are parsed;
`show/ID.json` a document of `show --json`. Each is believed only while the files it was made from still have that
stamp. Standard library only: this is what makes plain commands start in no time.
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

_VERSION = 3
_HEAD = f'{{"version": {_VERSION}}}'
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
        self._lines: dict[str, str] | None = None
        self._changed = False

    def row(self, session: str) -> Json | None:
        """The row of a finished session; None when it must be read anew."""
        try:
            name, made_from, row = json.loads(self._load().get(session, "[]"))
        except (ValueError, TypeError, RecursionError):  # not known, or damaged
            return None
        known = name == session and made_from and made_from == stamp(f"{self._sessions}/{session}")
        return row if known and isinstance(row, dict) else None

    def keep_row(self, session: str, row: Json, made_from: Stamp) -> None:
        """Remember the row of a finished session; `made_from` is the stamp taken before its records were read."""
        self._load()[session] = _compact([session, made_from, row])
        self._changed = True

    def save(self, known: list[str]) -> None:
        """Write the rows of the sessions that are there, if any is new. A cache that can't be written is no trouble."""
        if not self._changed:
            return
        lines = self._load()
        self._write("rows.jsonl", "\n".join([_HEAD, *(lines[name] for name in known if name in lines)]))
        self._changed = False

    def document(self, session: str) -> Json | None:
        """The `show` document of a finished session; None when it must be read anew."""
        try:
            kept = json.loads(_read(os.path.join(self._folder, "show", f"{session}.json")))
        except (ValueError, RecursionError):
            return None
        if not isinstance(kept, dict) or kept.get("version") != _VERSION:
            return None
        document = kept.get("document")
        known = kept.get("stamp") == stamp(f"{self._sessions}/{session}")
        return document if known and isinstance(document, dict) else None

    def keep_document(self, session: str, document: Json, made_from: Stamp) -> None:
        """Remember the `show` document of a finished session."""
        self._write(f"show/{session}.json", _compact({"version": _VERSION, "stamp": made_from, "document": document}))

    def forget(self, session: str) -> None:
        """The session is gone."""
        self._changed = self._load().pop(session, None) is not None or self._changed
        try:
            os.unlink(os.path.join(self._folder, "show", f"{session}.json"))
        except OSError:
            pass  # it was never shown

    def _load(self) -> dict[str, str]:
        """Each known session's line."""
        if self._lines is None:
            head, *lines = _read(os.path.join(self._folder, "rows.jsonl")).split("\n")
            self._lines = {line[2 : line.find('"', 2)]: line for line in lines} if head == _HEAD else {}
        return self._lines

    def _write(self, name: str, text: str) -> None:
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
                    file.write(text)
                os.rename(temporary, path)
            except OSError:
                os.unlink(temporary)
        except OSError:
            return


def _cache() -> str:
    """The folder for what can be made anew (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(named if os.path.isabs(named) else os.path.expanduser("~/.cache"), "autotrain-tui")


def _compact(document: list[object] | Json) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _read(path: str) -> str:
    """A file of our own making; empty for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        with open(descriptor, encoding="utf-8", errors="replace", newline="\n") as file:
            status = os.fstat(file.fileno())
            ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and status.st_size <= _LARGEST
            return file.read() if ours else ""
    except OSError:
        return ""
