"""Records that cannot be read for a while: nothing is judged by it, it is told, and all is as if it had not been (F3)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records.attempt_files import Exit, Started, link_record, read_record
from tests.faults.means import injected, needs_compiler, needs_strace, preload
from tests.runner.rig import Rig, kill_tree, plan, python, session, wait_for

pytestmark = pytest.mark.process

PROGRAM = python("""
import os, sys, time
print("step 1", flush=True)
while not os.path.exists(os.environ["AUTOTRAIN_SESSION_DIR"] + "/go"):
    time.sleep(0.01)
with open(os.environ["AUTOTRAIN_METRICS"], "w") as file:
    file.write('{"accuracy": 0.5, "step": 1}' + chr(10))
with open(os.environ["AUTOTRAIN_RESULT"], "w") as file:
    file.write('{"accuracy": 0.75}')
print("step 2", flush=True)
""")
"""Waits for a file `go`, then writes one metric and a result, and ends with exit code 0."""


def start_injected(rig: Rig, *rules: str, path: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a runner under strace with these injections; return when its event is in the journal."""
    command = [*injected(*rules, path=path), sys.executable, "-P", "-m", "autotrain_tui.runner", str(rig.folder.path)]
    with open(rig.folder.runner_log, "ab") as log:
        runner = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    rig.runners.append(runner)
    wait_for(lambda: "RunnerStarted" in rig.kinds() or runner.poll() is not None, "the runner's start")
    assert runner.poll() is None, rig.folder.runner_log.read_text()
    return runner


def told(rig: Rig) -> list[str]:
    """The alerts of the session about records."""
    rig.view()
    return [event.text for event in rig.events if isinstance(event, Alert) and event.kind == "records"]


@needs_strace
@pytest.mark.parametrize(
    ("name", "error"),
    [("exit.json", "ESTALE"), ("exit.json", "EMFILE"), ("result.json", "EIO"), ("log", "EIO"), ("running.json", "EIO")],
)
def test_a_record_that_cannot_be_read_is_asked_for_again(tmp_path: Path, name: str, error: str) -> None:
    """While a record of the attempt cannot be opened nothing is decided; an alert names it; then the stage has succeeded."""
    with session(tmp_path, plan({"name": "a", "command": PROGRAM}, {"name": "b", "command": ["true"]})) as rig:
        path = rig.folder.attempt(1, "a", 1).path / name
        first = 2 if name == "log" else 1  # the runner creates the log, which is no read
        start_injected(rig, f"openat:error={error}:when={first}..60", path=path)
        rig.said("a", "step 1")
        (rig.folder.path / "go").touch()
        wait_for(lambda: told(rig), "the alert")
        assert name in told(rig)[0]
        assert "can't be read" in told(rig)[0] or error == "EIO"
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert [len(stage.attempts) for stage in view.session.stages] == [1, 1]
        assert view.session.stages[0].attempts[0].metrics == {"accuracy": 0.75}


def test_a_lost_attempt_whose_exit_record_is_found_is_corrected(tmp_path: Path) -> None:
    """An end that was judged lost, and whose whole exit record is there at the next `resume`, counts; it runs no more."""
    with session(tmp_path, plan({"name": "a", "command": PROGRAM}, {"name": "b", "command": ["true"]})) as rig:
        rig.start()
        rig.said("a", "step 1")
        rig.pid("a")
        folder = rig.folder.attempt(1, "a", 1).path
        started = read_record(folder, Started).record
        for shim in (started.a, started.b):
            os.kill(shim.pid, signal.SIGKILL)
        kill_tree(folder)
        rig.end()
        assert (rig.outcome(), rig.stage("a").state) == ("failed", "lost")
        (folder / "result.json").write_text('{"accuracy": 0.75}')
        link_record(folder, Exit(exit_code=0, elapsed_seconds=1.5))
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        stage = view.session.stages[0]
        assert (len(stage.attempts), stage.state, stage.attempts[0].end.exit_code) == (1, "succeeded", 0)
        assert stage.attempts[0].metrics == {"accuracy": 0.75}
        assert stage.elapsed(0) == 1.5
        assert "AttemptCorrected" in rig.kinds()


@needs_strace
def test_a_home_that_hangs_delays_the_end_and_changes_nothing(tmp_path: Path) -> None:
    """The runner hangs for seconds in each open of the exit record (F5): the stage has succeeded, once."""
    with session(tmp_path, plan({"name": "a", "command": PROGRAM})) as rig:
        path = rig.folder.attempt(1, "a", 1).path / "exit.json"
        start_injected(rig, "openat:delay_enter=3000000:when=1..3", path=path)
        rig.said("a", "step 1")
        (rig.folder.path / "go").touch()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert len(view.session.stages[0].attempts) == 1


@needs_compiler
def test_a_signal_reaches_the_stage_while_the_home_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner cannot read the output of its stage, whose file hangs; SIGTERM to the runner still stops the stage."""
    hangs = tmp_path / "hangs"
    monkeypatch.setenv("HANG_NAME", "metrics.jsonl")
    monkeypatch.setenv("HANG_FLAG", str(hangs))
    monkeypatch.setenv("LD_PRELOAD", str(preload(tmp_path, "hang")))
    sleeper = python("print('step 1', flush=True)\nimport time\ntime.sleep(600)")
    with session(
        tmp_path, plan({"name": "a", "command": sleeper, "stop": {"signal": "TERM", "grace_seconds": 5}})
    ) as rig:
        runner = rig.start()
        rig.said("a", "step 1")
        pid = rig.pid("a")
        hangs.touch()
        os.kill(runner.pid, signal.SIGTERM)
        wait_for(lambda: not is_running(pid), "the end of the stage", patience=60)
        hangs.unlink()
        rig.end()
        assert rig.outcome() == "stopped", rig.tell()


def is_running(pid: int) -> bool:
    """Whether there is such a process that is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it ended before, or during the read
        return False
