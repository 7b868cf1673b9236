"""`import`: read-only sessions of what other programs wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.metrics.files.run_folder import find_runs
from autotrain_tui.metrics.files.wandb_file import WandbFile
from autotrain_tui.session.records.folder import SessionFolder
from tests.metrics.test_event_points import line, other_writer, write  # noqa: F401


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of TensorBoard with two runs, one of them resumed in a second file, and one of Lightning's CSV logger."""
    folder = tmp_path / "runs"
    write(folder / "plain" / "events.out.tfevents.1", "val/loss", line(0, 6), wall=1_700_000_000.0)
    write(folder / "plain" / "events.out.tfevents.2", "val/loss", [(4, 9.0), (5, 10.0)], wall=1_700_000_060.0)
    write(folder / "keras" / "train" / "events.out.tfevents.1", "epoch_loss", line(0, 3))
    write(folder / "keras" / "validation" / "events.out.tfevents.1", "epoch_loss", line(0, 3))
    (folder / "version_0").mkdir()
    (folder / "version_0" / "metrics.csv").write_text("epoch,step,val_acc\n0,9,0.5\n1,19,0.75\n1,29,nan\n")
    (folder / "version_0" / "notes.csv").write_text("name,text\na,b\n")
    return folder


def run(tmp_path: Path, *words: str) -> int:
    return cli.main([*words, "--sessions-dir", str(tmp_path / "sessions")])


def document(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    capsys.readouterr()
    assert run(tmp_path, *words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def before(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_each_run_is_a_stage_with_its_points(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """State, source, headline, last values; of files that overlap the later one counts; nan is no point."""
    old = before(runs)
    assert run(tmp_path, "import", str(runs)) == 0
    shown = document(tmp_path, capsys, "show", "latest")
    assert (shown["state"], shown["outcome"]) == ("finished", None)
    assert shown["source"] == {"kind": "csv+tensorboard", "path": str(runs), "watched": False}
    assert {stage["name"]: stage["state"] for stage in shown["stages"]} == dict.fromkeys(
        ("keras", "plain", "version_0"), "imported"
    )
    assert shown["metric"]["name"] in ("val_acc", "val/loss", "validation/epoch_loss")
    assert shown["stages"][2]["metrics"] == {"val_acc": 0.75}
    assert shown["stages"][1]["elapsed_seconds"] == 60.0
    found = {
        (series["stage"], series["name"]): [point[:2] for point in series["points"]]
        for series in document(tmp_path, capsys, "metrics", "latest")["series"]
    }
    assert found["plain", "val/loss"] == [[x, y] for x, y in [*line(0, 4), (4, 9.0), (5, 10.0)]]
    assert set(found) >= {("keras", "train/epoch_loss"), ("keras", "validation/epoch_loss")}
    assert found["version_0", "val_acc"] == [[9, 0.5], [19, 0.75]]
    assert before(runs) == old


def test_lists_comparison_and_export_work_on_it(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As on a session that ran here, `ls` before and after the index has it."""
    assert run(tmp_path, "import", str(runs / "plain"), "--metric", "val/loss:min") == 0
    assert run(tmp_path, "import", str(runs / "version_0" / "metrics.csv"), "--name", "my run!") == 0
    for _ in range(2):
        rows = sorted(document(tmp_path, capsys, "ls")["sessions"], key=lambda row: row["source"]["kind"])
        assert [row["source"]["kind"] for row in rows] == ["csv", "tensorboard"]
        assert rows[0]["id"].endswith("-my_run")
        assert rows[1]["metric"] == {
            "name": "val/loss",
            "goal": "min",
            "last": 10.0,
            "best": 0.0,
            "best_step": 0,
            "best_epoch": None,
            "best_stage": "plain",
            "chosen": False,
        }
    assert run(tmp_path, "ls") == 0
    assert "imported" in capsys.readouterr().out
    ids = [row["id"] for row in rows]
    compared = document(tmp_path, capsys, "compare", *ids)
    assert {"stage": None, "name": "best val/loss", "values": [None, 0.0]} in compared["results"]
    assert run(tmp_path, "show", ids[1]) == 0
    assert f"imported from {runs / 'plain'} (tensorboard)" in capsys.readouterr().out
    for form in ("csv", "json", "md"):
        assert run(tmp_path, "export", ids[1], "--format", form) == 0
    assert "did not succeed" not in capsys.readouterr().out
    assert run(tmp_path, "export", ids[1], "--to", "tensorboard", "-o", str(tmp_path / "again")) == 0
    assert [run.name for run in find_runs(tmp_path / "again")[0]] == [f"{ids[1]}/plain"]


def test_nothing_of_it_can_run(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Acting verbs exit with status 3 and say why; what only changes the records works."""
    assert run(tmp_path, "import", str(runs)) == 0
    capsys.readouterr()
    for words in (
        ("resume", "latest"),
        ("retry", "latest", "plain"),
        ("retry", "latest", "plain", "--from-scratch"),
        ("pause", "latest"),
        ("freeze", "latest", "plain"),
        ("skip", "latest", "plain"),
        ("skip", "latest", "plain", "--undo"),
        ("hold", "latest", "plain"),
        ("release", "latest", "plain"),
        ("stop", "latest"),
        ("kill", "latest"),
        ("checkpoint", "latest", "plain"),
        ("budget", "latest", "+1h"),
    ):
        assert run(tmp_path, *words) == 3, words
        assert f"was imported from {runs}" in capsys.readouterr().err, words
    assert run(tmp_path, "metric", "latest", "val_acc:max") == 0
    assert run(tmp_path, "note", "latest", "from the old cluster") == 0
    row = document(tmp_path, capsys, "ls")["sessions"][0]
    assert (row["metric"]["name"], row["metric"]["best"], row["note"]) == ("val_acc", 0.75, "from the old cluster")


def test_wait_says_that_it_never_ran(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no status of a run to exit with: the sentence says why, and the status is that of a refusal."""
    assert run(tmp_path, "import", str(runs)) == 0
    capsys.readouterr()
    assert run(tmp_path, "wait", "latest", "--json") == 3
    said = capsys.readouterr()
    assert json.loads(said.out)["outcome"] == "imported"
    assert f"was imported from {runs}" in said.err


def test_clean_removes_the_session_and_never_the_source(tmp_path: Path, runs: Path) -> None:
    """Also if the source lies beside the sessions."""
    assert run(tmp_path, "import", str(runs)) == 0
    old = before(runs)
    assert run(tmp_path, "clean", "latest", "--yes") == 0
    assert list((tmp_path / "sessions").glob("2*")) == []
    assert before(runs) == old


def test_what_cannot_be_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No folder, an empty one, no metrics: status 2, a sentence, and no session."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.csv").write_text("name,text\na,b\n")
    for source in ("none", "empty"):
        assert run(tmp_path, "import", str(tmp_path / source)) == 2
        assert "expected" in (text := capsys.readouterr().err) or "found no" in text
    assert not (tmp_path / "sessions").exists()


def test_damage_is_told_and_the_rest_is_imported(
    tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alert of the session names the file and what is missing."""
    broken = runs / "plain" / "events.out.tfevents.2"
    broken.write_bytes(broken.read_bytes()[:-3] + b"???" + b"x" * 40)
    assert run(tmp_path, "import", str(runs)) == 0
    shown = document(tmp_path, capsys, "show", "latest")
    assert [alert["stage"] for alert in shown["alerts"]] == ["plain"]
    assert str(broken) in shown["alerts"][0]["text"]
    assert isinstance(SessionFolder(Path(shown["path"])), SessionFolder)


OFFLINE = Path(__file__).parent / "offline-run"
"""Made by wandb 0.31.0, its records of history and configuration kept: six steps of loss and val/acc, a loss of nan,
`late` at step 20; config lr = 0.1.
"""


def test_an_offline_run_of_wandb_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its history with steps and times, its configuration as parameters; text and nan are no points."""
    assert run(tmp_path, "import", str(OFFLINE)) == 0
    shown = document(tmp_path, capsys, "show", "latest")
    assert shown["source"] == {"kind": "wandb", "path": str(OFFLINE), "watched": False}
    assert shown["params"] == {"lr": 0.1}
    found = {
        series["name"]: [point[:2] for point in series["points"]]
        for series in document(tmp_path, capsys, "metrics", "latest")["series"]
    }
    assert found == {
        "loss": [[step, 0.5**step] for step in range(6)],
        "val/acc": [[step, step / 8] for step in range(6)],
        "nested.a": [[step, step] for step in range(6)],
        "late": [[20, 1.5]],
    }


AXES = Path(__file__).parent / "offline-axes"
"""Made by wandb 0.31.0, its records of history and of define_metric kept. `hf`: as transformers logs, all metrics over
`train/global_step`. `mixed`: loss without a definition, `val/*` over `epoch_no`.
"""


def test_a_metric_of_wandb_stands_at_the_step_that_its_program_defined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """W&B's own count of calls is used only where no step is defined; what counts for others is no metric."""
    assert run(tmp_path, "import", str(AXES)) == 0
    found = {
        (series["stage"], series["name"]): (series["axis"], [point[0] for point in series["points"]])
        for series in document(tmp_path, capsys, "metrics", "latest")["series"]
    }
    calls = [call for call in range(24) if call % 6 != 5]
    assert found == {
        ("hf", "train/loss"): ("step", [10, 20, 30, 40, 50]),
        ("hf", "eval/loss"): ("step", [20, 40]),
        ("mixed", "loss"): ("step", calls),
        ("mixed", "val/acc"): ("epoch", [0, 1, 2, 3]),
    }


def test_a_killed_or_damaged_run_of_wandb_gives_what_is_whole(tmp_path: Path) -> None:
    """Cut anywhere, the points are those of the whole file, as far as they go; no exception."""
    (whole,) = OFFLINE.glob("*.wandb")
    data = whole.read_bytes()
    points = [point for block in WandbFile(whole).poll() for point in block]
    path = tmp_path / "run-x.wandb"
    for size in range(0, len(data), 97):
        path.write_bytes(data[:size])
        found = [point for block in WandbFile(path).poll() for point in block]
        assert list(map(str, found)) == list(map(str, points[: len(found)]))
    path.write_bytes(data[:500] + b"\xff" * 50 + data[550:])
    assert len([point for block in WandbFile(path).poll() for point in block]) < len(points)
