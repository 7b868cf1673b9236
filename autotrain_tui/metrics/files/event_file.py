"""Follows an event file of TensorBoard: the scalars that are new since the last look, without tensorboard.

A record is its length (8 bytes), the length's masked CRC, the data, the data's masked CRC (TensorFlow,
`core/lib/io/record_writer.h`). The length's checksum is always compared, because a wrong length loses the place; the
data's where the data is no event, or if the caller wants it. A record that is not complete yet waits for the next look.
Memory is constant whatever the file's size, and nothing is held open.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from autotrain_tui.metrics.files.event_message import Scalar, StartMark, read_event, scalar_head
from autotrain_tui.metrics.files.masked_crc import length_crc, masked_crc
from autotrain_tui.metrics.files.regular_file import regular_file

__all__ = ["EventFileTail"]

_HEADER = struct.Struct("<QI")
_TIME = struct.Struct("<d")
_VALUE = struct.Struct("<f")
_CRC = struct.Struct("<I")
_BLOCK = 1 << 18
_LONGEST = 1 << 20
"""Bytes of the longest record that is read: an event of scalars is far shorter, an image or a graph is passed over."""
_MOST_SHAPES = 4096


class EventFileTail:
    """The scalars of one event file: `poll` gives those that are new.

    `damaged` counts records whose data and checksum do not match, `unknown` those that are no event although they
    match. `broken` is a sentence once a length does not match its checksum: nothing behind it can be read.
    `starts` are the START marks so far. A file that was replaced or cut back is read from its start again, and
    `replaced` counts it.
    """

    def __init__(self, path: Path | str, offset: int = 0, *, compares_data: bool = False) -> None:
        """`offset`: where to begin, the start of a record. `compares_data`: every record's data checksum, too."""
        self._path, self._compares_data = path, compares_data
        self.offset = offset
        self.damaged = self.unknown = self.replaced = 0
        self.broken = ""
        self.starts: list[StartMark] = []
        self._inode: int | None = None
        self._shapes: dict[bytes, str] = {}

    def poll(self) -> Iterator[list[Scalar]]:
        """The new scalars, a block at a time, in the file's order. Raises OSError, but not for a missing file."""
        with regular_file(self._path) as file:
            if file is None:
                return
            descriptor, status = file
            self._notice_replaced(status)
            if not self.broken:
                yield from self._blocks(descriptor, status.st_size)

    def _notice_replaced(self, status: os.stat_result) -> None:
        if (self._inode is not None and status.st_ino != self._inode) or status.st_size < self.offset:
            self.replaced += 1
            self.offset, self.broken = 0, ""
            self.starts.clear()
        self._inode = status.st_ino

    def _blocks(self, descriptor: int, size: int) -> Iterator[list[Scalar]]:
        wanted = _BLOCK
        while block := os.pread(descriptor, wanted, self.offset):
            scalars, end, needed = self._records(block)
            self.offset += end
            if scalars:
                yield scalars
            if self.broken:
                return
            if needed > _LONGEST + 16 and self.offset + needed <= size:
                self.offset += needed  # no event of scalars
            elif end == 0 and (needed <= len(block) or needed > _LONGEST + 16 or len(block) < wanted):
                return  # a record that is still being written
            wanted = max(_BLOCK, needed) if needed <= _LONGEST + 16 else _BLOCK

    def _records(self, block: bytes) -> tuple[list[Scalar], int, int]:
        """The scalars of whole records, where they end in the block, and the size of the record that is not whole."""
        scalars: list[Scalar] = []
        add, shapes = scalars.append, self._shapes
        compares = self._compares_data
        header, time, value = _HEADER.unpack_from, _TIME.unpack_from, _VALUE.unpack_from
        at, end = 0, len(block)
        while at + 12 <= end:
            length, crc = header(block, at)
            if crc != length_crc(length):
                self.broken = f"byte {self.offset + at}: the length of a record does not match its checksum"
                return scalars, at, 0
            after = at + length + 16
            if after > end:
                return scalars, at, length + 16
            # almost every event is a time, a step and one simple value, and only these differ for a tag
            place, step = at + 21, 0
            if length > 28 and block[at + 12] == 9 and not compares:
                if block[place] == 16:
                    step, place = _step(block, place + 1)
                tag = shapes.get(block[place : after - 8])
                if tag is not None:
                    add((tag, step, time(block, at + 13)[0], value(block, after - 8)[0]))
                    at = after
                    continue
            self._slow(block[at + 12 : after - 4], block[after - 4 : after], scalars)
            at = after
        return scalars, at, 0

    def _slow(self, data: bytes, crc: bytes, scalars: list[Scalar]) -> None:
        """Any record: its scalars are added; its shape is kept if it is an event of one simple value."""
        if self._compares_data and masked_crc(data) != _CRC.unpack(crc)[0]:
            self.damaged += 1
            return
        try:
            found, start = read_event(data)
        except ValueError:
            if masked_crc(data) == _CRC.unpack(crc)[0]:
                self.unknown += 1
            else:
                self.damaged += 1
            return
        scalars += found
        if len(found) == 1 and len(self._shapes) < _MOST_SHAPES:
            head = scalar_head(found[0][0].encode(errors="replace"))
            if data[:1] == b"\x09" and data[-4 - len(head) : -4] == head:
                self._shapes[head] = found[0][0]
        if start is not None:
            self.starts.append(start)


def _step(block: bytes, at: int) -> tuple[int, int]:
    """A step of at most 35 bits and the place behind it; a longer one gives a place that fits no shape."""
    byte = block[at]
    if byte < 128:
        return byte, at + 1
    number, shift = byte & 127, 7
    for place in range(at + 1, at + 5):
        byte = block[place]
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place + 1
        shift += 7
    return 0, at
