"""A session's folder moved, renamed, deleted or put in another's place while it runs (FAULTS J7)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.state import Session
from autotrain_tui.session.launch.moved_project import locate_project, moved_plan
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.folder import SessionFolder
from tests.faults.ledger import processes_of
from tests.runner.rig import plan, python, session, wait_for
from tests.runner.stages import TRAINER

TRAIN = {"command": python(TRAINER), "resumable": True}


def ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_moved_while_a_stage_runs(tmp_path: Path) -> None:
    """The runner says so, writes no more and ends with status 4; nothing comes into being at the old place; training
    goes on, and the session is gone on with from its new place: nothing ran twice.
    """
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", "command": ["true"]})) as rig:
        runner = rig.start()
        pid = rig.pid("a")
        watcher = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "autotrain_tui",
                "logs",
                "-f",
                rig.folder.id,
                "--sessions-dir",
                str(rig.folder.path.parent),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        watcher.stdout.readline()
        new = SessionFolder(tmp_path / "sessions" / "20200101-000000-elsewhere")
        old = rig.folder.path
        old.rename(new.path)
        assert runner.wait(120) == 4
        assert "was moved or deleted" in new.runner_log.read_text()
        assert "Traceback" not in new.runner_log.read_text()
        assert not old.exists()
        assert "Traceback" not in watcher.communicate(timeout=120)[1]
        assert watcher.returncode in (0, 4)
        assert not ended(pid)
        size = new.attempt(1, "a", 1).log.stat().st_size
        wait_for(lambda: new.attempt(1, "a", 1).log.stat().st_size > size, "training to go on")
        rig.runners.append(spawn_runner(new))
        # the stage looks for its file at the path it was given: the old place
        old.mkdir()
        (old / "go").touch()
        wait_for(lambda: load_view(new).finished, "the end")
        view = load_view(new)
        rig.runners[-1].wait(120)
        assert str(view.session.outcome) in ("succeeded", "failed")  # its result's path is the old place's, too
        assert len(view.session.stages[0].attempts) == 1
        assert "from 0" in new.attempt(1, "a", 1).log.read_text()
        assert sorted(os.listdir(old)) == ["go"]


@pytest.mark.parametrize("again", [False, True])
def test_a_lock_that_others_remove_ends_its_runner(tmp_path: Path, again: bool) -> None:
    """A second runner could not know of the first, and both would start the next stage: the first ends with status 4
    and says what to do, the stage goes on, and the second carries the session to its end. `again`: a file of that name
    is put in its place.
    """
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", "command": ["true"]})) as rig:
        runner = rig.start()
        pid = rig.pid("a")
        text = rig.folder.lock.read_bytes()
        rig.folder.lock.unlink()
        if again:
            rig.folder.lock.write_bytes(text)
        assert runner.wait(120) == 4
        assert "runner.lock: was removed or replaced" in rig.folder.runner_log.read_text()
        assert not ended(pid)
        rig.runners.append(spawn_runner(rig.folder))
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert [len(stage.attempts) for stage in rig.view().session.stages] == [1, 1]


def test_nothing_is_started_once_the_lock_is_gone(tmp_path: Path) -> None:
    """Not even within the second in which nobody looks: the next stage is for the next runner to start."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", "command": ["true"]})) as rig:
        runner = rig.start()
        rig.pid("a")
        rig.folder.lock.unlink()
        (rig.folder.path / "go").touch()
        assert runner.wait(120) == 4
        assert rig.stage("b").attempts == ()
        rig.runners.append(spawn_runner(rig.folder))
        rig.end()
        assert rig.outcome() == "succeeded"
        assert [len(stage.attempts) for stage in rig.view().session.stages] == [1, 1]


def test_deleted_while_a_stage_runs(tmp_path: Path) -> None:
    """Deleted: the runner ends with status 4 and one sentence, the stage goes on and ends, no process stays for ever."""
    code = python("import os, time\ngo = os.environ['GO']\nwhile not os.path.exists(go): time.sleep(0.01)")
    with session(tmp_path, plan({"name": "a", "command": code, "env": {"GO": str(tmp_path / "go")}})) as rig:
        runner = rig.start()
        pid = rig.pid("a")
        words = open(rig.folder.runner_log, "rb")  # noqa: SIM115  the file outlives its name
        shutil.rmtree(rig.folder.path)
        assert runner.wait(120) == 4
        assert b"was moved or deleted" in words.read()
        words.close()
        assert not rig.folder.path.exists()
        assert not ended(pid)
        (tmp_path / "go").touch()
        wait_for(lambda: ended(pid), "the stage's own end")
        wait_for(lambda: not processes_of(rig.folder), "the shims' end: there is nowhere to write to")
        assert not rig.folder.path.exists()


def test_another_folder_in_its_place(tmp_path: Path) -> None:
    """Moved away and another session's folder put in its place: nothing is written into that one."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        runner = rig.start()
        rig.said("a", "step 3")
        aside = tmp_path / "aside"
        other = tmp_path / "other"
        shutil.copytree(rig.folder.path, other)
        for path in other.rglob("*"):
            os.utime(path, (1e9, 1e9))
        rig.folder.path.rename(aside)
        other.rename(rig.folder.path)
        assert runner.wait(120) == 4
        for name in ("journal.jsonl", "plan.toml", "runner.lock", "runner.log"):
            assert (rig.folder.path / name).stat().st_mtime == 1e9, name
        shutil.rmtree(rig.folder.path)
        aside.rename(rig.folder.path)


def test_a_moved_project_goes_on_where_it_is_now(tmp_path: Path) -> None:
    """The project's folder is renamed between stop and resume: the stage goes on from its checkpoint there, at once."""
    (old := tmp_path / "old").mkdir()
    (old / "stages").mkdir()
    (old / "train.py").write_text(TRAINER)
    table = plan({"name": "a", "command": ["{python}", "train.py"], "resumable": True})
    with session(old, table) as rig:
        rig.start()
        rig.said("a", "step 3")
        assert rig.ask("stop").accepted
        rig.end()
        new = tmp_path / "new"
        old.rename(new)
        moved = SessionFolder(new / "sessions" / rig.folder.id)
        (moved.path / "go").touch()
        rig.runners.append(spawn_runner(moved))
        wait_for(lambda: load_view(moved).finished, "the session to end")
        view = load_view(moved)
        assert view.session.outcome == "succeeded"
        assert view.session.project == str(new)
        assert [attempt.resume for attempt in view.session.stages[0].attempts] == [False, True]
        assert not old.exists()


def test_a_copied_project_runs_its_own_copy(tmp_path: Path) -> None:
    """With both places there, a session that lies in its project belongs to the one that it lies in."""
    for name in ("one", "two"):
        (tmp_path / name / "sessions" / "s").mkdir(parents=True)
    recorded = Session(
        id="s", plan="p", mode="development", project=str(tmp_path / "one"), place_in_project="sessions/s"
    )
    for name in ("one", "two"):
        folder = SessionFolder(tmp_path / name / "sessions" / "s")
        assert locate_project(recorded, folder) == str(tmp_path / name)


def test_a_project_that_is_gone_starts_nothing(tmp_path: Path) -> None:
    """A session kept elsewhere, whose project is not there any more, is refused with the way out."""
    recorded = Session(id="s", plan="p", mode="development", project=str(tmp_path / "gone"))
    with pytest.raises(RefusedError, match="move the project back"):
        locate_project(recorded, SessionFolder(tmp_path / "kept" / "s"))


def test_interpreters_below_the_old_folder_follow(tmp_path: Path) -> None:
    """A virtual environment in the project moves with it; a path that is not there in the new place stays."""
    (tmp_path / "new" / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "new" / ".venv" / "bin" / "python").touch()
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    given = parse_plan(f'name = "p"\ncommand = ["x"]\npython = "{old}/.venv/bin/python"\n[[stage]]\nname = "a"\n', "p")
    assert moved_plan(given, old, new).stages[0].python == f"{new}/.venv/bin/python"
    assert moved_plan(given, old, str(tmp_path / "other")).stages[0].python == f"{old}/.venv/bin/python"
