"""readings.jsonl: what the runner read of an attempt, one JSON array a line: `[t, name, value, step, epoch]`.

`t` is seconds since the attempt's start by the monotonic clock; step and epoch are null when unknown. A row whose name
is `@` marks how far its writer had read: `[t, "@", log bytes, metrics.jsonl bytes, null]`; it stands in the same write
as the rows before it, so that the next runner goes on exactly there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

__all__ = ["MARK", "ReadingsWriter", "Row"]

MARK = "@"

Row = tuple[float, str, float, int | None, float | None]
"""t, name, value, step, epoch."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Row)


class ReadingsWriter:
    """Appends rows; opening cuts off what follows the last mark, whose bytes its reader had not finished with.

    `mark` is how far the former writer had read: bytes of the log and of metrics.jsonl.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
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
                    if row is not None and row[1] == MARK:
                        os.ftruncate(self._descriptor, start + line_end + 1)
                        return int(row[2]), row[3] or 0
                place = tail.rfind(b',"@",', 0, place)
            end = start
        if size:
            os.ftruncate(self._descriptor, 0)
        return 0, 0

    def append(self, rows: Sequence[Row], log_bytes: int, metrics_bytes: int) -> None:
        """Append rows and the mark in one write. A full disk is the caller's OSError; nothing is torn then."""
        if not rows:
            return
        mark: Row = (rows[-1][0], MARK, log_bytes, metrics_bytes, None)
        data = b"".join(_ENCODER.encode(row) + b"\n" for row in (*rows, mark))
        length = os.fstat(self._descriptor).st_size
        if os.write(self._descriptor, data) != len(data):
            os.ftruncate(self._descriptor, length)
            raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)


def load_values(path: Path, name: str) -> list[float]:
    """One metric's values in the order read; empty when there are none."""
    try:
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
    except OSError:
        return []
    wanted = b"," + _ENCODER.encode(name) + b","
    return [row[2] for line in lines if wanted in line and (row := _row(line)) is not None and row[1] == name]


def _row(line: bytes) -> Row | None:
    try:
        return _DECODER.decode(line)
    except msgspec.DecodeError:
        return None
