"""Doubles in order, as long as days of training: the newest in memory, the others in a file without a name.

A series of days has millions of points, of which a screen draws a few thousand. The file is derived from the readings
and belongs to this process alone: the kernel removes it when the process ends, so that it can never be out of date.
If it cannot be written (no room), the points stay in memory.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import overload

__all__ = ["FINE", "SPILL_FROM", "Column"]

FINE = 64
"""Values a block: of each block in the file the first and the last value stay in memory."""
_CHUNK = 4096
"""Values that are written at once."""
_CHUNK_BYTES = 8 * _CHUNK
SPILL_FROM = 16_384
"""Values in memory before any are written: most series never need the file."""


class _ChunkFile:
    """A file without a name that holds chunks of values of all columns of this process."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        self._free: list[int] = []
        self._end = 0
        self._fails = False

    def write(self, values: array[float]) -> int | None:
        """Where the chunk lies; None if it cannot be written: it is not tried again then."""
        if self._fails:
            return None
        place = self._free.pop() if self._free else self._end
        try:
            if self._descriptor is None:
                self._descriptor = _open()
            if os.pwrite(self._descriptor, values, place) != _CHUNK_BYTES:
                raise OSError(28, "No space left on device")
        except OSError:
            self._fails = True
            return None
        self._end = max(self._end, place + _CHUNK_BYTES)
        return place

    def read(self, place: int, into: memoryview) -> None:
        """As many bytes as there is room for. Raises OSError."""
        assert self._descriptor is not None
        os.preadv(self._descriptor, [into], place)

    def free(self, places: Sequence[int]) -> None:
        """Chunks that nobody needs any more."""
        self._free += places


def _open() -> int:
    """A file on a disk rather than in a memory file system, as /tmp may be; it has no name."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    cache = os.path.join(named if os.path.isabs(named) else os.path.expanduser("~/.cache"), "autotrain-tui")
    with contextlib.suppress(OSError):
        os.makedirs(cache, mode=0o700, exist_ok=True)
    for folder in (cache, tempfile.gettempdir()):
        with contextlib.suppress(OSError, AttributeError):
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):
            descriptor, path = tempfile.mkstemp(prefix=".points-", dir=folder)  # not every file system has O_TMPFILE
            os.unlink(path)
            return descriptor
    raise OSError(28, "no folder for a temporary file")


_FILE = _ChunkFile()


class Column(Sequence[float]):
    """Values in order. What is asked by index or slice may lie in the file; a slice is an array."""

    __slots__ = ("_chunks", "_firsts", "_in_file", "_lasts", "_tail")

    def __init__(self) -> None:
        self._chunks: list[int] = []
        self._firsts = array("d")
        self._lasts = array("d")
        self._tail = array("d")
        self._in_file = 0

    def __del__(self) -> None:
        _FILE.free(self._chunks)

    def __len__(self) -> int:
        return self._in_file + len(self._tail)

    @property
    def blocks(self) -> tuple[array[float], array[float]]:
        """The first and the last value of each block that lies in the file, not to be changed."""
        return self._firsts, self._lasts

    @property
    def spills(self) -> bool:
        """Whether `spill` would write."""
        return len(self._tail) >= (SPILL_FROM if not self._in_file else 2 * _CHUNK)

    @property
    def is_long(self) -> bool:
        """Whether some lies in the file, or soon will."""
        return bool(self._in_file) or len(self._tail) >= SPILL_FROM // 2

    def extend(self, values: array[float]) -> None:
        """More values."""
        self._tail += values

    def spill(self) -> None:
        """Write all but the newest values to the file."""
        done = 0
        while len(self._tail) - done >= 2 * _CHUNK:
            chunk = self._tail[done : done + _CHUNK]
            place = _FILE.write(chunk)
            if place is None:
                break
            self._chunks.append(place)
            self._firsts += chunk[::FINE]
            self._lasts += chunk[FINE - 1 :: FINE]
            done += _CHUNK
        del self._tail[:done]
        self._in_file += done

    def truncate(self, keep: int) -> None:
        """Drop the values from an index on."""
        if keep >= self._in_file:
            del self._tail[keep - self._in_file :]
            return
        whole = keep // _CHUNK
        self._tail = self[whole * _CHUNK : keep]
        _FILE.free(self._chunks[whole:])
        del self._chunks[whole:]
        self._in_file = whole * _CHUNK
        del self._firsts[self._in_file // FINE :]
        del self._lasts[self._in_file // FINE :]

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> array[float]: ...
    def __getitem__(self, index: int | slice) -> float | array[float]:
        in_file = self._in_file
        if isinstance(index, slice):
            begin, end, step = index.indices(len(self))
            if begin >= in_file:
                return self._tail[begin - in_file : end - in_file : step]
            part = self._read(begin, max(begin, min(end, in_file)))
            part += self._tail[: max(0, end - in_file)]
            return part[::step] if step != 1 else part
        if not in_file:
            return self._tail[index]
        place = index + len(self) if index < 0 else index
        if place >= in_file:
            return self._tail[place - in_file]
        if place < 0:
            raise IndexError(index)
        at = place % FINE
        if not at:
            return self._firsts[place // FINE]
        return self._lasts[place // FINE] if at == FINE - 1 else self._read(place, place + 1)[0]

    def _read(self, begin: int, end: int) -> array[float]:
        """Values that lie in the file."""
        found = array("d", bytes(8 * max(0, end - begin)))
        room, done = memoryview(found).cast("B"), 0
        while begin < end:
            number, at = divmod(begin, _CHUNK)
            count = min(end - begin, _CHUNK - at)
            _FILE.read(self._chunks[number] + 8 * at, room[done : done + 8 * count])
            begin += count
            done += 8 * count
        room.release()  # an array that is looked at cannot grow
        return found

    def __iter__(self) -> Iterator[float]:
        for begin in range(0, self._in_file, _CHUNK):
            yield from self._read(begin, begin + _CHUNK)
        yield from self._tail

    def window(self, begin: int, end: int, most: int) -> tuple[Sequence[float], int]:
        """Values that hold those of [begin:end], and the index of their first: quick to ask one by one.

        More than `most` values of the file are not read: then it is the column itself.
        """
        if begin >= self._in_file:
            return self._tail, self._in_file
        return (self[begin:end], begin) if end - begin <= most else (self, 0)

    def edge(self, x: float, begin: int, end: int) -> int:
        """`search` to the start of a block in the file: less than FINE values before the true place."""
        if self._in_file and not (self._tail and self._tail[0] < x):
            block = bisect_left(self._firsts, x) - 1
            place = (block + (self._lasts[block] < x)) * FINE
            if begin < place <= end:
                return place
        return self.search(x, begin, end)

    def search(self, x: float, begin: int, end: int, *, right: bool = False) -> int:
        """`bisect_left` (or `bisect_right`) of x among the values [begin:end], which never go back."""
        find = bisect_right if right else bisect_left
        in_file = self._in_file
        if not in_file:
            return find(self._tail, x, begin, end)
        if begin >= in_file or (self._tail and (self._tail[0] <= x if right else self._tail[0] < x)):
            return max(begin, min(end, in_file + find(self._tail, x)))
        block = find(self._firsts, x)
        place = 0
        if block:
            place = (block - 1) * FINE + find(self._read((block - 1) * FINE, min(in_file, block * FINE)), x)
        return max(begin, min(end, place))
