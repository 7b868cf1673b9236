"""`gauges.jsonl` of a session: one line a sample, and its reading into columns.

A line is an object with short keys, sizes in bytes, unknown values null (about 300 bytes with one GPU and one stage;
at one line in 10 s that is 2.6 MB a day):

| key | holds |
| --- | --- |
| `t` | Unix seconds, for placing it beside readings: an attempt's start plus a reading's time |
| `m` | monotonic seconds of the boot it was taken in |
| `v` | the gauges of `gauges.history.values` by name, those that are known |
| `why` | why there are no GPU values, if so |

Only the runner writes; a line that a crash tore is skipped by readers, and ended by the next writer.
"""

from __future__ import annotations

import errno
import os
import stat
from array import array
from collections.abc import Mapping
from math import nan
from typing import Final

import msgspec

from autotrain_tui.gauges.history import values
from autotrain_tui.gauges.sample import MachineSample

__all__ = ["GaugeColumns", "GaugeFile", "encode"]

_BLOCK: Final = 1 << 20


class _Line(msgspec.Struct, omit_defaults=True):
    t: float
    m: float
    v: dict[str, float]
    why: str | None = None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(_Line)


def encode(sample: MachineSample, unix_time: float) -> bytes:
    """One line with its newline. Times to the millisecond, values no finer than their gauges."""
    known = {name: _short(value) for name, value in values(sample) if value is not None}
    return _ENCODER.encode(_Line(round(unix_time, 3), round(sample.time, 3), known, sample.gpu.reason)) + b"\n"


def _short(value: float) -> float:
    """Sizes and rates as whole bytes, small values with two decimals."""
    return int(value) if value >= 1000 or value == int(value) else round(value, 2)


class GaugeFile:
    """Appends samples to a session's `gauges.jsonl`, one write each. Raises OSError, for example on a full disk."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        self._fd = os.open(path, flags, 0o600)
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
        size = status.st_size
        # an incomplete line of a crash must not merge with our first line
        self._torn = size > 0 and os.pread(self._fd, 1, size - 1) != b"\n"

    def write(self, sample: MachineSample, unix_time: float) -> None:
        """Appends one sample, taken at `unix_time` (seconds since 1970)."""
        line = encode(sample, unix_time)
        line = b"\n" + line if self._torn else line
        # a full disk may have taken part of a line: the next one starts on a new line
        self._torn = os.write(self._fd, line) != len(line)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._fd)


class GaugeColumns:
    """A session's recorded gauges as columns, read incrementally as the file grows.

    `time` holds Unix seconds; each of `columns` is as long as `time`, NaN where a gauge is not known. `reason` is
    the last word on why there were no GPU values.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._offset = 0
        self._rest = b""
        self.time: array[float] = array("d")
        self.columns: dict[str, array[float]] = {}
        self.reason: str | None = None

    def read(self, *, last: int | None = None) -> int:
        """Read the complete lines written since the last call; returns their number, 0 for a missing file.

        `last`: begin at most that many bytes before the file's end.
        """
        before = len(self.time)
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return 0
        try:
            if last is not None:  # a line that is cut by this is a damaged one
                self._offset = max(self._offset, os.fstat(fd).st_size - last)
            while block := os.pread(fd, _BLOCK, self._offset):
                self._offset += len(block)
                *lines, self._rest = (self._rest + block).split(b"\n")
                for line in lines:
                    self._take(line)
        finally:
            os.close(fd)
        return len(self.time) - before

    def _take(self, line: bytes) -> None:
        try:
            record = _DECODER.decode(line)
        except msgspec.DecodeError:  # incomplete or damaged: only a gap in the curve
            return
        self._append(record.t, record.v)
        self.reason = record.why

    def _append(self, unix_time: float, known: Mapping[str, float]) -> None:
        count = len(self.time)
        self.time.append(unix_time)
        for name in known.keys() - self.columns.keys():
            self.columns[name] = array("d", [nan]) * count
        for name, column in self.columns.items():
            column.append(known.get(name, nan))
