"""The journal: an append-only file, one event a line, one writer.

Writing: one `write(2)` a record, fdatasync for what must survive a power cut; a short write is undone, so that no later
record is appended to half a line. Reading: by byte offset, incrementally; an incomplete last line waits;
anything else that cannot be read is skipped and reported with its offset, never fatal (FAULTS J1).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from autotrain_tui.errors import RecordsError, UnreadableError
from autotrain_tui.session.journal.events import VERSION, Event, EventUnion, Problem, SessionCreated
from autotrain_tui.session.records.clock import now_both
from autotrain_tui.session.records.first_decoding import FIRST_DECODING
from autotrain_tui.session.records.read_file import TRIES, could_not_ask

__all__ = ["JournalReader", "JournalWriter", "Read", "decode_line", "last_event", "read_journal"]

_decode_loosely = msgspec.json.Decoder(dict[str, object]).decode
_encode = msgspec.json.Encoder().encode
E = TypeVar("E", bound=Event)

_CHUNK = 1 << 20
_LONGEST = 8 << 20
"""Bytes. No event is longer: more bytes without a newline are damage."""
_BROKEN = 4 * _LONGEST
"""Bytes. So many without a newline are no journal: nobody waits until the rest of them is read."""

_KINDS: dict[bytes, type[Event]] = {str(kind.__struct_config__.tag).encode(): kind for kind in EventUnion.__args__}
_decoders: dict[bytes, Callable[[bytes], Event]] = {}


def _decoder_for(line: bytes) -> Callable[[bytes], Event]:
    """Of the kind that the line begins with, made when first wanted: that of all takes half the interpreter's start."""
    kind = line[9 : line.find(b'"', 9)]
    kind = kind if kind in _KINDS else b""
    with FIRST_DECODING:
        if kind not in _decoders:
            _decoders[kind] = msgspec.json.Decoder(_KINDS.get(kind, EventUnion)).decode
    return _decoders[kind]


def decode_line(line: bytes) -> Event | str | None:
    """The event; a sentence if the line is not an event; None for an event type of a later version."""
    try:
        event = _decoder_for(b"")(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        try:
            loose = _decode_loosely(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return f"not a JSON object: {error}"
        if isinstance(loose.get("seq"), int) and isinstance(loose.get("type"), str) and "Invalid value" in str(error):
            return None
        return f"not a valid event: {error}"
    return event


class Read(msgspec.Struct, frozen=True):
    """The result of one read of the journal."""

    events: tuple[Event, ...]
    problems: tuple[Problem, ...]


class JournalReader:
    """Reads a journal from its last position. Each poll opens and closes the file, so that no descriptor stays open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self._tail = b""
        self._without_end = 0
        """Bytes without a newline that were dropped in a row."""

    def poll(self) -> Read:
        """The events written since the last poll. A missing file counts as empty.

        Raises RecordsError if the file is not a regular file, is no journal, or has a newer format, UnreadableError if
        it could not be read just now: the next poll reads on where this one ended.
        """
        reads = list(self.batches())
        return Read(
            tuple(event for read in reads for event in read.events),
            tuple(problem for read in reads for problem in read.problems),
        )

    def batches(self) -> Iterator[Read]:
        """The same as `poll` in blocks of about a megabyte, for callers that keep no events: memory does not grow."""
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                yield from self._read()
            except FileNotFoundError:
                return
            except OSError as error:
                if not could_not_ask(error, self.path):
                    raise RecordsError(f"{self.path}: can't be read: {error.strerror}") from error
                if not tries_left:
                    text = f"{self.path}: can't be read at byte {self.offset}: {error.strerror}"
                    raise UnreadableError(text) from error
            else:
                return

    def _read(self) -> Iterator[Read]:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RecordsError(f"{self.path}: expected a regular file")
            while block := os.pread(descriptor, _CHUNK, self.offset + len(self._tail)):
                yield self._take(block)
        finally:
            os.close(descriptor)

    def _take(self, block: bytes) -> Read:
        events: list[Event] = []
        problems: list[Problem] = []
        data = self._tail + block
        *lines, self._tail = data.split(b"\n")
        decoder, created, offset = _decoders.get, SessionCreated, self.offset
        for line in lines:
            try:
                event = (decoder(line[9 : line.find(b'"', 9)]) or _decoder_for(line))(line)
                if type(event) is created:
                    self._check_version(event)
                events.append(event)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                self.offset = offset
                self._damaged(line, events, problems)
            offset += len(line) + 1
        self.offset = offset
        self._without_end = 0 if lines else self._without_end
        if len(self._tail) > _LONGEST:
            problems.append(Problem(self.offset, f"{len(self._tail)} bytes without a newline, dropped"))
            self._without_end += len(self._tail)
            if self._without_end > _BROKEN:
                raise RecordsError(f"{self.path}: more than {_BROKEN >> 20} MiB without a line end: not a journal")
            self.offset += len(self._tail)
            self._tail = b""
        return Read(tuple(events), tuple(problems))

    def _check_version(self, event: SessionCreated) -> None:
        if event.version > VERSION:
            raise RecordsError(
                f"{self.path}: was written by a newer autotrain-tui (format {event.version}, this one reads "
                f"{VERSION}): {event.versions.get('autotrain-tui', 'a later version')} can read it"
            )

    def _damaged(self, line: bytes, events: list[Event], problems: list[Problem]) -> None:
        """Recover what is valid from a line that is not an event as a whole."""
        text = line.strip(b" \r\t\0")
        if not text:
            if line.strip():
                problems.append(Problem(self.offset, f"{len(line)} NUL bytes"))
            return
        decoded = decode_line(text)
        if isinstance(decoded, str):
            decoded = self._unglue(text, events) or decoded
        if isinstance(decoded, str):
            problems.append(Problem(self.offset, decoded))
        elif decoded is not None:
            if isinstance(decoded, SessionCreated):
                self._check_version(decoded)
            events.append(decoded)

    def _unglue(self, text: bytes, events: list[Event]) -> Event | None:
        """A whole record that follows the incomplete start of another on one line."""
        place = text.rfind(b'{"type":')
        if place <= 0:
            return None
        first, last = decode_line(text[:place]), decode_line(text[place:])
        if isinstance(first, Event):
            events.append(first)
        return last if isinstance(last, Event) else None


def read_journal(path: Path) -> Read:
    """The whole journal."""
    return JournalReader(path).poll()


def last_event(path: Path) -> Event | None:
    """The last whole event of a journal, from its last megabyte; None if there is none.

    Raises UnreadableError if it could not be read just now.
    """
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _CHUNK))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableError(f"{path}: can't be read: {error.strerror}") from error
    return next((event for line in reversed(lines) if isinstance(event := decode_line(line), Event)), None)


class JournalWriter:
    """The one writer. The caller holds the runner's lock.

    `next_seq` is the sequence number the next event gets. Raises OSError when the file can't be opened or written;
    after a failed append the file is as before it.
    """

    def __init__(self, path: Path, *, last_seq: int = 0) -> None:
        # only a writer pays for compiling its patterns: plain commands read journals
        from autotrain_tui.session.journal.without_secrets import MAY_HOLD, without_secrets

        self._without_secrets, self._may_hold = without_secrets, MAY_HOLD
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        self._descriptor = os.open(path, flags, 0o600)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
        self._identity = (status.st_dev, status.st_ino)
        self._length = status.st_size
        self.next_seq = last_seq + 1
        self.dropped = self._repair()

    def _repair(self) -> int:
        """Remove an incomplete last line, or complete it with a newline; returns the number of bytes removed."""
        if self._length == 0 or os.pread(self._descriptor, 1, self._length - 1) == b"\n":
            return 0
        start = max(0, self._length - _LONGEST)
        tail = os.pread(self._descriptor, self._length - start, start)
        line = tail[tail.rfind(b"\n") + 1 :]
        if isinstance(decode_line(line), Event):
            self._length += os.write(self._descriptor, b"\n")
            return 0
        os.ftruncate(self._descriptor, self._length - len(line))
        self._length -= len(line)
        return len(line)

    def stamp(self, event: E) -> E:
        """The event with its number and the times of now, and without secrets."""
        if type(event) in self._may_hold:
            event = self._without_secrets(event)
        time, mono = now_both()
        return replace(event, seq=self.next_seq, time=time, mono=mono)

    def append(self, event: Event, *, sync: bool = True) -> None:
        """Write a stamped event; with `sync` it is on the disk when this returns."""
        record = _encode(event) + b"\n"
        try:
            written = os.write(self._descriptor, record)
        except OSError:
            self._cut(self._length)
            raise
        self._length += written
        if written != len(record):
            self._cut(self._length - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        if sync:
            try:
                _datasync(self._descriptor)
            except OSError:
                # the kernel reports a failed sync only once: the record must be written and synced again
                self._cut(self._length - len(record))
                raise
        self.next_seq = event.seq + 1

    def _cut(self, length: int) -> None:
        os.ftruncate(self._descriptor, length)
        self._length = length

    @property
    def length(self) -> int:
        """The file's size in bytes."""
        return self._length

    def still_there(self) -> bool:
        """Whether the path still names the open file: the folder may have been moved or deleted (FAULTS J7).

        True also if that could not be asked: a file server that does not answer has deleted nothing.
        """
        try:
            status = os.stat(self.path, follow_symlinks=False)
        except OSError as error:
            return could_not_ask(error, self.path)
        return (status.st_dev, status.st_ino) == self._identity

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _datasync(descriptor: int) -> None:
    """Call fdatasync(2), or fsync(2) on macOS, which has no fdatasync."""
    getattr(os, "fdatasync", os.fsync)(descriptor)
