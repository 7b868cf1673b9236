"""readings.jsonl: what the runner read of an attempt, one JSON array a line: `[t, name, value, step, epoch]`.

`t` is seconds since the attempt's start by the monotonic clock; step and epoch are null when unknown. A row whose name
is `@` marks how far its writer had read: `[t, "@", log bytes, metrics.jsonl bytes, null]`; it stands in the same write
as the rows before it, so that the next runner goes on exactly there. `[t, "@", -1 - N, bytes, null]` does the same for
the metric file number N (`metric_files.json`).
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import msgspec

from autotrain_tui.metrics.curves.columns import Columns

__all__ = ["MARK", "ReadingsTail", "ReadingsWriter", "Row", "file_offsets", "load_values"]

MARK = "@"

Row = tuple[float, str, float, int | None, float | None]
"""t, name, value, step, epoch."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Row)
_FLAT_DECODER = msgspec.json.Decoder(list[float | str | None])  # whole numbers as floats: quicker to store
_FLAT = bytes(44 if byte == 10 else byte for byte in range(256))  # newline to comma
_MOST_KNOWN = 64
_BLOCK = 1 << 16  # small blocks stay in the processor's cache: twice as fast as large ones


class ReadingsWriter:
    """Appends rows; opening cuts off what follows the last mark, whose bytes its reader had not finished with.

    `mark` is how far the former writer had read: bytes of the log and of metrics.jsonl.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        self._descriptor = os.open(path, flags, 0o600)
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.close(self._descriptor)
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
        self.mark = self._repair()

    def _repair(self) -> tuple[int, int]:
        size = os.fstat(self._descriptor).st_size
        end, tail = size, b""
        while end > 0:
            start = max(0, end - (256 << 10))
            tail = os.pread(self._descriptor, end - start, start) + tail
            place = tail.rfind(b',"@",')
            while place >= 0:
                line_start = tail.rfind(b"\n", 0, place) + 1
                line_end = tail.find(b"\n", place)
                if line_end >= 0 and (line_start > 0 or start == 0):
                    try:
                        row = _DECODER.decode(tail[line_start:line_end])
                    except msgspec.DecodeError:
                        row = None
                    if row is not None and row[1] == MARK and row[2] >= 0:
                        os.ftruncate(self._descriptor, start + line_end + 1)
                        return int(row[2]), row[3] or 0
                place = tail.rfind(b',"@",', 0, place)
            end = start
        if size:
            os.ftruncate(self._descriptor, 0)
        return 0, 0

    def append(
        self, rows: Sequence[Row], log_bytes: int, metrics_bytes: int, files: Mapping[int, int] | None = None
    ) -> None:
        """Append rows and the marks in one write. A full disk is the caller's OSError; nothing is torn then.

        `files`: the bytes that were read of metric files, by number.
        """
        if not rows:
            return
        now = rows[-1][0]
        marks: list[Row] = [(now, MARK, -1 - number, offset, None) for number, offset in (files or {}).items()]
        marks.append((now, MARK, log_bytes, metrics_bytes, None))
        data = b"".join(_ENCODER.encode(row) + b"\n" for row in (*rows, *marks))
        length = os.fstat(self._descriptor).st_size
        if os.write(self._descriptor, data) != len(data):
            os.ftruncate(self._descriptor, length)
            raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)


class ReadingsTail:
    """Follows readings.jsonl by offset: `poll` gives the rows that are new, without the marks.

    Reads by path at each poll, so that nothing is held open; a file that is not there yet has no rows. A file that
    was cut back (the next runner repairs a torn end) is read on from its new end. `skipped` counts lines that were no
    rows. A file that cannot be read just now has nothing new either, unless the reader `insists`: OSError then.
    """

    def __init__(self, path: Path | str, offset: int = 0, *, insists: bool = False) -> None:
        """`offset`: where to begin, the start of a line."""
        self._path, self._offset, self._insists = path, offset, insists
        self._flat = _Flat()
        self.skipped = 0

    @property
    def offset(self) -> int:
        """How far it has read, in bytes: the start of a line."""
        return self._offset

    def poll(self) -> list[Row]:
        """Every row since the last call."""
        return list(self.rows())

    def rows(self) -> Iterator[Row]:
        """The same one by one, in the memory of a block. What was given is not given again after an OSError."""
        for block in self._blocks():
            yield from self._rows(block)

    def columns(self, until: int | None = None) -> Iterator[Columns]:
        """The same by columns, a block at a time, for files of any size: half the work of rows.

        `until`: no byte from that offset on, which is the start of a line.
        """
        for block in self._blocks(until):
            found = self._flat.columns(block)
            if found is None:
                rows = self._rows(block)
                found = Columns(list(chain.from_iterable(rows))) if rows else None
            if found is not None:
                yield found

    def _blocks(self, until: int | None = None) -> Iterator[bytes]:
        """New whole lines, without the marks."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return
        except OSError:
            if self._insists:
                raise
            return
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return
            self._offset = min(self._offset, status.st_size)
            limit = sys.maxsize if until is None else until
            while block := os.pread(descriptor, max(0, min(_BLOCK, limit - self._offset)), self._offset):
                end = block.rfind(b"\n") + 1
                if not end and len(block) < _BLOCK:
                    return  # a line that is still being written
                end = end or len(block)  # no row is that long: over it
                self._offset += end
                yield _without_marks(block[:end])
        finally:
            os.close(descriptor)

    def _rows(self, block: bytes) -> list[Row]:
        try:
            return _DECODER.decode_lines(block)
        except msgspec.DecodeError:
            rows = []
        for line in block.split(b"\n"):
            row = _row(line) if line else None
            if row is not None:
                rows.append(row)
            elif line:
                self.skipped += 1
        return rows


def _without_marks(block: bytes) -> bytes:
    at = block.find(b',"@",') if b"@" in block else -1
    if at < 0:
        return block
    kept, begin = [], 0
    while at >= 0:
        kept.append(block[begin : block.rfind(b"\n", 0, at) + 1])
        begin = block.find(b"\n", at) + 1 or len(block)
        at = block.find(b',"@",', begin)
    kept.append(block[begin:])
    return b"".join(kept)


class _Flat:
    """Decodes all rows of a block at once, as one flat list.

    Names that are known come out as the same object each time, which costs less than new ones, and tells at a glance
    which rows are of one metric.
    """

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()
        self._decode: Callable[[bytes], list[Any]] = _FLAT_DECODER.decode

    def columns(self, block: bytes) -> Columns | None:
        """The rows of a block; None where a line is not plainly a row, which is to be sorted out line by line."""
        text = block.translate(_FLAT, b"[]")  # ends with a comma
        try:
            flat = self._decoded(b"[%b0]" % text)
        except msgspec.DecodeError:
            return None
        count, rest = divmod(len(flat), 5)
        if rest != 1 or not count or block[-1:] != b"\n" or len(block) - len(text) != 2 * count:
            return None  # a name holds a bracket, or a line is none of ours
        flat.pop()
        try:
            return Columns(flat)
        except (struct.error, TypeError):  # one that is no number, or no name
            return None

    def _decoded(self, text: bytes) -> list[Any]:
        if self._names:
            try:
                return self._decode(text)
            except msgspec.DecodeError:
                pass  # a new name, or worse
        flat = _FLAT_DECODER.decode(text)
        names = self._names.union(name for name in flat[1::5] if isinstance(name, str))
        if self._names != names and len(names) <= _MOST_KNOWN:
            self._names = names
            self._decode = msgspec.json.Decoder(list[float | Literal[tuple(names)] | None]).decode  # type: ignore[misc]
        return flat


def file_offsets(path: Path) -> dict[int, int]:
    """How far each metric file was read, by number. Raises OSError, but not for a missing file."""
    found: dict[int, int] = {}
    try:
        file = open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb")  # noqa: SIM115
    except FileNotFoundError:
        return found
    with file:
        for line in file:
            if b',"@",-' in line and (row := _row(line)) is not None and row[1] == MARK:
                found[-1 - int(row[2])] = row[3] or 0
    return found


def load_values(path: Path, name: str) -> list[float]:
    """One metric's values in the order read; empty when there are none."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            lines = file.read().split(b"\n")
    except OSError:
        return []
    wanted = b"," + _ENCODER.encode(name) + b","
    return [row[2] for line in lines if wanted in line and (row := _row(line)) is not None and row[1] == name]


def _row(line: bytes) -> Row | None:
    try:
        row: Row = _DECODER.decode(line)
    except msgspec.DecodeError:
        return None
    return row
