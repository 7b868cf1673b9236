"""A derived index of finished sessions, so that `ls` and `show` need not read journals again. It may be deleted.

It lies in the user's cache ($XDG_CACHE_HOME/autotrain-tui/), in a folder for each sessions' folder and host: `rows`
holds a line of the list for each finished session, `show/ID.json` a document of `show --json`. Each is used only
while its source files have the same stamp; a damaged index file counts as missing.
Standard library only, for the start-up of plain commands.

`rows` begins with a line of its version, the CRC-32 of all that follows, this host and the sessions' folder. Then
come a line of names, newest first, for each a record of its stamp and of where its line lies, and the lines
(`list_row.py`), one after another: a reader of twenty rows reads only those.
"""

from __future__ import annotations

import binascii
import os
import stat
import struct

from autotrain_tui.session.history.list_row import ListRow, compact

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from autotrain_tui.session.history.list_row import Json

    Stamp = tuple[int, int, int, int, int, int]

__all__ = ["Index", "records", "stamp"]

_VERSION = 10
_LARGEST = 256 << 20
_HOST = os.uname().nodename
_RECORD = struct.Struct("=QQqQQqQI")
"""The stamp, and where the line begins among the lines and how long it is."""


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
        return os.lstat(notes) if os.access(notes, os.F_OK) else None  # most have none: faster than an exception
    except OSError:
        return None  # deleted since


def stamp(journal: os.stat_result, notes: os.stat_result | None) -> Stamp:
    """The stamp that changes with a session's records: inode, size and ctime in ns of its journal and of its notes.

    ctime moves with every change of a file and, unlike mtime, can't be set.
    """
    if notes is None:
        return journal.st_ino, journal.st_size, journal.st_ctime_ns, 0, 0, 0
    return journal.st_ino, journal.st_size, journal.st_ctime_ns, notes.st_ino, notes.st_size, notes.st_ctime_ns


class Index:
    """The index of one folder of sessions. Reading never fails: an unreadable file counts as missing."""

    def __init__(self, sessions: str) -> None:
        self._sessions = sessions
        self._whose = f"{(_HOST, sessions)!a}"
        self._folder = os.path.join(_cache(), f"{binascii.crc32(self._whose.encode()):08x}")
        self._rows: _Rows | None = None
        self._new: dict[str, tuple[Stamp, str]] = {}
        self._changed = False

    @property
    def names(self) -> Mapping[str, object]:
        """The sessions that have rows, newest first; `rows` checks whether a row is still valid."""
        return self._load().places

    def rows(self, sessions: Iterable[str], at: int | None = None) -> Iterator[ListRow | None]:
        """The row of each of these sessions, asked when it is taken; None if its records must be read.

        `at`: a descriptor of the sessions' folder, which saves the kernel the way there for each of many sessions.
        """
        rows = self._load()
        place_of, text, (unpack, data, begins, step) = rows.places.get, rows.text, rows.packed
        status, exists, way = os.lstat, os.access, "" if at is not None else f"{self._sessions}/"
        for session in sessions:
            place = place_of(session)
            if place is None:
                yield None
                continue
            inode, size, changed, notes_inode, notes_size, notes_changed, begin, length = unpack(
                data, begins + step * place
            )
            folder = f"{way}{session}"
            try:
                journal = status(f"{folder}/journal.jsonl", dir_fd=at)
            except OSError:
                yield None
                continue
            if size != journal.st_size or changed != journal.st_ctime_ns or inode != journal.st_ino:
                yield None
                continue
            # most have no notes, and this call makes no exception of it
            if notes_inode or exists(f"{folder}/notes.json", os.F_OK, dir_fd=at):
                now = stamp(journal, _status_of_notes(f"{self._sessions}/{session}"))
                if now != (inode, size, changed, notes_inode, notes_size, notes_changed):
                    yield None
                    continue
            yield ListRow(text(begin, length))

    def keep_row(self, session: str, row: ListRow, made_from: Stamp) -> None:
        """Remember a finished session; `made_from` is the stamp taken before its records were read."""
        self._new[session] = made_from, row.line
        self._changed = True

    def save(self, known: Iterable[str]) -> None:
        """Write the rows of the sessions that are there, newest first, if any is new.

        Ignores a cache that cannot be written.
        """
        if not self._changed:
            return
        rows = self._load()
        kept = [
            (name, *(self._new.get(name) or (rows.stamp(rows.places[name]), rows.line(rows.places[name]))))
            for name in known
            if name in self._new or name in rows.places
        ]
        self._write("rows", _written(self._whose, kept))
        self._changed = False

    def document(self, session: str) -> Json | None:
        """The `show` document of a finished session; None if its records must be read."""
        import json  # 2 ms, which a list doesn't need

        try:
            kept = json.loads(_read(os.path.join(self._folder, "show", f"{session}.json")))
        except (ValueError, RecursionError):
            return None
        if not isinstance(kept, dict) or kept.get("version") != _VERSION:
            return None
        document = kept.get("document")
        found = records(f"{self._sessions}/{session}")
        known = found is not None and kept.get("stamp") == list(stamp(*found))
        return document if known and isinstance(document, dict) else None

    def keep_document(self, session: str, document: Json, made_from: Stamp) -> None:
        """Remember the `show` document of a finished session."""
        kept = compact({"version": _VERSION, "stamp": made_from, "document": document})
        self._write(f"show/{session}.json", kept.encode(errors="replace"))

    def forget(self, session: str) -> None:
        """Remove a deleted session."""
        self._new.pop(session, None)
        self._changed = self._load().places.pop(session, None) is not None or self._changed
        try:
            os.unlink(os.path.join(self._folder, "show", f"{session}.json"))
        except OSError:
            pass  # there was no document

    def _load(self) -> _Rows:
        if self._rows is None:
            self._rows = _Rows(_read(os.path.join(self._folder, "rows")), self._whose)
        return self._rows

    def _write(self, name: str, data: bytes) -> None:
        """Replace a file of the index, 0600 in folders of 0700; not synced: it can be rebuilt at any time."""
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
    """The rows as bytes of the file: each is decoded on request."""

    __slots__ = ("_data", "_lines", "_records", "places")

    def __init__(self, data: bytes, whose: str) -> None:
        """Empty unless `_written` made the bytes for the same host and folder."""
        begin = data.find(b"\n") + 1
        if not begin or data[:begin] != _head(whose, memoryview(data)[begin:]):
            data, begin = b"\n", 0
        self._records = data.index(b"\n", begin) + 1
        names = data[begin : self._records].decode().split()
        self.places = dict(zip(names, range(len(names)), strict=True))
        self._data = data
        self._lines = self._records + _RECORD.size * len(names)

    @property
    def packed(self) -> tuple[Callable[[bytes, int], tuple[int, ...]], bytes, int, int]:
        """How to unpack the entries where many are: what unpacks one, the bytes, the first one's place, the next's."""
        return _RECORD.unpack_from, self._data, self._records, _RECORD.size

    def entry(self, place: int) -> tuple[int, ...]:
        """Its stamp, and where its line is."""
        return _RECORD.unpack_from(self._data, self._records + _RECORD.size * place)

    def stamp(self, place: int) -> Stamp:
        """The stamp of the session in this place."""
        found: Stamp = _RECORD.unpack_from(self._data, self._records + _RECORD.size * place)[:6]
        return found

    def line(self, place: int) -> str:
        """Its line."""
        return self.text(*self.entry(place)[6:])

    def text(self, begin: int, length: int) -> str:
        """The line that begins there, among the lines."""
        begin += self._lines
        return self._data[begin : begin + length].decode()


def _written(whose: str, rows: Sequence[tuple[str, Stamp, str]]) -> bytes:
    """What `_Rows` reads: each session's name, stamp and line."""
    parts, lines, end = [f"{' '.join(name for name, _, _ in rows)}\n".encode()], [], 0
    for _, made_from, text in rows:
        line = text.encode(errors="replace")
        parts.append(_RECORD.pack(*made_from, end, len(line)))
        lines.append(line)
        end += len(line)
    data = b"".join((*parts, *lines))
    return _head(whose, data) + data


def _head(whose: str, data: bytes | memoryview) -> bytes:
    return f"{_VERSION} {binascii.crc32(data):08x} {whose}\n".encode()


def _cache() -> str:
    """The user's cache folder (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(named if os.path.isabs(named) else os.path.expanduser("~/.cache"), "autotrain-tui")


def _read(path: str) -> bytes:
    """The content of a regular file of this user; empty for anything else."""
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
