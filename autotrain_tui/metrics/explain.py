"""What the reader made of a log, and why: each line shape, what was taken as what, what was left out.

The log is read as a runner would read it, then its lines are gone through once more by shape. A number that was left
out comes with the pattern that reads it, ready for a plan's `metrics`.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from autotrain_tui.metrics.formats.find_layout import NOTHING, find_layout
from autotrain_tui.metrics.formats.learned import CountHeading
from autotrain_tui.metrics.log_parser import LogReader, clean_lines
from autotrain_tui.metrics.parsing.learned_line import LearnedLine
from autotrain_tui.metrics.parsing.line_layout import Layout
from autotrain_tui.metrics.parsing.line_shapes import BELIEVED_AFTER, LineShape, shape_of
from autotrain_tui.metrics.parsing.metric_names import LabelKind, clean_name, kind_of
from autotrain_tui.metrics.parsing.number_slots import NumberSlot, number_slots
from autotrain_tui.metrics.parsing.prefixes import message_start
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.metrics.parsing.series_kinds import NameRole, SeriesKind, role_of, series_kind

__all__ = ["MAX_BYTES", "Explanation", "LeftOutNumber", "ShapeReport", "TakenSeries", "explain", "plan_line"]

MAX_BYTES = 64 << 20
"""Bytes of a log's end that are explained, if no other number is given."""

MAX_REPORTED = 200
_BLOCK = 1 << 20
_MAX_LINE = 2000  # bytes
_NUMBER_PATTERN = r"(?P<value>[-+]?[\d.]+(?:[eE][-+]?\d+)?)"
_REASONS = {
    NameRole.TIME: "a time",
    NameRole.COUNT: "a size or a count",
    NameRole.SETTING: "a setting",
    NameRole.DERIVED: "a figure made of others",
    NameRole.AXIS: "a step or an epoch",
}


class TakenSeries(msgspec.Struct, frozen=True):
    """A series that was read: how many points, over what."""

    name: str
    kind: SeriesKind
    points: int
    axis: str


class LeftOutNumber(msgspec.Struct, frozen=True):
    """A number that is no series, why, and the pattern of a plan that reads it."""

    name: str
    value: str
    reason: str
    pattern: str


class ShapeReport(msgspec.Struct, frozen=True):
    """One line shape: an example, how often it came, who reads it, what it counts, what of it is left out."""

    example: str
    count: int
    read_by: str
    taken: tuple[str, ...]
    counts: tuple[str, ...]
    left_out: tuple[LeftOutNumber, ...]


class Explanation(msgspec.Struct, frozen=True):
    """The whole log."""

    series: tuple[TakenSeries, ...]
    shapes: tuple[ShapeReport, ...]
    lines_left_out: int
    names_left_out: int


def plan_line(number: LeftOutNumber) -> str:
    """The line of a plan's TOML file that makes a left-out number a series."""
    name, pattern = json.dumps(number.name, ensure_ascii=False), number.pattern
    quoted = json.dumps(pattern, ensure_ascii=False) if "'" in pattern or not pattern.isprintable() else f"'{pattern}'"
    return f"metrics = [{{ name = {name}, pattern = {quoted} }}]"


def explain(path: Path, most: int = MAX_BYTES) -> Explanation:
    """Read a log's last `most` bytes and tell what became of its numbers. OSError when it can't be read."""
    reader = LogReader()
    points: Counter[str] = Counter()
    axes: dict[str, str] = {}
    groups: dict[str, tuple[bytes, int]] = {}
    for block in _blocks(path, most):
        _count(reader.feed(block), points, axes)
        for line in clean_lines(block):
            if len(line) <= _MAX_LINE and any(48 <= sign <= 57 for sign in line):
                _group(line, groups)
    _count(reader.finish(), points, axes)
    learned = dict(reader.shapes())
    reports = [_report(line, count, points, learned) for line, count in groups.values()]
    reports.sort(key=lambda report: (not report.taken, -report.count))
    series = tuple(TakenSeries(name, series_kind(name), count, axes[name]) for name, count in points.items())
    return Explanation(series, tuple(reports), reader.lines_left_out, reader.names_left_out)


def _blocks(path: Path, most: int) -> Iterator[bytes]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not hold us
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        size = file.seek(0, 2)
        file.seek(max(0, size - most))
        rest = b""
        while block := file.read(_BLOCK):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            yield whole + newline
        yield rest


def _count(events: Sequence[object], points: Counter[str], axes: dict[str, str]) -> None:
    for event in events:
        if isinstance(event, Reading):
            points[event.name] += 1
            axes[event.name] = "step" if event.step is not None else "epoch" if event.epoch is not None else "index"


def _group(line: bytes, groups: dict[str, tuple[bytes, int]]) -> None:
    text = line.decode("latin-1")
    key = shape_of(text, message_start(text))
    if key in groups:
        groups[key] = (groups[key][0], groups[key][1] + 1)
    elif len(groups) < MAX_REPORTED:
        groups[key] = (line, 1)


def _report(line: bytes, count: int, points: Counter[str], learned: dict[str, LineShape]) -> ShapeReport:
    text = line.decode("latin-1")
    start = message_start(text)
    layout = find_layout(text)
    shape = learned.get(layout.key) if isinstance(layout, LearnedLine) else None
    taken, counts, left_out = [], [], []
    for slot in number_slots(text, start, len(text)):
        raw = text[slice(*slot.name)]
        name = (clean_name(raw.encode("latin-1")) or "") + ("_avg" if slot.average else "")
        value = text[slice(*slot.value)]
        series = next((one for one in points if name and (one == name or one.endswith("_" + name))), None)
        if series is not None:
            taken.append(series)
        elif kind_of(raw) in {LabelKind.STEP, LabelKind.EPOCH} or slot.of or isinstance(layout, CountHeading):
            counts.append(f"{raw or 'count'} {value}" + (f" of {text[slice(*slot.of)]}" if slot.of else ""))
        elif raw:
            left_out.append(LeftOutNumber(name, value, _reason(text, slot, count, shape, layout), _pattern(text, slot)))
    example = line.decode("utf-8", "replace")
    return ShapeReport(example, count, _reader_of(layout, shape), tuple(taken), tuple(counts), tuple(left_out))


def _reader_of(layout: Layout, shape: LineShape | None) -> str:
    """The format that reads lines of a layout."""
    if layout is NOTHING or (isinstance(layout, LearnedLine) and layout.known is None and shape is None):
        return "no format"
    if isinstance(layout, LearnedLine):
        state = "learned" if shape is not None and shape.believed else "waiting"
        return state if layout.known is None else f"known words, {state}"
    module = type(layout).__module__.rpartition(".")[2]
    return "known words" if module in {"line_layout", "quick_line"} else module


def _reason(text: str, slot: NumberSlot, count: int, shape: LineShape | None, layout: Layout) -> str:
    """Why a number is no series."""
    name, value = text[slice(*slot.name)], text[slice(*slot.value)]
    role = role_of(name)
    if role in _REASONS:
        return _REASONS[role]
    if slot.unit not in {"", "%"} and role is not NameRole.RATE:
        return f"it has the unit {slot.unit}"
    if role is NameRole.FREE and value.lstrip("+-").isdigit():
        return "a whole number under a name that no list knows"
    if not isinstance(layout, LearnedLine):
        return "the line is no report" if layout is NOTHING else "its format does not tell it"
    if shape is None or count < BELIEVED_AFTER:
        return f"seen {count} times; {BELIEVED_AFTER} are needed for a name that no list knows"
    if not shape.believed:
        return "nothing counts on the line or near it"
    return "it never changes"


def _pattern(text: str, slot: NumberSlot) -> str:
    """The pattern of a plan's `metrics` that reads this number."""
    begin, end = slot.name[0], slot.value[0]
    if begin > end:  # the name stands behind
        words = re.escape(text[slot.value[1] : slot.name[1]].encode("latin-1").decode("utf-8", "replace"))
        return _NUMBER_PATTERN + _loose(words)
    words = re.escape(text[begin:end].encode("latin-1").decode("utf-8", "replace"))
    return _loose(words) + _NUMBER_PATTERN


def _loose(words: str) -> str:
    """A pattern that takes blanks of any width."""
    return re.sub(r"(?:\\ )+", r"\\s*", words)
