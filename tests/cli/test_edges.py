"""What a person meets at the edges: names that are no text, words that are too long, holds that outlive a stop."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autotrain_tui.cli import main as cli
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.command_file import MAX_BYTES
from autotrain_tui.session.records.lock import LockOwner
from tests.cli.project import Project, created, hand_made, ran, runner_started, until


def test_a_folder_whose_name_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No record could hold its path: `run` says so, exits 4 and makes nothing."""
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        (root / "stages").mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes no such names")
    (root / "stages" / "t.toml").write_text('command = ["true"]\n[[stage]]\nname = "one"\n')
    monkeypatch.chdir(root)
    monkeypatch.delenv("AUTOTRAIN_SESSIONS_DIR", raising=False)
    assert cli.main(["run", "--detach"]) == 4
    assert "not UTF-8 text" in capsys.readouterr().err
    assert not (root / "sessions").exists()


def test_a_reason_longer_than_a_command_may_be_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The runner would not read it, and the sender would wait for an answer in vain: exit 2, nothing is sent."""
    folder = hand_made(tmp_path / "sessions", [created(), runner_started()])
    owner = LockOwner(os.getpid(), identity.start_time(os.getpid()), identity.boot_id(), identity.host())
    monkeypatch.setattr("autotrain_tui.session.journal.session_view.read_owner", lambda _folder: owner)
    words = ["stop", "latest", "--reason", "x" * MAX_BYTES, "--sessions-dir", str(tmp_path / "sessions")]
    assert cli.main(words) == 2
    assert "64 KiB" in capsys.readouterr().err
    assert [path.name for path in folder.control.iterdir()] == ["done"]


def test_a_command_that_finds_no_room_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 4; the runner never meets half a command."""
    folder = hand_made(tmp_path / "sessions", [created(), runner_started()])
    owner = LockOwner(os.getpid(), identity.start_time(os.getpid()), identity.boot_id(), identity.host())
    monkeypatch.setattr("autotrain_tui.session.journal.session_view.read_owner", lambda _folder: owner)
    write = os.write
    left = [10, 0]

    def full(descriptor: int, data: bytes) -> int:
        room = left.pop(0) if left else 0
        if not room:
            raise OSError(28, os.strerror(28))
        return write(descriptor, data[:room])

    monkeypatch.setattr("autotrain_tui.session.records.folder.os.write", full)
    assert cli.main(["stop", "latest", "--sessions-dir", str(tmp_path / "sessions")]) == 4
    monkeypatch.undo()
    assert "No space left" in capsys.readouterr().err
    assert [path.name for path in folder.control.iterdir()] == ["done"]


def test_resume_beside_a_runner_on_another_host_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it lives can't be known: the refusal says so and names --force."""
    hand_made(tmp_path / "sessions", [created(), runner_started(), *ran("one")[:2]])
    owner = LockOwner(os.getpid(), 1, "another boot", "elsewhere")
    monkeypatch.setattr("autotrain_tui.session.journal.session_view.read_owner", lambda _folder: owner)
    assert cli.main(["resume", "--sessions-dir", str(tmp_path / "sessions")]) == 3
    err = capsys.readouterr().err
    assert ("elsewhere" in err, "--force starts a new one" in err) == (True, True)


@pytest.mark.process
def test_a_hold_outlives_a_stop_and_resume_says_so(project: Project) -> None:
    """What a person holds stays held; `resume` names it and how to let it start, and the session ends once that is."""
    project.plan(stages=("one", "two"), one="import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\n")
    assert project.run("run", "--detach").returncode == 0
    until(lambda: project.states()["one"] == "running", "a running stage")
    project.json("hold", "two")
    assert project.run("stop", "--wait").returncode == 0
    (project.root / "go").touch()
    name = project.folders()[0].id
    done = project.run("resume", "--detach")
    assert done.returncode == 0
    assert f"still held: two; release with: autotrain-tui release {name} two" in done.stderr
    until(lambda: project.states() == {"one": "succeeded", "two": "held"}, "one done, two still held")
    project.json("release", name, "two")
    assert project.run("wait", name).returncode == 0
    assert project.states() == {"one": "succeeded", "two": "succeeded"}
