"""One event of a TensorBoard file: the scalars in it, without protobuf.

Messages and field numbers: tensorboard/compat/proto/{event,summary,tensor,types}.proto. A scalar is a `simple_value`
(torch, tensorboardX, Lightning) or a tensor with one number (torch with `new_style=True`, TensorFlow 2, tensorboard's
own tests). Everything else (text, images, histograms, graphs) has no scalars.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["WRITER", "Scalar", "StartMark", "fields_of", "read_event", "scalar_head", "varint"]

WRITER = b"autotrain-tui"
"""The name in the first record's source metadata, by which our own files are known again."""

Scalar = tuple[str, int, float, float]
"""Tag, step, wall time (Unix seconds), value."""

StartMark = tuple[int, float]
"""Step and wall time of a session's START: points from this step on were superseded."""

_DOUBLE = struct.Struct("<d")
_FLOAT = struct.Struct("<f")
_SIGN, _RANGE = 1 << 63, 1 << 64

# fields of Event, Summary, Summary.Value, TensorProto
_WALL_TIME, _STEP, _SUMMARY, _SESSION_LOG = 1, 2, 5, 7
_VALUE = 1
_TAG, _SIMPLE_VALUE, _TENSOR, _METADATA = 1, 2, 8, 9
_DTYPE, _SHAPE, _CONTENT = 1, 2, 4
_START = 1

_NUMBERS: dict[int, tuple[int, str]] = {
    1: (5, "<f"),
    2: (6, "<d"),
    3: (7, ""),
    9: (10, ""),
    4: (7, ""),
    6: (7, ""),
    10: (11, ""),
}
"""Type of a tensor → its field for values, and their form (empty: varints).

The types are DT_FLOAT, DOUBLE, INT32, INT64, UINT8, INT8, BOOL.
"""
_CONTENTS = {1: "<f", 2: "<d", 3: "<i", 9: "<q", 4: "<B", 6: "<b", 10: "<?", 19: "<e"}
"""Type of a tensor → the form of `tensor_content`; 19 is DT_HALF."""
_SCALARS = "scalars"


def read_event(data: bytes) -> tuple[list[Scalar], StartMark | None]:
    """The scalars of an event, in order, and its START mark. Raises ValueError if it is not an event."""
    wall, step, summaries, start = 0.0, 0, [], False
    for field, value in fields_of(data):
        if field == _WALL_TIME and isinstance(value, bytes):
            wall = _DOUBLE.unpack(_exact(value, 8))[0]
        elif field == _STEP and isinstance(value, int):
            step = _signed(value)
        elif field == _SUMMARY and isinstance(value, bytes):
            summaries.append(value)
        elif field == _SESSION_LOG and isinstance(value, bytes):
            start = (1, _START) in fields_of(value)
    scalars = [
        (tag, step, wall, number)
        for summary in summaries
        for field, value in fields_of(summary)
        if field == _VALUE and isinstance(value, bytes)
        for tag, number in _scalar(value)
    ]
    return scalars, (step, wall) if start else None


def varint(number: int) -> bytes:
    """A number as protobuf writes it; a negative one takes ten bytes."""
    number &= _RANGE - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def scalar_head(tag: bytes) -> bytes:
    """What stands in an event of one simple value between its step and the value's four bytes."""
    value = b"\x0a" + varint(len(tag)) + tag + b"\x15"
    summary = b"\x0a" + varint(len(value) + 4) + value
    return b"\x2a" + varint(len(summary) + 4) + summary


def _scalar(message: bytes) -> Iterator[tuple[str, float]]:
    """Tag and number of a Summary.Value; nothing if it is not a scalar."""
    tag, number, plugin = "", None, ""
    for field, value in fields_of(message):
        if field == _TAG and isinstance(value, bytes):
            tag = value.decode(errors="replace")
        elif field == _SIMPLE_VALUE and isinstance(value, bytes):
            number = _FLOAT.unpack(_exact(value, 4))[0]
        elif field == _TENSOR and isinstance(value, bytes):
            number = _tensor_number(value)
        elif field == _METADATA and isinstance(value, bytes):
            plugin = _plugin(value)
    if number is not None and plugin in (
        "",
        _SCALARS,
    ):  # the first event of a tag names the plugin, later ones need not
        yield tag, number


def _plugin(metadata: bytes) -> str:
    """The plugin's name in a SummaryMetadata (plugin_data is 1, plugin_name in it 1)."""
    for field, value in fields_of(metadata):
        if field == 1 and isinstance(value, bytes):
            return next(
                (name.decode(errors="replace") for at, name in fields_of(value) if at == 1 and isinstance(name, bytes)),
                "",
            )
    return ""


def _tensor_number(message: bytes) -> float | None:
    """The number of a tensor of rank 0, or None."""
    fields = list(fields_of(message))
    kinds = [value for field, value in fields if field == _DTYPE and isinstance(value, int)]
    kind = kinds[-1] if kinds else 0
    if any(field == _SHAPE and value != b"" for field, value in fields):
        return None  # it has dimensions
    for field, value in fields:
        if field == _CONTENT and kind in _CONTENTS and isinstance(value, bytes) and value:
            return (
                float(struct.unpack(_CONTENTS[kind], value)[0])
                if len(value) == struct.calcsize(_CONTENTS[kind])
                else None
            )
        if kind in _NUMBERS and field == _NUMBERS[kind][0]:
            return _packed(value, _NUMBERS[kind][1])
    return 0.0 if kind in _NUMBERS else None  # a value list that is empty stands for zeros


def _packed(value: int | bytes, form: str) -> float | None:
    """The one number of a packed or single field."""
    if isinstance(value, int):
        return float(_signed(value))
    if form:
        return float(struct.unpack(form, value)[0]) if len(value) == struct.calcsize(form) else None
    number, end = _varint(value, 0)
    return float(_signed(number)) if end == len(value) else None


def _signed(number: int) -> int:
    return number - _RANGE if number >= _SIGN else number


def _exact(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise ValueError(f"expected {size} bytes, found {len(value)}")
    return value


def fields_of(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field: an int for a varint, else bytes. Raises ValueError if it is not a message."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        field, kind = key >> 3, key & 7
        if kind == 0:
            number, at = _varint(data, at)
            yield field, number
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"field {field} has the unknown type {kind}")
        if at + size > end or not field:
            raise ValueError(f"field {field} is longer than its message")
        yield field, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A varint and the place behind it. Raises ValueError if it does not end."""
    number = shift = 0
    for at in range(at, min(at + 10, len(data))):  # noqa: B020, PLR1704  the place is what moves
        byte = data[at]
        number |= (byte & 127) << shift
        if byte < 128:
            return number & _RANGE - 1, at + 1
        shift += 7
    raise ValueError("a number does not end")
