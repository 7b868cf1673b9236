"""AUTOTRAIN_METRICS and the result file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from autotrain_tui.metrics.metrics_file import MAX_LINE, MetricsFileReader
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from autotrain_tui.metrics.result_file import read_result


def readings(events: list[object]) -> list[Reading]:
    return [event for event in events if isinstance(event, Reading)]


def test_a_flat_object_a_line() -> None:
    """Every finite number but step, epoch, time and total is a metric; truth values and texts are none."""
    line = {"step": 3, "epoch": 1, "time": 5.5, "total": 9, "loss": 0.5, "ok": True, "note": "x", "n": None, "k": 7}
    events = MetricsFileReader().feed(json.dumps(line).encode() + b"\n")
    assert events == [Reading("loss", 0.5, 3, 1.0), Reading("k", 7.0, 3, 1.0), Progress(3, 9, 1.0)]


def test_a_torn_line_waits() -> None:
    """A line that is not complete waits for its end; the last may lack a newline."""
    reader = MetricsFileReader()
    assert reader.feed(b'{"loss": 0.5, "st') == []
    assert reader.waiting == 17
    assert readings(reader.feed(b'ep": 2}\n{"loss": 0.25}')) == [Reading("loss", 0.5, 2)]
    assert readings(reader.finish()) == [Reading("loss", 0.25)]


def test_garbage_is_counted() -> None:
    """Lines that are no objects are skipped and counted; nesting does no harm."""
    reader = MetricsFileReader()
    data = b"hello\n[1, 2]\n" + b"[" * 100_000 + b"\n" + b'{"a":' * 5000 + b'\n\xff\xfe\n\n{"loss": 1}\n'
    assert readings(reader.feed(data)) == [Reading("loss", 1.0)]
    assert reader.skipped == 5


def test_numbers_beyond_a_float() -> None:
    """What is not finite is told as such and never a reading."""
    events = MetricsFileReader().feed(b'{"step": 1, "loss": NaN, "acc": 1e999, "big": ' + b"9" * 400 + b"}\n")
    assert [event for event in events if isinstance(event, NotFinite)] == [
        NotFinite("loss", 1), NotFinite("acc", 1), NotFinite("big", 1),
    ]  # fmt: skip
    assert readings(events) == []


def test_names_are_inert_and_few() -> None:
    """White space becomes `_`, what can't be shown is left out, and there are at most a thousand names."""
    reader = MetricsFileReader()
    record = {"val loss": 1.0, "a\x1b[31m": 2.0, "x" * 500: 3.0, "@": 4.0, "\ud800": 5.0, "": 6.0}
    found = readings(reader.feed(json.dumps(record).encode() + b"\n"))
    assert found[0].name == "val_loss"
    assert all(reading.name.isprintable() and 0 < len(reading.name) <= 120 for reading in found)
    many = json.dumps({f"m{i}": i for i in range(3000)}).encode() + b"\n"
    assert len(readings(reader.feed(many))) < 1001
    assert reader.names_left_out >= 2000


def test_a_line_without_end() -> None:
    """An endless line costs no memory and hides only itself."""
    reader = MetricsFileReader()
    for _ in range(40):
        assert reader.feed(b"x" * (MAX_LINE // 8)) == []
    assert reader.waiting <= MAX_LINE
    assert readings(reader.feed(b'xx\n{"loss": 1}\n')) == [Reading("loss", 1.0)]


def test_epochs_alone_are_progress() -> None:
    """A line that has an epoch and no step reports on a whole epoch, whatever epochs are counted from."""
    reader = MetricsFileReader()
    first = reader.feed(b'{"epoch": 0, "epochs": 4, "loss": 1}\n')[-1]
    assert first == Progress(None, None, 1.0, 4, None, within_epoch=True)


def test_result(tmp_path: Path) -> None:
    """The result file's finite numbers are the final metrics."""
    path = tmp_path / "result.json"
    path.write_text('{"accuracy": 0.9512, "n": 3, "ok": true, "note": "x", "bad": NaN, "deep": {"a": 1}}')
    assert read_result(path) == ({"accuracy": 0.9512, "n": 3.0}, "")


def test_no_result(tmp_path: Path) -> None:
    """A file that is not there is no result and no fault."""
    assert read_result(tmp_path / "result.json") == (None, "")


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "[" * 100_000])
def test_result_that_is_none(tmp_path: Path, text: str) -> None:
    """Anything but one JSON object is told as such."""
    path = tmp_path / "result.json"
    path.write_text(text)
    numbers, reason = read_result(path)
    assert numbers is None
    assert reason.startswith("result.json is not")


def test_result_of_another_kind(tmp_path: Path) -> None:
    """Links, folders, pipes and giants are not opened as results."""
    (tmp_path / "target").write_text('{"a": 1}')
    link, fifo, large = tmp_path / "link", tmp_path / "fifo", tmp_path / "large"
    link.symlink_to(tmp_path / "target")
    os.mkfifo(fifo)
    large.write_bytes(b" " * (2 << 20))
    for path in (link, fifo, large, tmp_path):
        numbers, reason = read_result(path)
        assert numbers is None
        assert reason
