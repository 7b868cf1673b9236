"""CSV files of metrics: columns, rows, rewrites, damage."""

from __future__ import annotations

import math
import os
import random
import tracemalloc
from pathlib import Path

import pytest

from autotrain_tui.metrics.files import csv_file
from autotrain_tui.metrics.files.csv_file import CsvFileTail
from autotrain_tui.metrics.files.csv_layout import CsvLayout


def new(tail: CsvFileTail) -> list[tuple[str, float, int | None, float | None]]:
    """Name, value, step, epoch of what is new."""
    return [point[:4] for points in tail.poll() for point in points]


@pytest.mark.parametrize(
    ("header", "step", "epoch", "names"),
    [
        ("epoch,step,train_loss,val_loss", 1, 0, ["train_loss", "val_loss"]),
        ("a,b,step", 2, None, ["a", "b"]),
        (
            "                  epoch,             train/box_loss,        metrics/mAP50-95(B),  lr/pg0",
            None,
            0,
            ["train/box_loss", "metrics/mAP50-95(B)", "lr/pg0"],
        ),
        ("epoch,time,train/loss", None, 0, ["train/loss"]),
        (
            "time/iterations,rollout/ep_rew_mean,time/total_timesteps,time/time_elapsed,time/fps",
            2,
            None,
            ["rollout/ep_rew_mean", "time/fps"],
        ),
        ("iter\tLogloss", 0, None, ["Logloss"]),
        (",trainer/global_step,loss", 1, None, ["loss"]),
        ("\ufeffepoch;loss", None, 0, ["loss"]),
        ('"epoch","loss, total"', None, 0, ["loss,_total"]),
    ],
)
def test_headers_of_real_programs(header: str, step: int | None, epoch: int | None, names: list[str]) -> None:
    """What counts is told from what measures; times and pandas' index are neither."""
    layout = CsvLayout.of_header(header)
    assert layout is not None
    assert (layout.step, layout.epoch, [name for _, name in layout.metrics]) == (step, epoch, names)


@pytest.mark.parametrize("line", ["", "loss", "1,2,3", "epoch,step", "some words of a log", "0.5,0.25", "x" * 50])
def test_what_is_no_header(line: str) -> None:
    """A table has two columns at least, names that are no numbers, and a metric."""
    assert CsvLayout.of_header(line) is None


def test_cells_of_all_kinds(tmp_path: Path) -> None:
    """Empty cells and words are nothing, nan and inf are told, a semicolon goes with a decimal comma."""
    path = tmp_path / "m.csv"
    path.write_text("step,a,b\n1,nan,\n2,-inf,None\n3.0,1e-3,tensor(0.5)\n,7,NA\n-1,8,1_000\n1e400,9,0x10\n")
    found = new(CsvFileTail(path))
    assert [(name, step) for name, _, step, _ in found] == [
        ("a", 1),
        ("a", 2),
        ("a", 3),
        ("a", None),
        ("a", None),
        ("a", None),
    ]
    assert math.isnan(found[0][1])
    assert [value for _, value, *_ in found[1:]] == [-math.inf, 0.001, 7.0, 8.0, 9.0]
    path.write_text("epoch;loss\n1;0,5\n2;0,25\n")
    assert new(CsvFileTail(path)) == [("loss", 0.5, None, 1.0), ("loss", 0.25, None, 2.0)]


def test_a_file_that_grows_byte_by_byte(tmp_path: Path) -> None:
    """Each row comes once, when its line end is there."""
    data = b"epoch,step,loss,val\r\n0,1,0.5,\r\n0,2,,0.25\r\n1,3,0.125,0.5\r\n1,4,0.0625"
    path = tmp_path / "m.csv"
    path.touch()
    tail, found = CsvFileTail(path), []
    for byte in range(len(data)):
        with path.open("ab") as file:
            file.write(data[byte : byte + 1])
        found += new(tail)
    assert found == [("loss", 0.5, 1, 0.0), ("val", 0.25, 2, 0.0), ("loss", 0.125, 3, 1.0), ("val", 0.5, 3, 1.0)]


def test_a_rewrite_that_is_read_in_the_middle(tmp_path: Path) -> None:
    """At every length that a rewritten file can be seen with, no number is lost or taken twice."""
    before = "a,step\n0.5,0\n0.4,1\n0.3,2\n"
    after = "a,b,step\n0.5,,0\n0.4,,1\n0.3,,2\n,0.9,2\n0.2,0.8,3\n"
    for seen in range(len(after)):
        path = tmp_path / "m.csv"
        path.write_text(before)
        tail = CsvFileTail(path)
        found = new(tail)
        path.write_text(after[:seen])
        found += new(tail)
        path.write_text(after)
        found += new(tail)
        with path.open("a") as file:
            file.write("0.1,,4\n")
        found += new(tail)
        assert [(name, step, value) for name, value, step, _ in found if name == "a"] == [
            ("a", step, value) for step, value in enumerate([0.5, 0.4, 0.3, 0.2, 0.1])
        ], seen
        assert [(step, value) for name, value, step, _ in found if name == "b"] == [(2, 0.9), (3, 0.8)], seen
        path.unlink()


def test_a_file_that_is_written_whole_each_epoch(tmp_path: Path) -> None:
    """As pandas does, under the same name or by rename, also with other digits and the newest row first."""
    path, rows = tmp_path / "m.csv", []
    tail, found = CsvFileTail(path), []
    for epoch in range(6):
        rows.append(f"{epoch},{epoch / 3:.{3 + epoch}f}\n")
        text = "epoch,score\n" + "".join(rows if epoch < 3 else [f"{at},{at / 3:.9f}\n" for at in range(epoch + 1)])
        (tmp_path / "new").write_text(text)
        os.rename(tmp_path / "new", path)
        found += new(tail)
    assert [epoch for *_, epoch in found] == [0, 1, 2, 3, 4, 5]
    path, tail, found = tmp_path / "newest.csv", CsvFileTail(tmp_path / "newest.csv"), []
    for epoch in range(6):
        path.write_text("epoch,score\n" + "".join(f"{at},0.5\n" for at in range(epoch, -1, -1)))
        found += new(tail)
    assert [epoch for *_, epoch in found] == [0, 1, 2, 3, 4, 5]


def test_a_file_of_another_run_under_the_same_name(tmp_path: Path) -> None:
    """Its first row is another: all of it is new. A program that appends its next run goes on."""
    path = tmp_path / "m.csv"
    path.write_text("step,a\n1,0.5\n2,0.25\n3,0.125\n")
    tail = CsvFileTail(path)
    assert len(new(tail)) == 3
    path.write_text("step,a\n1,0.75\n2,0.5\n")
    assert [value for _, value, *_ in new(tail)] == [0.75, 0.5]
    assert tail.replaced == 1
    with path.open("a") as file:
        file.write("step,a,b\n1,0.9,7\n")
    assert [(name, value, step) for name, value, step, _ in new(tail)] == [("a", 0.9, 1), ("b", 7.0, 1)]


def test_rows_without_any_count_are_compared_by_their_number(tmp_path: Path) -> None:
    """A table without steps and epochs that is rewritten gives its further rows only."""
    path = tmp_path / "m.csv"
    path.write_text("loss,acc\n0.5,0.1\n0.4,0.2\n")
    tail = CsvFileTail(path)
    assert len(new(tail)) == 4
    path.write_text("loss,acc,f1\n0.5,0.1,\n0.4,0.2,\n0.3,0.3,0.7\n")
    assert [(name, value) for name, value, *_ in new(tail)] == [("loss", 0.3), ("acc", 0.3), ("f1", 0.7)]


def test_rows_that_do_not_fit_are_left_out(tmp_path: Path) -> None:
    """A row with too few or too many cells may be torn: it is counted, and no number of it is believed."""
    path = tmp_path / "m.csv"
    path.write_text("step,a,b\n1,0.5,0.25\n2,0.4\n3,0.1,0.2,0.3\n# a comment\n\n4,0.2,0.1\n")
    tail = CsvFileTail(path)
    assert [step for *_, step, _ in new(tail)] == [1, 1, 4, 4]
    assert tail.skipped == 2


def test_names_of_ten_thousand_characters_and_lines_without_end(tmp_path: Path) -> None:
    """A long name is left out and counted; a line over 4 MiB ends the reading of that file with a sentence."""
    path = tmp_path / "m.csv"
    path.write_text(f"step,{'n' * 10_000},loss\n1,0.5,0.25\n")
    tail = CsvFileTail(path)
    assert new(tail) == [("loss", 0.25, 1, None)]
    assert tail.left_out == 1
    with path.open("a") as file:
        file.write("9" * (5 << 20))
    assert new(tail) == []
    assert "a line is longer" in tail.broken


def test_anything_but_a_table_is_no_metric(tmp_path: Path) -> None:
    """Binary data, a log, a single number: no point, no exception."""
    for data in (
        *(random.Random(seed).randbytes(1000) for seed in range(100)),
        b"+\x01,_\xf1h\n1,7\n",
        b"\0" * 1000,
        b"step 1 loss 0.5\n" * 100,
        b"0.5",
        b"\n\n\n",
        b"\xff\xfea\0,\0b\0",
    ):
        path = tmp_path / "m.csv"
        path.write_bytes(data)
        assert new(CsvFileTail(path)) == []


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the rows take no more memory."""
    peaks = []
    monkeypatch.setattr(csv_file, "_BLOCK", 1 << 12)  # many blocks of a file that tracemalloc reads in a second
    for rows in (1_000, 10_000):
        path = tmp_path / f"{rows}.csv"
        path.write_text("step,a,b\n" + "".join(f"{row},0.5,0.25\n" for row in range(rows)))
        tail = CsvFileTail(path)
        tracemalloc.start()
        assert sum(map(len, tail.poll())) == 2 * rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_missing_file_has_nothing_and_an_unreadable_one_raises(tmp_path: Path) -> None:
    """ "Could not ask" is not "absent"."""
    assert new(CsvFileTail(tmp_path / "none.csv")) == []
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="symbolic links"):
        new(CsvFileTail(tmp_path / "loop"))
