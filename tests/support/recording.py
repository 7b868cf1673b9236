"""A recorded session as a replay needs it: everything with its moment, in seconds since the first event."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from typing import Any

import msgspec

from autotrain_tui.session.records.folder import SessionFolder


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """A line of readings.jsonl: seconds since the attempt's start, name, value, step, epoch."""

    seconds: float
    name: str
    value: float
    step: float | None = None
    epoch: float | None = None

    def line(self, speed: float) -> bytes:
        """The line, at `speed` times the pace."""
        return msgspec.json.encode(msgspec.structs.replace(self, seconds=round(self.seconds / speed, 3))) + b"\n"


class RecordedAttempt:
    """One attempt: when it began and ended, and its files."""

    def __init__(
        self, session: SessionFolder, event: dict[str, Any], start: float, end: float, succeeded: bool
    ) -> None:
        self.stage: str = event["stage"]
        self.number: int = event["attempt"]
        self.folder: str = event["folder"]
        self.start, self.end = start, end
        source = session.at(self.folder)
        self.path = source.path
        self.readings = [msgspec.json.decode(line, type=Reading) for line in _lines(source.readings)]
        self._moments = [start + reading.seconds for reading in self.readings]
        self.result = source.result.read_bytes() if source.result.is_file() else None
        steps = [int(reading.step) for reading in self.readings if reading.step is not None]
        self.last_step = max(steps) if steps and succeeded else None
        """What the attempt counted to, where it came to its end."""
        self._line_ends = {name: _line_ends(self.path / name) for name in ("log", "metrics.jsonl")}

    def readings_by(self, at: float) -> int:
        """How many readings there were at `at`; all of them once the attempt has ended."""
        return len(self.readings) if at >= self.end else bisect_right(self._moments, at)

    def bytes_by(self, name: str, at: float) -> int:
        """How long the file was at `at`: whole lines, spread evenly over the attempt."""
        ends = self._line_ends[name]
        if not ends or at < self.start:
            return 0
        share = 1.0 if at >= self.end else (at - self.start) / (self.end - self.start)
        count = int(share * len(ends))
        return ends[count - 1] if count else 0

    def part(self, name: str, first: int, last: int) -> bytes:
        """The file's bytes from `first` up to `last`."""
        if last <= first:
            return b""
        with open(self.path / name, "rb") as file:
            file.seek(first)
            return file.read(last - first)


class Recording:
    """A session's folder, read whole. Raises FileNotFoundError where no journal is."""

    def __init__(self, folder: SessionFolder) -> None:
        self.folder = folder
        lines: list[dict[str, Any]] = [msgspec.json.decode(line) for line in _lines(folder.journal, missing_ok=False)]
        self.first: float = lines[0]["mono"]
        self.events = [(max(0.0, event["mono"] - self.first), event) for event in lines]
        self.length = max(at for at, _ in self.events)
        self.gauges = [
            (line["m"] - self.first, line) for line in map(msgspec.json.decode, _lines(folder.gauges)) if "m" in line
        ]
        self.attempts = [self._attempt(at, event) for at, event in self.events if event["type"] == "attempt_starting"]

    def _attempt(self, start: float, event: dict[str, Any]) -> RecordedAttempt:
        mine = (event["stage"], event["attempt"])
        for at, other in self.events:
            if other["type"] == "attempt_ended" and (other["stage"], other["attempt"]) == mine and at >= start:
                return RecordedAttempt(self.folder, event, start, at, other["state"] == "succeeded")
        return RecordedAttempt(self.folder, event, start, self.length, succeeded=False)


def _lines(path: Path, *, missing_ok: bool = True) -> list[bytes]:
    """The whole lines of a file; none where it is missing."""
    if missing_ok and not path.is_file():
        return []
    *lines, _torn = path.read_bytes().split(b"\n")
    return lines


def _line_ends(path: Path) -> list[int]:
    """The offset behind each line, and the file's length when its last line is not whole."""
    if not path.is_file():
        return []
    data = path.read_bytes()
    ends = [at + 1 for at, byte in enumerate(data) if byte == 10]
    return [*ends, len(data)] if data and not data.endswith(b"\n") else ends
