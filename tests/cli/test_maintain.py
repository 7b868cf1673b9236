"""init, doctor, and the warning about logout."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.cli.commands.checkup import sessions_disk
from autotrain_tui.cli.logout_check import logout_ends_training
from autotrain_tui.session.launch.preflight import Verdict
from tests.cli.project import Project


def test_init_of_a_command_is_a_plan_that_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan's command is the words as given, its numbers are parameters, and `run` without a name takes it."""
    monkeypatch.chdir(tmp_path)
    words = [
        "python",
        "-u",
        "train.py",
        "--epochs",
        "20",
        "--lr=1e-3",
        "seed=7",
        "--mode",
        "9",
        "--out",
        "a {b} 'c\" d",
    ]
    assert cli.main(["init", "--", *words, "--api-key", "12345"]) == 0
    assert "added stages/train.toml" in capsys.readouterr().out
    assert cli.main(["plan", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (stage,) = document["stages"]
    expected = ["--lr=0.001" if word == "--lr=1e-3" else word for word in [*words, "--api-key", "12345"]]
    assert stage["command"] == expected
    assert stage["params"] == {"epochs": 20, "lr": 0.001, "seed": 7}
    text = (tmp_path / "stages" / "train.toml").read_text()
    assert "\ndefault = true" in text
    assert cli.main(["init", "--", *words]) == 3, "a file that is there stays"
    assert (tmp_path / "stages" / "train.toml").read_text() == text
    assert cli.main(["init", "--", "./other", "2"]) == 0
    assert "stages/train.toml stays the default" in capsys.readouterr().out
    assert cli.main(["plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"] == "train"
    assert cli.main(["init", "--demo", "--", "true"]) == 2


def test_init_alone_adds_a_skeleton(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A commented plan that is valid as it stands; a second time it is kept."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init"]) == 0
    assert "put your command into stages/train.toml" in capsys.readouterr().out
    assert cli.main(["plan"]) == 0
    (tmp_path / "stages" / "train.toml").write_text("mine")
    assert cli.main(["init", "--json"]) == 0
    assert (tmp_path / "stages" / "train.toml").read_text() == "mine"


def test_init_adds_the_starter_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`init --demo` makes a project of any folder; what is there stays, and a second time adds only what is missing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "digits.toml").write_text("mine")
    assert cli.main(["init", "--demo"]) == 0
    assert (tmp_path / "stages" / "digits.toml").read_text() == "mine"
    assert (tmp_path / "stages" / "classic.toml").exists()
    assert (tmp_path / "stages" / "digits" / "train.py").exists()
    capsys.readouterr()
    (tmp_path / "stages" / "digits.toml").unlink()
    assert cli.main(["init", "--demo", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["added"] == ["stages/digits.toml"]
    assert "stages/classic.toml" in document["kept"]
    assert cli.main(["plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"] == "digits"
    assert not (tmp_path / "sessions").exists()


def test_no_project_in_a_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session's folder is no place for a project."""
    (tmp_path / "journal.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init"]) == 3
    assert not (tmp_path / "stages").exists()


@pytest.mark.process
def test_doctor_checks_machine_disk_and_plan(project: Project) -> None:
    """A sound place is status 0; a plan that can't start is 2; a folder that can't be written is 4."""
    project.plan()
    document = project.json("doctor")
    checks = {finding["check"]: finding["verdict"] for finding in document["findings"]}
    assert {"autotrain-tui", "system", "textual", "sessions", "disk", "plan", "logout"} <= set(checks)
    assert set(checks.values()) <= {"good", "note"}
    (project.root / "t-one.py").unlink()
    assert project.run("doctor").returncode == 2
    project.sessions.write_text("in the way")
    done = project.run("doctor")
    assert done.returncode == 4
    assert "FAIL" in done.stdout
    assert sorted(path.name for path in project.root.iterdir()) == ["sessions", "stages"]


@pytest.mark.process
def test_doctor_asks_another_process_for_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that keeps no other process out is no lock: two runners could carry one session."""
    assert [each.verdict for each in sessions_disk(tmp_path) if each.check == "sessions"] == [Verdict.GOOD]
    monkeypatch.setattr(fcntl, "flock", lambda _descriptor, _operation: None)
    (found,) = (each for each in sessions_disk(tmp_path) if each.check == "sessions")
    assert found.verdict is Verdict.FAIL
    assert "do not exclude other processes" in found.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("configuration", "cgroup", "ends"),
    [
        ("[Login]\nKillUserProcesses=yes\n", "0::/user.slice/user-1000.slice/session-3.scope\n", True),
        ("[Login]\n#KillUserProcesses=yes\n", "0::/user.slice/user-1000.slice/session-3.scope\n", False),
        ("[Login]\nKillUserProcesses=no\n", "0::/user.slice/user-1000.slice/session-3.scope\n", False),
        (
            "[Login]\nKillUserProcesses=yes\n",
            "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope\n",
            False,
        ),
    ],
)
def test_logout_that_would_end_training(tmp_path: Path, configuration: str, cgroup: str, ends: bool) -> None:
    """Told only where logind kills a login's processes and we are in that login's scope, with what to do instead."""
    for name, text in {"etc/systemd/logind.conf": configuration, "proc/self/cgroup": cgroup}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    words = logout_ends_training({"XDG_SESSION_ID": "3"}, str(tmp_path))
    assert ("systemd-run --user --scope" in words) == ends
    assert logout_ends_training({}, str(tmp_path)) == ""
