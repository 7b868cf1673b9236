"""The history of an offline run of W&B: `offline-run-…/run-ID.wandb`, read without wandb.

Seen with wandb 0.31.0. After seven bytes (`:W&B`, magic, version) the file is a log in the form of LevelDB: blocks of
32 KiB, in each of them pieces with a header of checksum, length and kind (whole, first, middle, last). A record is a
protobuf message (`wandb_internal.proto`): 2 is history, 12 a call of `define_metric`, 17 the run with its
configuration. Checksums are not compared: a piece that does not parse ends the reading.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

from autotrain_tui.metrics.files.event_message import fields_of
from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.files.wandb_axes import WandbAxes, number_in
from autotrain_tui.metrics.parsing.metric_names import clean_name

__all__ = ["WandbFile", "is_wandb_file"]

_BLOCK = 32 << 10
_PIECE = struct.Struct("<IHB")
_MAGIC = b":W&B"
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_HISTORY, _METRIC, _RUN = 2, 12, 17
_ITEM, _KEY, _NESTED, _VALUE, _CONFIG = 1, 1, 2, 16, 4
_LONGEST = 16 << 20
"""Bytes of the longest record that is put together; a longer one is left out."""

Scalar = str | int | float | bool


def is_wandb_file(path: Path | str) -> bool:
    """Whether a file's name is that of a run of W&B."""
    return str(path).endswith(".wandb")


class WandbFile:
    """One run. `config` has its parameters once `poll` has read them; `broken` is a sentence if the reading ended."""

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self.config: dict[str, Scalar] = {}
        self.broken = ""
        self.skipped = 0

    def poll(self) -> Iterator[list[FilePoint]]:
        """All points, those of one step together. Raises OSError."""
        axes = WandbAxes()
        for record in self._records():
            try:
                for field, value in fields_of(record):
                    if field == _HISTORY and isinstance(value, bytes):
                        if points := _points(dict(_items(value)), axes):
                            yield points
                    elif field == _METRIC and isinstance(value, bytes):
                        axes.define(value)
                    elif field == _RUN and isinstance(value, bytes):
                        self._read_config(value)
            except ValueError:
                self.skipped += 1

    def _read_config(self, run: bytes) -> None:
        for field, value in fields_of(run):
            if field == _CONFIG and isinstance(value, bytes):
                for name, item in _items(value):
                    if not name.startswith("_") and isinstance(item, str | int | float | bool):
                        self.config[name[:120]] = item

    def _records(self) -> Iterator[bytes]:
        """The records that are whole; the last one of a run that was killed may not be."""
        with open(self._path, "rb") as file:
            block, begin, parts = file.read(_BLOCK), 0, bytearray()
            if block[: len(_MAGIC)] != _MAGIC:
                self.broken = "it is no file of W&B"
                return
            at = 7
            while block:
                while at + _PIECE.size <= len(block):
                    _, length, kind = _PIECE.unpack_from(block, at)
                    data = block[at + _PIECE.size : at + _PIECE.size + length]
                    if kind not in (_WHOLE, _FIRST, _MIDDLE, _LAST) or len(data) < length:
                        if kind > _LAST:
                            self.broken = f"byte {begin + at}: the header of a piece is damaged"
                        return
                    if kind in (_WHOLE, _FIRST):
                        parts.clear()
                    if len(parts) <= _LONGEST:
                        parts += data
                    if kind in (_WHOLE, _LAST):
                        yield bytes(parts)
                    at += _PIECE.size + length
                begin, at, block = begin + len(block), 0, file.read(_BLOCK)


def _items(message: bytes) -> Iterator[tuple[str, object]]:
    """Name and value of each item of a history or a configuration; nested names are joined by dots, as in W&B."""
    for field, item in fields_of(message):
        if field != _ITEM or not isinstance(item, bytes):
            continue
        names: list[str] = []
        value: object = None
        for place, part in fields_of(item):
            if place in (_KEY, _NESTED) and isinstance(part, bytes):
                names.append(part.decode(errors="replace"))
            elif place == _VALUE and isinstance(part, bytes):
                try:
                    value = json.loads(part)
                except (ValueError, RecursionError):
                    value = None
        if names:
            yield ".".join(names), value


def _points(row: dict[str, object], axes: WandbAxes) -> list[FilePoint]:
    axes.row(row)
    wall = number_in(row.get("_timestamp"))
    found = []
    for key, value in row.items():
        if key.startswith("_") or isinstance(value, bool) or not isinstance(value, int | float) or axes.counts(key):
            continue
        name = clean_name(key.encode("utf-8", "replace"))
        if name is not None:
            found.append(FilePoint(name, _float(value), *axes.place(key, row), wall))
    return found


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")
