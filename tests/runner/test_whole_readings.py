"""A flood of a log: what was skipped is said, and after the end the log is read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autotrain_tui.metrics.curves.sampled_readings import Sampled, readings_of, sampled_in, write_sampled
from autotrain_tui.metrics.read_again import main, read_again
from autotrain_tui.runner.attempt.whole_readings import start_reading_again
from autotrain_tui.session.history.metric_points import sampled_of, series_of
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import AttemptFolder
from tests.runner.rig import python, session, wait_for

STEPS = 400_000


def attempt(path: Path, steps: int = 1000) -> AttemptFolder:
    """An attempt's folder whose log has all steps, and whose readings have only the last ones."""
    path.mkdir()
    lines = [f"step {step} loss {1 / (step + 1):.6f} acc 0.5\n" for step in range(steps)]
    (path / "log").write_text("".join(lines))
    size = (path / "log").stat().st_size
    (path / "metrics.jsonl").write_text('{"acc": 0.7, "step": 1}\n')
    rows = [[0.5, "acc", 0.7, 1, None], [2.0, "loss", 0.001, steps - 1, None], [2.0, "@", size, 0, None]]
    (path / "readings.jsonl").write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    return AttemptFolder(path)


def rows_of(path: Path) -> list[list[object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_log_is_read_again_whole(tmp_path: Path) -> None:
    """Every step of the log is there in order, times follow the marks, and the program's own metrics stay."""
    folder = attempt(tmp_path / "a")
    write_sampled(folder.path, Sampled(12345))
    assert sampled_in(folder.path) == Sampled(12345)
    assert readings_of(folder.path) == folder.readings
    read_again(folder.path, [])
    whole = rows_of(readings_of(folder.path))
    assert readings_of(folder.path).name == "readings.whole.jsonl"
    assert [row[3] for row in whole if row[1] == "loss"] == list(range(1000))
    assert [row for row in whole if row[1] == "acc"] == [[0.5, "acc", 0.7, 1, None]]
    times = [row[0] for row in whole]
    assert times == sorted(times)
    assert (times[-1], sampled_in(folder.path)) == (2.0, None)


@pytest.mark.parametrize("named", [True, False])
def test_a_runner_from_before_an_upgrade_names_no_log(
    tmp_path: Path, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program reads the log that it is given, or the attempt's."""
    monkeypatch.setattr("os.nice", lambda by: by)  # not the tests' own
    folder = attempt(tmp_path / "a")
    log = folder.log.rename(tmp_path / "rank.log") if named else None
    assert main([str(folder.path), "[]", *([str(log)] if log is not None else [])]) == 0
    assert len(rows_of(readings_of(folder.path))) > 1000


@pytest.mark.process
def test_why_it_was_not_read_again_is_said(tmp_path: Path) -> None:
    """A log whose start was dropped, and one that cannot be read, leave the reason."""
    dropped = attempt(tmp_path / "dropped")
    with dropped.log.open("r+b") as file:
        file.truncate(0)
        file.truncate(1 << 20)
        file.seek(0, 2)
        file.write(b"step 1 loss 0.5\n")
    if start_reading_again(dropped, dropped.log, [], 99) is None:  # a file system that tells holes
        found = sampled_in(dropped.path)
        assert found is not None
        assert "dropped (log_limit_mb)" in found.reason
    gone = attempt(tmp_path / "gone")
    gone.log.unlink()
    child = start_reading_again(gone, gone.log, [], 99)
    assert child is not None
    assert child.wait(60) == 1
    found = sampled_in(gone.path)
    assert found is not None
    assert (found.skipped_bytes, "could not be read again" in found.reason) == (99, True)


@pytest.mark.process
def test_a_flood_is_whole_after_the_end(tmp_path: Path) -> None:
    """A program that prints faster than its log is read has every step once the child has read the log again."""
    code = (
        "import sys\n"
        f"lines = [f'step {{step}} loss 0.5 ' + 'x' * 60 + chr(10) for step in range({STEPS})]\n"
        "sys.stdout.write(''.join(lines))\n"
    )
    with session(tmp_path, {"name": "t", "stage": [{"name": "a", "command": python(code)}]}) as rig:
        rig.start()
        view = rig.end()
        folder = view.folder.at(view.session.stages[0].attempts[0].folder)
        if not (folder.path / "readings.sampled.json").exists():
            pytest.skip("this machine read all of it while it was printed")
        wait_for(lambda: not sampled_of(load_view(view.folder)), "the log is read again")
        [series] = series_of(load_view(view.folder))
        assert [point[0] for point in series.points] == list(range(STEPS))
