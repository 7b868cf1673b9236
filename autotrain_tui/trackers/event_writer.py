"""Writes an event file of TensorBoard with the standard library alone.

The form of a file: a record with the version, then one with a START mark, then scalars and texts. TensorBoard's three
readers (the Rust loader, the Python loader, EventAccumulator) agree on a run of several files only if each attempt has
a file of its own and each file begins with a START mark (seen with tensorboard 2.21.0).
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Sequence

from autotrain_tui.metrics.files.event_message import WRITER, scalar_head, varint
from autotrain_tui.metrics.files.masked_crc import length_crc, masked_crc

__all__ = ["WRITER", "EventWriter", "is_our_file"]

_TIME = struct.Struct("<d")
_VALUE = struct.Struct("<f")
_HEADER = struct.Struct("<QI")
_CRC = struct.Struct("<I")
_LARGEST = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]
_FLUSH = 1 << 18
_STEPS = (-(1 << 63), (1 << 63) - 1)


class EventWriter:
    """Appends events to an open file descriptor, which stays the caller's. `points` counts the scalars."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer: list[bytes] = []
        self._size = 0
        self.points = 0

    def begin_file(self, wall_time: float, start_step: int) -> None:
        """The head of a new file. Points of the run from `start_step` on that earlier files have are superseded."""
        source = _field(1, WRITER)
        self._add(_event(wall_time, 0, _field(3, b"brain.Event:2") + _field(10, source)))
        self._add(_event(wall_time, start_step, _field(7, b"\x08\x01")))

    def scalars(self, tag: str, steps: Sequence[int], wall_times: Sequence[float], values: Sequence[float]) -> None:
        """Points of one tag. Raises OSError. A value beyond the range of a 32-bit float becomes infinite."""
        head = scalar_head(tag.encode(errors="replace"))
        header, crc, time, value = _HEADER.pack, _CRC.pack, _TIME.pack, _VALUE.pack
        for step, wall_time, number in zip(steps, wall_times, values, strict=True):
            if not -_LARGEST <= number <= _LARGEST and math.isfinite(number):
                number = math.copysign(math.inf, number)  # noqa: PLW2901  what can be written of it
            place = b"\x10" + varint(min(max(step, _STEPS[0]), _STEPS[1])) if step else b""
            data = b"\x09" + time(wall_time) + place + head + value(number)
            self._buffer.append(header(len(data), length_crc(len(data))) + data + crc(masked_crc(data)))
            self._size += len(data) + 16
            if self._size > _FLUSH:
                self.flush()
        self.points += len(steps)

    def text(self, tag: str, step: int, wall_time: float, markdown: str) -> None:
        """One text, which TensorBoard shows as Markdown. Raises OSError."""
        plugin = _field(1, _field(1, b"text")) + b"\x20\x02"  # data_class: tensor
        tensor = b"\x08\x07" + _field(2, b"") + _field(8, markdown.encode(errors="replace"))  # DT_STRING of rank 0
        value = _field(1, tag.encode(errors="replace")) + _field(8, tensor) + _field(9, plugin)
        self._add(_event(wall_time, step, _field(5, _field(1, value))))

    def _add(self, data: bytes) -> None:
        self._buffer.append(_HEADER.pack(len(data), length_crc(len(data))) + data + _CRC.pack(masked_crc(data)))
        self._size += len(data) + 16
        if self._size > _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write out what is buffered. Raises OSError; a part may be written then."""
        data = memoryview(b"".join(self._buffer))
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._buffer.clear()
        self._size = 0


def is_our_file(path: str) -> bool:
    """Whether this program wrote an event file. Raises OSError."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        return _field(10, _field(1, WRITER)) in file.read(128)


def _event(wall_time: float, step: int, rest: bytes) -> bytes:
    place = b"\x10" + varint(step) if step else b""
    return b"\x09" + _TIME.pack(wall_time) + place + rest


def _field(number: int, value: bytes) -> bytes:
    """A field of bytes, text or a message."""
    return varint(number << 3 | 2) + varint(len(value)) + value
