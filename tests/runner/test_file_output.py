"""Metric files are read in a thread, whose points outlive whoever waits for them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from autotrain_tui.metrics.files.metric_files import FileBatch, MetricFiles
from autotrain_tui.runner.attempt.file_output import FileOutput
from autotrain_tui.runner.attempt.metric_files_record import note_files_before
from autotrain_tui.session.records.folder import AttemptFolder


async def csv_output(tmp_path: Path) -> FileOutput:
    """An attempt that has just begun, whose program will write CSV files there."""
    (tmp_path / "attempt").mkdir()
    attempt = AttemptFolder(tmp_path / "attempt")
    await note_files_before(attempt, ("*.csv",), tmp_path)
    return FileOutput(attempt, ("*.csv",))


async def test_points_of_a_look_that_was_cancelled_are_given_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt ends while a look is in its thread: what it reads is not lost, nor what was written after it."""
    reads, go_on = threading.Event(), threading.Event()
    real = MetricFiles.look

    def slow(files: MetricFiles, *, search: bool = False) -> list[FileBatch]:
        found = real(files, search=search)
        reads.set()
        assert go_on.wait(60)
        return found

    monkeypatch.setattr(MetricFiles, "look", slow)
    output = await csv_output(tmp_path)
    (tmp_path / "m.csv").write_text("step,loss\n1,0.5\n")
    watcher = asyncio.ensure_future(output.look())
    await asyncio.to_thread(reads.wait, 60)
    watcher.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watcher
    with (tmp_path / "m.csv").open("a") as file:
        file.write("2,0.25\n")
    go_on.set()
    found = []
    while batches := await output.finish():
        found += [(point.step, point.value) for batch in batches for point in batch.points]
    assert found == [(1, 0.5), (2, 0.25)]


async def test_a_cancelled_look_without_points_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What such a look did not see yet is found by the one at the end."""
    output = await csv_output(tmp_path)
    go_on = threading.Event()
    real = MetricFiles.look

    def slow(files: MetricFiles, *, search: bool = False) -> list[FileBatch]:
        found = real(files, search=search)
        assert go_on.wait(60)
        return found

    monkeypatch.setattr(MetricFiles, "look", slow)
    watcher = asyncio.ensure_future(output.look())
    await asyncio.sleep(0)
    watcher.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watcher
    go_on.set()
    (tmp_path / "m.csv").write_text("step,loss\n1,0.5\n")
    assert [len(batch.points) for batch in await output.finish()] == [1]


async def test_a_cancelled_look_that_failed_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error was another caller's: the look at the end reads what there is."""
    output = await csv_output(tmp_path)
    go_on, fails = threading.Event(), [True]
    real = MetricFiles.look

    def failing(files: MetricFiles, *, search: bool = False) -> list[FileBatch]:
        assert go_on.wait(60)
        if fails and fails.pop():
            raise RuntimeError("once")
        return real(files, search=search)

    monkeypatch.setattr(MetricFiles, "look", failing)
    (tmp_path / "m.csv").write_text("step,loss\n1,0.5\n")
    watcher = asyncio.ensure_future(output.look())
    await asyncio.sleep(0)
    watcher.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watcher
    go_on.set()
    assert [len(batch.points) for batch in await output.finish()] == [1]
