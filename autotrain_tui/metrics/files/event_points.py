"""Follows an event file of TensorBoard as metrics: names, steps, numbers, and the epoch that Lightning has as a tag."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from autotrain_tui.metrics.files.csv_layout import axis_of
from autotrain_tui.metrics.files.event_file import EventFileTail
from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.files.masked_crc import length_crc
from autotrain_tui.metrics.parsing.metric_names import LabelKind, clean_name

__all__ = ["EventFilePoints"]

_HEADER = struct.Struct("<QI")
_HEAD = 40
"""Bytes at a file's start that tell files apart: the first record holds the time at which its writer began."""
_PLACEHOLDERS = frozenset({"hp_metric"})
"""Lightning writes -1 under this tag when it begins, for TensorBoard's page of parameters."""
_LONGEST_TAG = 16_384
_MOST_TAGS = 65_536


class EventFilePoints:
    """The points of one event file: `poll` gives those that are new, a block at a time.

    A file that was replaced by a longer copy of itself gives only what lies behind each tag's last step.
    """

    def __init__(self, path: Path | str, begin: int = 0, known: Mapping[str, float] | None = None) -> None:
        """The first `begin` bytes are known; `known`: the last step of each tag, if the file was replaced meanwhile."""
        self._path = path
        self._begin = begin
        self._tail = EventFileTail(path, begin)
        self._head = b""
        self._signature: tuple[int, int, int] | None = None
        self._replaced = 0
        self._names: dict[str, str] = {}
        self._left_out: set[int] = set()
        self._furthest: dict[str, float] = dict(known or {})
        self._old: dict[str, float] = {} if begin else dict(known or {})

    @property
    def offset(self) -> int:
        """Bytes up to the end of the last record that was read."""
        return self._tail.offset

    @property
    def furthest(self) -> dict[str, float]:
        """The greatest step of each name."""
        return dict(self._furthest)

    @property
    def broken(self) -> str:
        """A sentence once the file cannot be read on; empty until then."""
        return self._tail.broken

    @property
    def skipped(self) -> int:
        """Records that are damaged."""
        return self._tail.damaged

    @property
    def left_out(self) -> int:
        """Tags that can be no metric's name."""
        return len(self._left_out)

    @property
    def superseding(self) -> bool:
        """Whether a START mark in it takes back points of earlier files."""
        return bool(self._tail.starts)

    def poll(self) -> Iterator[list[FilePoint]]:
        """The new points, in the file's order. Raises OSError, but not for a missing file."""
        signature = _signature(self._path)
        if signature is None or signature == self._signature:
            return
        self._notice_other_head()
        if self._begin:
            self._tail.offset = _record_start(self._path, self._begin)
            self._begin = 0
        for scalars in self._tail.poll():
            if self._tail.replaced != self._replaced:
                self._notice_replaced()
            points = []
            for tag, step, wall, value in scalars:
                name = self._names.get(tag) or self._name(tag)
                if not name:
                    continue
                place = max(step, 0)
                if place <= self._old.get(name, -1):
                    continue
                if place > self._furthest.get(name, -1):
                    self._furthest[name] = place
                points.append(FilePoint(name, value, step if step >= 0 else None, None, wall))
            if points:
                yield points
        self._signature = signature

    def _notice_other_head(self) -> None:
        """Another writer may begin a file of the same name anew: two of tensorboardX do within one second."""
        head = _head(self._path)
        if self._head and head != self._head:
            self._tail, self._replaced, self._begin = EventFileTail(self._path), 0, 0
            self._old, self._furthest = {}, {}
        self._head = head

    def _notice_replaced(self) -> None:
        self._replaced = self._tail.replaced
        self._old = dict(self._furthest)

    def _name(self, tag: str) -> str:
        """The series' name; empty for what is none. A tag that counts epochs stays, as `epoch`."""
        axis = axis_of(tag) if len(tag) <= _LONGEST_TAG else None
        if axis is LabelKind.EPOCH:
            name: str | None = "epoch"
        elif tag in _PLACEHOLDERS or axis is LabelKind.STEP:
            return ""
        else:
            name = clean_name(tag.encode("utf-8", "replace")) if len(tag) <= _LONGEST_TAG else None
        if name is None:
            if len(self._left_out) < _MOST_TAGS:
                self._left_out.add(hash(tag))
            return ""
        if len(self._names) < _MOST_TAGS:
            self._names[tag] = name
        return name


def _signature(path: Path | str) -> tuple[int, int, int] | None:
    """What changes when a file does; None if there is none. Raises OSError."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _head(path: Path | str) -> bytes:
    """The first bytes of a file; empty if it is shorter. Raises OSError."""
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    return head if len(head) == _HEAD else b""


def _record_start(path: Path | str, least: int) -> int:
    """The start of the first record that does not end before `least`: where an earlier reader, or size, left off."""
    with open(path, "rb") as file:
        descriptor = file.fileno()
        size, at = os.fstat(descriptor).st_size, 0
        header = os.pread(descriptor, 12, least)
        if len(header) < 12 or _is_header(header):
            return least
        while at < least <= size:
            header = os.pread(descriptor, 12, at)
            if len(header) < 12 or not _is_header(header):
                return least
            end = at + _HEADER.unpack(header)[0] + 16
            if end > least:
                return at
            at = end
        return at


def _is_header(header: bytes) -> bool:
    length, crc = _HEADER.unpack(header)
    return bool(crc == length_crc(length))
