"""Going to a time in a log."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.logs.line_times import LineTime, first_at, parse_time, time_of
from autotrain_tui.logs.log_file import LogFile


def log_of(path: Path, lines: list[str]) -> LogFile:
    """A log with these lines."""
    path.write_text("".join(f"{line}\n" for line in lines))
    log = LogFile(str(path))
    log.refresh()
    return log


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (b"2026-11-28 15:04:05,123 INFO x", LineTime("2026-11-28", "15:04:05")),
        (b"2026-11-28T15:04:05Z x", LineTime("2026-11-28", "15:04:05")),
        (b"[15:04:05] x", LineTime("", "15:04:05")),
        (b"INFO:trainer: 15:04:05 x", LineTime("", "15:04:05")),
        (b" 45%|####     | 45/100 [00:12<00:15:20", None),
        (b"loss 0.5 at 15:04:05", None),
    ],
)
def test_the_time_of_a_line(line: bytes, time: LineTime | None) -> None:
    """A time counts if no other number stands before it."""
    assert time_of(line) == time


def test_typed_times() -> None:
    """Minutes are enough, and a number is no time."""
    assert parse_time("9:04") == LineTime("", "09:04:00")
    assert parse_time(" 2026-11-28 15:04:05 ") == LineTime("2026-11-28", "15:04:05")
    assert parse_time("1504") is None


def test_the_first_line_at_a_time_is_found_in_a_long_log(tmp_path: Path) -> None:
    """Lines without a time, and several of one second, don't mislead; a time without a date is the last such one."""
    lines = []
    for second in range(2 * 86400 // 10):
        day, clock = divmod(second * 10, 86400)
        stamp = f"2026-11-{27 + day} {clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}"
        lines += [f"{stamp},000 INFO epoch", f"{stamp},500 INFO loss 0.5", "    a line of a traceback"]
    log = log_of(tmp_path / "log", lines)

    def line_at(text: str) -> str:
        place = first_at(log, parse_time(text) or LineTime("", ""))
        return log.forward(place or 0, 1)[0].data.decode()

    assert line_at("2026-11-27 15:04:01") == "2026-11-27 15:04:10,000 INFO epoch"
    assert line_at("15:04") == "2026-11-28 15:04:00,000 INFO epoch"
    assert line_at("2026-11-26 00:00") == lines[0]
    assert line_at("2026-11-29 00:00") == "2026-11-28 23:59:50,500 INFO loss 0.5"


def test_a_time_that_the_last_day_has_not_reached_is_of_the_day_before(tmp_path: Path) -> None:
    """At nine in the morning, 23:00 is yesterday's."""
    log = log_of(tmp_path / "log", ["2026-11-27 23:00:00 a", "2026-11-28 09:00:00 b"])
    assert first_at(log, LineTime("", "23:00:00")) == 0
    assert first_at(log_of(tmp_path / "bare", ["no time", "here"]), LineTime("", "23:00:00")) is None
