"""One source a name: metrics.jsonl, then files, then the log; two writers in one folder; a START mark; floods."""

from __future__ import annotations

from pathlib import Path

from autotrain_tui.metrics.curves.readings_file import ReadingsTail, ReadingsWriter, file_offsets
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.metrics.read_again import read_again
from autotrain_tui.runner.attempt.name_precedence import NamePrecedence


def taken(names: NamePrecedence, file: int, *steps: int, superseding: bool = False) -> list[int]:
    return [
        step
        for step in steps
        if names.takes_file(Reading("loss", 0.5, step), file, float(step), superseding=superseding)
    ]


def test_two_writers_in_one_folder_are_one_series() -> None:
    """Ranks that write the same steps give each step once, whichever comes first; a phase that goes on behind goes on."""
    names = NamePrecedence(files=True)
    assert taken(names, 0, 1, 2, 3) == [1, 2, 3]
    assert taken(names, 1, 1, 2, 3, 4) == [4]
    assert taken(names, 0, 4, 5) == [5]
    assert taken(names, 1, 5, 6, 7) == [6, 7]


def test_one_writer_may_count_again_and_a_start_mark_takes_back() -> None:
    """The steps of one file are its own; another file repeats steps only behind a START mark."""
    names = NamePrecedence(files=True)
    assert taken(names, 0, 1, 2, 1, 2) == [1, 2, 1, 2]
    assert taken(names, 1, 1, 2, superseding=True) == [1, 2]


def test_the_log_gives_way_and_never_comes_back() -> None:
    """A file goes on behind the log's last step, or its last epoch; then the log's values are left out."""
    names = NamePrecedence(files=True)
    assert names.takes_log(Reading("loss", 0.5, 2), 1.0)
    assert taken(names, 0, 1, 2, 3) == [3]
    assert not names.takes_log(Reading("loss", 0.5, 4), 2.0)
    assert names.takes_own(Reading("loss", 0.5, 4))
    assert taken(names, 0, 5) == []
    epochs = NamePrecedence(files=True)
    assert epochs.takes_log(Reading("acc", 0.5, None, 1.0), 1.0)
    assert not epochs.takes_file(Reading("acc", 0.5, None, 1.0), 0, 2.0, superseding=False)
    assert epochs.takes_file(Reading("acc", 0.5, None, 2.0), 0, 2.0, superseding=False)


def test_how_far_files_were_read_stands_with_the_rows(tmp_path: Path) -> None:
    """The newest offset of each file is found; a torn write behind it is cut off, and readers see no mark."""
    path = tmp_path / "readings.jsonl"
    writer = ReadingsWriter(path)
    writer.append([(1.0, "a", 0.5, 1, None)], 10, 20, {0: 100, 3: 7})
    writer.append([(2.0, "a", 0.25, 2, None)], 11, 20, {0: 200})
    writer.close()
    with path.open("ab") as file:
        file.write(b'[3.0,"a",0.125,3,null]\n[3.0,"@",-1,300,null]\n')
    writer = ReadingsWriter(path)
    assert writer.mark == (11, 20)
    writer.close()
    assert file_offsets(path) == {0: 200, 3: 7}
    assert [row[2] for row in ReadingsTail(path).poll()] == [0.5, 0.25]


def test_a_log_that_is_read_again_after_a_flood_leaves_the_names_of_files_out(tmp_path: Path) -> None:
    """What came from files stays as it was recorded."""
    (tmp_path / "log").write_text("".join(f"step {step} loss 0.9 acc 0.{step}\n" for step in range(1, 6)))
    (tmp_path / "metric_files.json").write_text('{"names": {"loss": "runs"}}')
    writer = ReadingsWriter(tmp_path / "readings.jsonl")
    writer.append([(1.0, "loss", 0.512, 1, None), (2.0, "loss", 0.412, 2, None)], 40, 0, {0: 50})
    writer.close()
    read_again(tmp_path, [])
    rows = ReadingsTail(tmp_path / "readings.whole.jsonl").poll()
    assert [(row[3], row[2]) for row in rows if row[1] == "loss"] == [(1, 0.512), (2, 0.412)]
    assert [row[3] for row in rows if row[1] == "acc"] == [1, 2, 3, 4, 5]
