"""A program of its own, of low priority: reads an ended attempt's log whole after a flood.

`python -P -m autotrain_tui.metrics.read_again ATTEMPT_FOLDER PATTERNS [LOG]`. PATTERNS is a JSON list of
[name, pattern], LOG the log that metrics are read from first: a rank's, for a stage of several. Without it the
attempt's is read: a runner of an earlier version, which lives through an upgrade, names none. Readings of names that
this log does not have (those of further ranks) stay as they were recorded. It writes `readings.whole.jsonl` beside
`readings.jsonl`, by rename, or the reason into `readings.sampled.json`.
The times of the readings come from the marks in readings.jsonl, which say when the log had grown how far.
"""

from __future__ import annotations

import heapq
import os
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from autotrain_tui.metrics.curves.readings_file import MARK, ReadingsTail, Row
from autotrain_tui.metrics.curves.sampled_readings import WHOLE, Sampled, sampled_in, write_sampled
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.metrics_file import MetricsFileReader
from autotrain_tui.metrics.parsing.reading_events import Event, Reading

__all__ = ["main", "read_again"]

_SLICE = 256 << 10
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def main(arguments: list[str]) -> int:
    """Read the attempt's log again; 1 if that failed."""
    os.nice(19)
    folder = Path(arguments[0])
    log = Path(arguments[2]) if len(arguments) > 2 else None
    patterns = msgspec.json.decode(arguments[1], type=list[tuple[str, str]])
    try:
        read_again(folder, patterns, log)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        before = sampled_in(folder) or Sampled(0)
        write_sampled(folder, Sampled(before.skipped_bytes, f"the log could not be read again: {error}"))
        return 1
    return 0


def read_again(folder: Path, patterns: list[tuple[str, str]], log: Path | None = None) -> None:
    """Write the whole readings; `log`: of which log, if not the attempt's. Raises OSError; then there are none."""
    readings = folder / "readings.jsonl"
    marks = _marks(readings)
    own = _own_names(folder / "metrics.jsonl") | _file_names(folder / "metric_files.json")
    found: set[str] = set()
    temporary = folder / f".{WHOLE}.{os.getpid()}"
    again = folder / f"{temporary.name}.again"
    try:
        in_log = _noting(_log_rows(log or folder / "log", patterns, marks, own), found)
        _write(temporary, heapq.merge(_rows_named(readings, own), in_log, key=lambda row: row[0]))
        if rest := _names(readings) - own - found:
            _write(
                again, heapq.merge(_rows_named(readings, rest), ReadingsTail(temporary).rows(), key=lambda row: row[0])
            )
            os.rename(again, temporary)
        os.rename(temporary, folder / WHOLE)
    except BaseException:
        for path in (temporary, again):
            path.unlink(missing_ok=True)
        raise


def _write(path: Path, rows: Iterable[Row]) -> None:
    encode = msgspec.json.Encoder().encode
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.writelines(encode(row) + b"\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())


def _noting(rows: Iterable[Row], found: set[str]) -> Iterator[Row]:
    """The rows; their names are in `found` at the end."""
    for row in rows:
        found.add(row[1])
        yield row


def _names(readings: Path) -> set[str]:
    """The names that the runner recorded."""
    return {name for columns in ReadingsTail(readings).columns() for name in columns.names}


def _marks(readings: Path) -> tuple[list[int], list[float]]:
    """Up to which byte of the log the runner had read, and when (seconds of the attempt), in order."""
    sizes, times = [0], [0.0]
    decode = msgspec.json.Decoder(Row).decode
    with open(os.open(readings, _FLAGS), "rb") as file:
        for line in file:
            if b',"@",' not in line:
                continue
            time, name, size, *_ = decode(line)
            if name == MARK and size > sizes[-1]:
                sizes.append(int(size))
                times.append(time)
    return sizes, times


def _own_names(metrics: Path) -> set[str]:
    """The names that the program wrote itself; they win over the same names in its log."""
    found: set[str] = set()
    reader = MetricsFileReader()
    try:
        file = open(os.open(metrics, _FLAGS), "rb")  # noqa: SIM115  closed below
    except FileNotFoundError:
        return found
    with file:
        while block := file.read(_SLICE):
            found.update(event.name for event in reader.feed(block) if isinstance(event, Reading))
    return found


def _file_names(record: Path) -> set[str]:
    """The names that came from metric files; they win over the log, too."""
    try:
        with open(os.open(record, _FLAGS), "rb") as file:
            return set(msgspec.json.decode(file.read()).get("names", ()))
    except FileNotFoundError:
        return set()


def _rows_named(readings: Path, names: set[str]) -> Iterator[Row]:
    if names:
        for columns in ReadingsTail(readings).columns():
            for time, name, value, step, epoch in zip(*columns, strict=True):
                if name in names:  # columns have every number as a float, a row's step is whole
                    yield time, name, value, None if step is None else int(step), epoch


def _log_rows(
    log: Path, patterns: list[tuple[str, str]], marks: tuple[list[int], list[float]], own: set[str]
) -> Iterator[Row]:
    reader, offset = LogReader(patterns), 0
    with open(os.open(log, _FLAGS), "rb") as file:
        while block := file.read(_SLICE):
            offset += len(block)
            yield from _rows(reader.feed(block), _moment(offset, *marks), own)
    yield from _rows(reader.finish(), _moment(offset, *marks), own)


def _rows(events: list[Event], time: float, own: set[str]) -> Iterator[Row]:
    for event in events:
        if isinstance(event, Reading) and event.name not in own:
            yield time, event.name, event.value, event.step, event.epoch


def _moment(offset: int, sizes: list[int], times: list[float]) -> float:
    """When the log had that size: between two marks in proportion."""
    place = bisect_right(sizes, offset)
    if place == len(sizes):
        return times[-1]
    share = (offset - sizes[place - 1]) / (sizes[place] - sizes[place - 1])
    return round(times[place - 1] + share * (times[place] - times[place - 1]), 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
