"""`doctor` compares the checksums of event files' data."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from autotrain_tui.cli.event_file_check import session_event_files
from autotrain_tui.session.launch.preflight import Verdict
from autotrain_tui.trackers.event_writer import EventWriter
from tests.trackers.sessions import Growing


def events(path: Path) -> Path:
    """An event file of 50 points."""
    path.parent.mkdir(parents=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    writer = EventWriter(descriptor)
    writer.begin_file(1.0, 0)
    writer.scalars("loss", range(50), [1.0] * 50, [0.5] * 50)
    writer.flush()
    os.close(descriptor)
    return path


def test_a_session_without_event_files_has_no_finding(tmp_path: Path) -> None:
    """Nor has a folder without sessions."""
    Growing(tmp_path).begin()
    assert list(session_event_files(tmp_path / "sessions")) == []


def test_a_value_that_a_disk_has_changed_is_noted(tmp_path: Path) -> None:
    """A follower would take it, for the record is still an event; both the files it wrote and those it read count."""
    growing = Growing(tmp_path)
    growing.begin()
    events(growing.folder.path / "tensorboard" / "s" / "one" / "events.out.tfevents.1")
    read = events(tmp_path / "runs" / "events.out.tfevents.2")
    record = {"folder": str(tmp_path), "patterns": [], "files": [{"path": str(read), "begin": 0}]}
    (growing.path / "metric_files.json").write_bytes(msgspec.json.encode(record))
    (finding,) = session_event_files(tmp_path / "sessions")
    assert finding.verdict is Verdict.GOOD
    assert "the checksums of 2 files were compared" in finding.text
    data = bytearray(read.read_bytes())
    data[-5] ^= 1  # the last byte of the last value
    read.write_bytes(data)
    bad, _ = session_event_files(tmp_path / "sessions")
    assert bad.verdict is Verdict.NOTE
    assert f"{read}: 1 records do not match" in bad.text
