"""Event files as metrics: what belongs to the attempt, files that are replaced, names, damage, memory."""

from __future__ import annotations

import math
import os
import tracemalloc
from pathlib import Path

import pytest

from autotrain_tui.metrics.files import event_file
from autotrain_tui.metrics.files.event_points import EventFilePoints
from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.files.metric_files import MetricFiles
from autotrain_tui.trackers import event_writer
from autotrain_tui.trackers.event_writer import EventWriter

Points = list[tuple[int, float]]


@pytest.fixture(autouse=True)
def other_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are those of another program."""
    monkeypatch.setattr(event_writer, "WRITER", b"another")


def write(path: Path, tag: str, points: Points, *, wall: float = 1.0, start: int = 0) -> int:
    """Append to an event file, which gets its head first; the file's size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    writer = EventWriter(descriptor)
    if new:
        writer.begin_file(wall, start)
    writer.scalars(tag, [step for step, _ in points], [wall] * len(points), [value for _, value in points])
    writer.flush()
    os.close(descriptor)
    return path.stat().st_size


def new(tail: EventFilePoints) -> Points:
    return [(point.step, point.value) for points in tail.poll() for point in points]


def line(begin: int, end: int) -> Points:
    return [(step, step / 4) for step in range(begin, end)]


def test_only_bytes_behind_the_begin_are_taken(tmp_path: Path) -> None:
    """The size at the attempt's start, in a record's middle or at its end, is where it begins."""
    path = tmp_path / "events"
    size = write(path, "loss", line(0, 5))
    write(path, "loss", line(5, 8))
    assert new(EventFilePoints(path, size)) == line(5, 8)
    assert new(EventFilePoints(path, size - 3)) == line(4, 8)
    assert new(EventFilePoints(path, path.stat().st_size)) == []


def test_a_copy_that_replaces_its_file_gives_only_what_is_new(tmp_path: Path) -> None:
    """As rsync brings it from another machine: another inode, the same head, more records."""
    path, source = tmp_path / "events", tmp_path / "source"
    found: Points = []
    tail = EventFilePoints(path)
    for end in (3, 4, 4, 9):
        source.unlink(missing_ok=True)
        write(source, "loss", line(0, end))
        (tmp_path / "copy").write_bytes(source.read_bytes())
        os.rename(tmp_path / "copy", path)
        found += new(tail)
    assert found == line(0, 9)


def test_a_file_that_another_writer_begins_anew_is_read_from_its_start(tmp_path: Path) -> None:
    """As tensorboardX does within one second: the same name and inode, another head; shorter, as long, or longer."""
    for count in (2, 5, 9):
        path = tmp_path / f"events{count}"
        write(path, "loss", line(0, 5), wall=1.0)
        tail = EventFilePoints(path)
        assert new(tail) == line(0, 5)
        write(tmp_path / "other", "loss", line(0, count), wall=2.0)
        with path.open("r+b") as file:
            file.truncate(0)
            file.write((tmp_path / "other").read_bytes())
        (tmp_path / "other").unlink()
        assert new(tail) == line(0, count), count


def test_tags_that_are_no_metric(tmp_path: Path) -> None:
    """An epoch is progress, Lightning's placeholder and counts are nothing, long names are counted, 10,000 of them too."""
    path = tmp_path / "events"
    for tag in ("epoch", "hp_metric", "trainer/global_step", "n" * 10_000, "é" * 10_000, "val/loss", " a  b "):
        write(path, tag, [(1, 0.5)])
    tail = EventFilePoints(path)
    assert [point.name for points in tail.poll() for point in points] == ["epoch", "val/loss", "a_b"]
    assert tail.left_out == 2


def test_numbers_that_are_not_finite_are_told(tmp_path: Path) -> None:
    """They come as they are: the runner alerts of them and records none."""
    path = tmp_path / "events"
    write(path, "loss", [(1, math.nan), (2, math.inf), (3, -math.inf), (4, 0.5)])
    values = [point.value for points in EventFilePoints(path).poll() for point in points]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 0.5]


def test_damage_anywhere_costs_no_exception_and_invents_no_point(tmp_path: Path) -> None:
    """A byte that is wrong leaves points out, at most the one that has it, or ends the reading; none is told besides."""
    path = tmp_path / "events"
    write(path, "loss", line(0, 8))
    whole = path.read_bytes()
    for place in range(0, len(whole), 3):
        data = bytearray(whole)
        data[place] ^= 0xA5
        path.unlink()
        path.write_bytes(data)
        tail = EventFilePoints(path)
        found = [point for points in tail.poll() for point in points if point.name == "loss"]
        same = [point for point in found if (point.step, point.value) in line(0, 8)]
        assert len(found) <= 8
        assert len(same) >= 7 or tail.broken, place
        assert len(found) - len(same) <= 1, place


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five times the points take no more memory."""
    peaks = []
    monkeypatch.setattr(event_file, "_BLOCK", 1 << 13)  # many blocks of a file that tracemalloc reads in a second
    for count in (1_000, 5_000):
        path = tmp_path / f"events{count}"
        write(path, "loss", line(0, count))
        tail = EventFilePoints(path)
        tracemalloc.start()
        assert sum(map(len, tail.poll())) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def looked(files: MetricFiles) -> dict[str, Points]:
    """Series → points of one look."""
    found: dict[str, Points] = {}
    for batch in files.look(search=True):
        for point in batch.points:
            assert isinstance(point, FilePoint)
            found.setdefault(point.name, []).append((point.step, point.value))
    return found


def test_folders_with_the_same_tag_are_series_of_their_own(tmp_path: Path) -> None:
    """Keras' train and validation, the folds of a cross-validation, and what `add_scalars` of torch makes."""
    one = line(0, 1)
    for place, tag in (
        ("k/train/events.out.tfevents.1", "epoch_loss"),
        ("k/validation/events.out.tfevents.1", "epoch_loss"),
        ("cv/version_0/events.out.tfevents.1", "val_loss"),
        ("cv/version_1/events.out.tfevents.1", "val_loss"),
        ("t/grp_a/events.out.tfevents.1", "grp"),
        ("t/grp_b/events.out.tfevents.1", "grp"),
        ("x/both/a/events.out.tfevents.1", "both"),
        ("x/both/b/events.out.tfevents.1", "both"),
    ):
        write(tmp_path / place, tag, one)
    files = MetricFiles(["**/*tfevents*"], tmp_path, {})
    assert set(looked(files)) == {
        *("train/epoch_loss", "validation/epoch_loss", "val_loss", "version_1/val_loss"),
        *("grp/a", "grp/b", "both/a", "both/b"),
    }


def test_a_thousand_names_and_256_files_are_the_most(tmp_path: Path) -> None:
    """What is over is left out, and told once."""
    path = tmp_path / "m.csv"
    path.write_text("step," + ",".join(f"loss{n}" for n in range(1200)) + "\n1" + ",0.5" * 1200 + "\n")
    for number in range(300):
        write(tmp_path / f"{number}" / "events.out.tfevents.1", "loss0", [(1, 0.5)])
    files = MetricFiles(["m.csv", "**/*tfevents*"], tmp_path, {})
    found = looked(files)
    while files.behind:
        found |= looked(files)
    assert len(found) == 1000
    assert len(files.files) == 256
    told = " ".join(files.troubles())
    assert "names after the first thousand" in told
    assert "more than 256 files" in told
    assert files.troubles() == []


def test_a_file_that_cannot_be_read_now_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are read meanwhile, it is named, and nothing of it is lost."""
    good, bad = tmp_path / "a.csv", tmp_path / "b.csv"
    good.write_text("step,good\n1,0.5\n")
    bad.write_text("step,bad\n1,0.5\n")
    files, real = MetricFiles(["*.csv"], tmp_path, {}), os.open

    def stale(path: object, *rest: object) -> int:
        if path == str(bad):
            raise OSError(116, "Stale file handle")
        return real(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", stale)
        assert set(looked(files)) == {"good"}
        assert files.unread == f"{bad}: Stale file handle"
    assert looked(files) == {"bad": [(1, 0.5)]}
    assert files.unread == ""
