"""A derived index of finished sessions, so that `ls` and `show` needn't read journals again. It may be deleted.

It lies in the user's cache ($XDG_CACHE_HOME/autotrain-tui/), in a folder for each sessions' folder and host: `rows`
holds a line of the list for each finished session, `show/ID.json` a document of `show --json`. Each is believed only
while the files it was made from still have the stamp that they had; a file that is not as it was written is not there.
Standard library only: this is what makes plain commands start in no time.

`rows` is five lines: its version, the CRC-32 of all that follows, this host and the sessions' folder; names; stamps;
where each session's line ends in what follows; and their lines (`listed.py`), newest first, one behind the other.
Whoever wants twenty rows cuts out twenty.
"""

from __future__ import annotations

import binascii
import os
import stat
from itertools import accumulate

from autotrain_tui.session.listed import Listed, compact

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autotrain_tui.session.listed import Json

__all__ = ["Index", "records", "stamp"]

_VERSION = 4
_LARGEST = 256 << 20
_HOST = os.uname().nodename


def records(folder: str) -> tuple[os.stat_result, os.stat_result | None] | None:
    """The status of a session's journal and of its notes, if there are any; None where there is no journal."""
    try:
        journal = os.lstat(f"{folder}/journal.jsonl")
    except OSError:
        return None
    return (journal, _status_of_notes(folder)) if stat.S_ISREG(journal.st_mode) else None


def _status_of_notes(folder: str) -> os.stat_result | None:
    notes = f"{folder}/notes.json"
    try:
        return os.lstat(notes) if os.access(notes, os.F_OK) else None  # most have none: quicker than an exception
    except OSError:
        return None  # gone since


def stamp(journal: os.stat_result, notes: os.stat_result | None) -> str:
    """What tells whether a session's records changed: inode, size and ctime in ns of its journal and of its notes.

    ctime moves with every change of a file and, unlike mtime, can't be set.
    """
    told = f"{journal.st_ino}:{journal.st_size}:{journal.st_ctime_ns}"
    return told if notes is None else f"{told}:{notes.st_ino}:{notes.st_size}:{notes.st_ctime_ns}"


class Index:
    """The index of one sessions' folder. Reading never fails: what can't be read is not there."""

    def __init__(self, sessions: str) -> None:
        self._sessions = sessions
        self._whose = f"{_VERSION} {(_HOST, sessions)!a}"
        self._folder = os.path.join(_cache(), f"{binascii.crc32(self._whose.encode()):08x}")
        self._rows: _Rows | None = None
        self._new: dict[str, tuple[str, str]] = {}
        self._changed = False

    @property
    def names(self) -> Mapping[str, object]:
        """The sessions that there are rows of, newest first; whether these still hold, `row` says."""
        return self._load().places

    def row(self, session: str) -> Listed | None:
        """A finished session of the list; None when it must be read anew."""
        rows = self._rows or self._load()
        place = rows.places.get(session)
        if place is None:
            return None
        found = records(f"{self._sessions}/{session}")
        return Listed(rows.line(place)) if found is not None and rows.stamps[place] == stamp(*found) else None

    def keep_row(self, session: str, row: Listed, made_from: str) -> None:
        """Remember a finished session; `made_from` is the stamp taken before its records were read."""
        self._new[session] = made_from, row.line
        self._changed = True

    def save(self, known: Iterable[str]) -> None:
        """Write the rows of the sessions that are there, newest first, if any is new.

        A cache that can't be written is no trouble.
        """
        if not self._changed:
            return
        rows = self._load()
        kept = [(name, *(self._new.get(name) or (rows.stamps[rows.places[name]], rows.line(rows.places[name]))))
                for name in known if name in self._new or name in rows.places]
        self._write("rows", _written(self._whose, kept))
        self._changed = False

    def document(self, session: str) -> Json | None:
        """The `show` document of a finished session; None when it must be read anew."""
        import json  # 2 ms, which a list doesn't need

        try:
            kept = json.loads(_read(os.path.join(self._folder, "show", f"{session}.json")))
        except (ValueError, RecursionError):
            return None
        if not isinstance(kept, dict) or kept.get("version") != _VERSION:
            return None
        document = kept.get("document")
        found = records(f"{self._sessions}/{session}")
        known = found is not None and kept.get("stamp") == stamp(*found)
        return document if known and isinstance(document, dict) else None

    def keep_document(self, session: str, document: Json, made_from: str) -> None:
        """Remember the `show` document of a finished session."""
        kept = compact({"version": _VERSION, "stamp": made_from, "document": document})
        self._write(f"show/{session}.json", kept.encode(errors="replace"))

    def forget(self, session: str) -> None:
        """The session is gone."""
        self._new.pop(session, None)
        self._changed = self._load().places.pop(session, None) is not None or self._changed
        try:
            os.unlink(os.path.join(self._folder, "show", f"{session}.json"))
        except OSError:
            pass  # it was never shown

    def _load(self) -> _Rows:
        if self._rows is None:
            self._rows = _Rows(_read(os.path.join(self._folder, "rows")), self._whose)
        return self._rows

    def _write(self, name: str, data: bytes) -> None:
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
                with open(descriptor, "wb") as file:
                    file.write(data)
                os.rename(temporary, path)
            except OSError:
                os.unlink(temporary)
        except OSError:
            return


class _Rows:
    """The rows as they were written: lines are cut out of the bytes when they are asked for."""

    __slots__ = ("_ends", "_lines", "places", "stamps")

    def __init__(self, data: bytes, whose: str) -> None:
        """No rows where the bytes aren't those that `_written` gave for the same host and folder."""
        begin = data.find(b"\n") + 1
        if data[:begin] != _head(whose, memoryview(data)[begin:]):
            data, begin = b"\n\n\n", 0
        parts = []
        for _ in range(3):
            end = data.index(b"\n", begin)
            parts.append(data[begin:end].decode().split())
            begin = end + 1
        names, self.stamps, ends = parts
        self.places = dict(zip(names, range(len(names)), strict=True))
        self._lines = memoryview(data)[begin:]
        self._ends = [0, *map(int, ends)]

    def line(self, place: int) -> str:
        """The line of the session in this place."""
        return str(self._lines[self._ends[place] : self._ends[place + 1]], "utf-8")


def _written(whose: str, rows: Sequence[tuple[str, str, str]]) -> bytes:
    """What `_Rows` reads: each session's name, stamp and line."""
    names, stamps, texts = zip(*rows, strict=True) if rows else ((), (), ())
    lines = [text.encode(errors="replace") for text in texts]
    ends = map(str, accumulate(map(len, lines)))
    data = b"".join(["\n".join([*map(" ".join, (names, stamps, ends)), ""]).encode(), *lines])
    return _head(whose, data) + data


def _head(whose: str, data: bytes | memoryview) -> bytes:
    return f"{whose} {binascii.crc32(data):08x}\n".encode()


def _cache() -> str:
    """The folder for what can be made anew (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(named if os.path.isabs(named) else os.path.expanduser("~/.cache"), "autotrain-tui")


def _read(path: str) -> bytes:
    """A file of our own making; empty for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        with open(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and status.st_size <= _LARGEST
            return file.read() if ours else b""
    except OSError:
        return b""
