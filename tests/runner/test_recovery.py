"""A runner dies, a new one finds out what became of its attempts and goes on."""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.records.attempt_files import Started, read_record
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

pytestmark = pytest.mark.process

TRAIN = {"command": python(TRAINER), "resumable": True, "checkpoint_signal": "USR1"}


def let_go(rig: Rig) -> None:
    (rig.folder.path / "go").touch()


def shims(rig: Rig, name: str, attempt: int = 1) -> list[int]:
    started = read_record(rig.folder.attempt(rig.stage(name).info.index, name, attempt).path, Started).record
    assert started is not None
    assert started.a is not None
    assert started.b is not None
    return [started.a.pid, started.b.pid]


def test_a_living_stage_is_adopted_and_everything_works_as_before(tmp_path: Path) -> None:
    """Kill the runner: training goes on; the next runner adopts it: metrics without a gap, pause, resume, end."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", "command": ["true"]})) as rig:
        rig.start()
        rig.said("a", "step 30")
        pid = rig.pid("a")
        rig.kill_runner()
        assert rig.view().state == "interrupted"
        rig.said("a", "step 60")
        rig.start()
        assert rig.stage("a").attempt.pid == pid
        wait_for(lambda: "AttemptAdopted" in rig.kinds(), "the adoption")
        assert rig.ask("pause").accepted
        rig.until("a", "paused")
        assert rig.ask("resume").accepted
        rig.said("a", "step", attempt=2)
        let_go(rig)
        view = rig.end()
        assert rig.outcome() == "succeeded"
        steps = [
            row[3]
            for attempt in view.session.stages[0].attempts
            for row in map(json.loads, rig.folder.at(attempt.folder).readings.read_text().splitlines())
            if row[1] == "accuracy"
        ]
        assert steps == list(range(1, len(steps) + 1))


def test_an_end_in_between_is_taken_from_its_record(tmp_path: Path) -> None:
    """A stage that ended while nobody ran the session counts with its own exit code."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", "command": ["true"]})) as rig:
        rig.start()
        rig.said("a", "step 3")
        rig.kill_runner()
        let_go(rig)
        wait_for((rig.folder.attempt(1, "a", 1).path / "exit.json").exists, "the exit record")
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert [len(stage.attempts) for stage in view.session.stages] == [1, 1]


def test_a_failure_in_between_ends_the_session(tmp_path: Path) -> None:
    """A stage that failed while nobody ran the session is told as failed, not silently run again."""
    code = "import os,time,pathlib\nwhile not pathlib.Path(os.environ['AUTOTRAIN_SESSION_DIR'], 'go').exists(): time.sleep(0.01)\nraise SystemExit(7)"
    with session(tmp_path, plan({"name": "a", "command": python(code)})) as rig:
        rig.start()
        rig.pid("a")
        rig.kill_runner()
        let_go(rig)
        wait_for((rig.folder.attempt(1, "a", 1).path / "exit.json").exists, "the exit record")
        rig.start()
        rig.end()
        assert rig.outcome() == "failed"
        rig.start()  # a person resumes once more: now it is run again
        view = rig.end()
        assert [attempt.end.exit_code for attempt in view.session.stages[0].attempts] == [7, 7]


def test_both_shims_killed_is_lost_never_success(tmp_path: Path) -> None:
    """With both shims gone nobody can tell how the stage ended: lost, exit status 1, and resume runs it again."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        runner = rig.start()
        rig.said("a", "step 3")
        stage = rig.pid("a")
        for pid in shims(rig, "a"):
            os.kill(pid, signal.SIGKILL)
        assert Path(f"/proc/{stage}").exists()
        let_go(rig)
        view = rig.end()
        assert str(view.session.stages[0].state) == "lost"
        end = view.session.stages[0].attempt.end
        assert (end.exit_code, end.signal) == (None, None)
        assert "exit code unknown" in end.reason
        assert (rig.outcome(), runner.returncode) == ("failed", 1)
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert len(view.session.stages[0].attempts) == 2


def test_everything_killed_in_one_blow(tmp_path: Path) -> None:
    """Runner, shims and stage gone at once: the next start says so and runs the stage anew, once."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        runner = rig.start()
        rig.said("a", "step 3")
        for pid in [runner.pid, *shims(rig, "a"), rig.pid("a")]:
            os.kill(pid, signal.SIGKILL)
        runner.wait()
        let_go(rig)
        rig.start()
        view = rig.end()
        assert [str(attempt.state) for attempt in view.session.stages[0].attempts] == ["lost", "succeeded"]


def test_a_frozen_stage_stays_frozen_over_the_runners_death(tmp_path: Path) -> None:
    """Freeze, kill the runner, start another: still frozen since then, never resumed by itself."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.said("a", "step 3")
        pid = rig.pid("a")
        rig.ask("freeze")
        rig.kill_runner()
        rig.start()
        wait_for(lambda: "AttemptAdopted" in rig.kinds(), "the adoption")
        assert rig.stage("a").state == "frozen"
        assert Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        assert rig.ask("resume").accepted
        let_go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_a_stop_in_progress_is_carried_through(tmp_path: Path) -> None:
    """The runner dies while a stage saves after a pause: the next one waits for it and has it paused."""
    code = (
        "import os,pathlib,signal,sys,time\n"
        "def save(*_):\n"
        "    print('saving', flush=True)\n"
        "    while not pathlib.Path(os.environ['AUTOTRAIN_SESSION_DIR'], 'go').exists(): time.sleep(0.01)\n"
        "    print('saved', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\nprint('ready', flush=True)\ntime.sleep(600)"
    )
    with session(tmp_path, plan({"name": "a", "command": python(code), "resumable": True})) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.ask("pause")
        rig.said("a", "saving")
        rig.kill_runner()
        rig.start()
        assert rig.stage("a").state == "pausing"
        let_go(rig)
        rig.until("a", "paused")
        assert rig.log("a").count("saving") == 1


def test_a_second_runner_is_refused_with_the_holders_name(tmp_path: Path) -> None:
    """While one runner holds the lock another ends with exit status 3 and names it."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        runner = rig.start()
        rig.pid("a")
        with pytest.raises(RefusedError, match=rf"process {runner.pid} on "):
            rig.start()
        let_go(rig)
        rig.end()


def test_an_attempt_that_never_started_never_starts(tmp_path: Path) -> None:
    """A runner that died between its record and the shim: the old attempt is cancelled, a new one runs."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.said("a", "step 3")
        pids = [*shims(rig, "a"), rig.pid("a")]
        rig.kill_runner()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        attempt = rig.folder.attempt(1, "a", 1).path
        for name in ("started.json", "running.json"):
            (attempt / name).unlink()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "the processes' end")
        let_go(rig)
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert read_record(attempt, Started).record.cancelled
        assert "before the command was started" in rig.stage("a").attempts[0].end.reason


def test_another_boot_is_lost_and_nobody_is_signalled(tmp_path: Path) -> None:
    """Records of another boot: interrupted by a reboot, and a process that has the pid now is left alone."""
    strangers: list[int] = []
    try:
        with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
            rig.start()
            rig.said("a", "step 3")
            strangers += [rig.pid("a"), *shims(rig, "a")]
            rig.kill_runner()
            path = rig.folder.attempt(1, "a", 1).path / "started.json"
            record = json.loads(path.read_text())
            record["boot_id"] = "00000000-0000-0000-0000-000000000000"
            path.write_text(json.dumps(record))
            rig.start()
            wait_for(lambda: len(rig.stage("a").attempts) == 2, f"the next attempt: {rig.tell()}")
            assert all(Path(f"/proc/{pid}").exists() for pid in strangers)
            assert "reboot" in rig.stage("a").attempts[0].end.reason
            let_go(rig)
            rig.end()
            assert rig.outcome() == "succeeded"
    finally:
        for pid in strangers:
            with suppress(ProcessLookupError):  # it goes on by the same file, and may end at any time
                os.kill(pid, signal.SIGKILL)


def test_a_stopped_session_resumes_at_the_first_unfinished_stage(tmp_path: Path) -> None:
    """Stop, then resume: finished stages stay, the stopped one goes on from its checkpoint."""
    stages = [{"name": "a", "command": ["true"]}, {"name": "b", **TRAIN}, {"name": "c", "command": ["true"]}]
    with session(tmp_path, plan(*stages)) as rig:
        rig.start()
        rig.said("b", "step 3")
        rig.ask("stop")
        rig.end()
        assert rig.outcome() == "stopped"
        let_go(rig)
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert [len(stage.attempts) for stage in view.session.stages] == [1, 2, 1]
        assert not re.search(r"^from 0$", rig.log("b", 2), re.MULTILINE)
