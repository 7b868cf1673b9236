"""Trackers by their own packages: W&B and trackio where they are installed, and one of another package.

The tests marked `service` need the packages in the interpreters that AUTOTRAIN_WANDB_PYTHON and AUTOTRAIN_TRACKIO_PYTHON name.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.trackers.step_rows import StepRow, step_rows
from autotrain_tui.trackers.target import MetricPoints
from tests.cli.project import HAND
from tests.trackers.sessions import Growing

ROOT = Path(__file__).parents[2]
WANDB, TRACKIO = os.environ.get("AUTOTRAIN_WANDB_PYTHON", ""), os.environ.get("AUTOTRAIN_TRACKIO_PYTHON", "")


def line(begin: int, end: int, sign: float = 1.0) -> list[tuple[int, float]]:
    return [(step, sign * step / 4) for step in range(begin, end)]


def resumed(tmp_path: Path, python: str, target: str, environment: dict[str, str]) -> Growing:
    """A session that was sent live and after a resume with an overlap, each time by a process of its own."""
    growing = Growing(tmp_path)
    growing.begin()

    def send() -> None:
        command = [python, "-m", "autotrain_tui", "export", str(growing.folder.path), "--to", target, "-o", "digits"]
        done = subprocess.run(
            command, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, done.stderr
        assert "points sent" in done.stdout

    growing.points(*line(1, 9))
    growing.points(*line(1, 9), name="f1[macro]")
    growing.end()
    send()
    growing.begin(resume=True, batch_size=8)
    growing.points(*line(5, 12, -1.0))
    growing.end("succeeded", metrics={"f1": 0.5})
    growing.finish()
    send()
    return growing


def environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of this machine's accounts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB", "AUTOTRAIN", "HF_"))}
    return {**kept, "HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.mark.service
@pytest.mark.process
@pytest.mark.skipif(not WANDB, reason="needs wandb in the interpreter of AUTOTRAIN_WANDB_PYTHON")
def test_wandb_reads_back_what_was_sent_offline(tmp_path: Path) -> None:
    """`wandb leet inspect` shows both attempts under one id, every row in order with its step and its time."""
    growing = resumed(tmp_path, WANDB, "wandb", environment(tmp_path))
    files = sorted(growing.folder.path.glob("wandb/offline-run-*/*.wandb"))
    assert len(files) == 2
    leet = [str(Path(WANDB).with_name("wandb")), "leet", "inspect", "--json"]
    summaries, rows = [], []
    for file in files:
        done = subprocess.run([*leet, "--summary", str(file)], capture_output=True, text=True, timeout=60, check=True)
        summaries.append(json.loads(done.stdout))
        done = subprocess.run([*leet, str(file)], capture_output=True, text=True, timeout=60, check=True)
        records = map(json.loads, done.stdout.splitlines())
        rows += [record["history"]["item"] for record in records if record["type"] == "history"]
    assert len({each["run_id"] for each in summaries}) == 1
    assert [each["state"] for each in summaries] == ["failed", "finished"]
    assert summaries[0]["name"] == f"{HAND}/one"
    assert (summaries[0]["config"]["epochs"], summaries[1]["config"]["attempt2"]["batch_size"]) == (3, 8)
    assert summaries[1]["summary"]["result/f1"] == 0.5
    assert [(row["step"], row["loss"]) for row in rows] == [*line(1, 9), *line(5, 12, -1.0)]
    assert [(row["step"], row["f1[macro]"]) for row in rows if "f1[macro]" in row] == line(1, 9)


@pytest.mark.service
@pytest.mark.process
@pytest.mark.skipif(not TRACKIO, reason="needs trackio in the interpreter of AUTOTRAIN_TRACKIO_PYTHON")
def test_trackio_has_what_was_sent(tmp_path: Path) -> None:
    """Its database has one run with every row."""
    place = tmp_path / "trackio"
    resumed(tmp_path, TRACKIO, "trackio", {**environment(tmp_path), "TRACKIO_DIR": str(place)})
    (path,) = (path for path in place.rglob("*.db"))
    with sqlite3.connect(path) as database:
        rows = database.execute("select run_name, step, metrics from metrics order by id").fetchall()
    assert {name for name, _, _ in rows} == {f"{HAND}/one"}
    found = [(step, values["loss"]) for _, step, text in rows if "loss" in (values := json.loads(text))]
    assert found == [*line(1, 9), *line(5, 12, -1.0)]


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_missing_package_is_said_with_its_way_out(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 4 and the line that installs it."""
    monkeypatch.setitem(__import__("sys").modules, name, None)
    growing = Growing(tmp_path)
    assert cli.main(["export", str(growing.folder.path), "--to", name]) == 4
    assert f"pip install 'autotrain-tui[{name}]'" in capsys.readouterr().err


def test_an_unknown_tracker_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, with the nearest name."""
    assert cli.main(["export", str(Growing(tmp_path).folder.path), "--to", "tensorbord"]) == 2
    assert 'did you mean "tensorboard"?' in capsys.readouterr().err


def test_rows_have_all_metrics_of_a_step() -> None:
    """In the order of steps, with the time of the last value."""
    points = [MetricPoints("a", [1, 2], [1.0, 2.0], [0.1, 0.2]), MetricPoints("b", [2, 3], [2.5, 3.0], [0.3, 0.4])]
    assert step_rows(points, str.upper) == [
        StepRow(1, 1.0, {"A": 0.1}),
        StepRow(2, 2.5, {"A": 0.2, "B": 0.3}),
        StepRow(3, 3.0, {"B": 0.4}),
    ]


def test_the_documented_example_is_a_tracker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program of docs/trackers.md as another package's entry point: points, beginning and end arrive."""
    text = (ROOT / "docs" / "trackers.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert code.count("\n") <= 30
    (tmp_path / "my_tracker.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    point = importlib.metadata.EntryPoint("csv", "my_tracker:CsvTracker", "autotrain_tui.trackers")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point] if group == point.group else [])
    growing = Growing(tmp_path)
    growing.begin()
    growing.points(*line(1, 4))
    growing.end("succeeded")
    growing.finish()
    assert cli.main(["export", str(growing.folder.path), "--to", "csv", "-o", str(tmp_path / "all.csv")]) == 0
    lines = (tmp_path / "all.csv").read_text().splitlines()
    assert [each.split(",")[1:3] + each.split(",")[4:] for each in lines] == [
        ["loss", str(step), str(value)] for step, value in line(1, 4)
    ]
