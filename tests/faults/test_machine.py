"""What the machine does to a stage: state D, no memory, logout, limits (FAULTS P17, P18, P19, P20)."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.cli.logout_check import logout_ends_training
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from tests.faults.means import freezer, memory_limit
from tests.runner.rig import plan, python, session, wait_for

SLEEPER = python("import time\nprint('ready', flush=True)\nwhile True: time.sleep(0.02)")

EATER = r"""
import os, sys, time
def eat():
    open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
    block = []
    while True: block.append(b"x" * (1 << 20))
if sys.argv[2] == "worker":
    pid = os.fork()
    if not pid: eat()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(128 - code if code < 0 else code)
eat()
"""


def letter(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_process_that_cannot_be_killed_is_named_and_not_called_ended(tmp_path: Path) -> None:
    """A stage in state D outlives SIGKILL: the runner stays live and says which process hangs, the stage is not called
    ended, the next is not started; when it comes back it ends as it was told.
    """
    stage = {"name": "a", "command": SLEEPER, "stop": {"signal": "TERM", "grace_seconds": 0.1}}
    with session(tmp_path, plan(stage, {"name": "b", "command": ["true"]})) as rig, freezer() as frozen:
        rig.start()
        rig.said("a", "ready")
        pid = rig.pid("a")
        (frozen / "cgroup.procs").write_text(str(pid))
        (frozen / "freezer.state").write_text("FROZEN")
        wait_for(lambda: letter(pid) == "D", "state D")
        assert rig.ask("skip", "a").accepted
        wait_for(lambda: "Alert" in rig.kinds(), "a word")
        [alert] = [event for event in rig.events if type(event).__name__ == "Alert" and event.kind == "stuck"]
        assert f"can't be killed: process {pid}" in alert.text
        assert "state D" in alert.text
        assert rig.ask("budget", args={"seconds": 3600}).accepted  # the runner lives
        wait_for(lambda: "can't be killed" in rig.view().live["a"].message, "the live message")
        assert (rig.stage("a").state, rig.stage("b").state) == ("stopping", "pending")
        (frozen / "freezer.state").write_text("THAWED")
        view = rig.end()
        assert view.session.stages[0].attempt.end.signal in (9, 15)  # whichever of the two it met first
        assert rig.outcome() == "succeeded"


@pytest.mark.parametrize(("who", "code", "number"), [("main", None, 9), ("worker", 137, None)])
def test_out_of_memory_is_told_as_such(tmp_path: Path, who: str, code: int | None, number: int | None) -> None:
    """The kernel's OOM killer ends the stage, or a worker of it: the class is oom, told by its counter."""
    with (
        memory_limit(32) as limited,
        session(tmp_path, plan({"name": "a", "command": [*python(EATER), str(limited), who]})) as rig,
    ):
        rig.start()
        view = rig.end()
        end = view.session.stages[0].attempt.end
        assert (end.exit_code, end.signal) == (code, number)
        assert end.failure == "oom"
        assert "kernel ran out of memory" in end.reason


def test_a_kill_from_outside_is_not_taken_for_ours(tmp_path: Path) -> None:
    """SIGKILL by somebody else: a failure by that signal, with nobody of ours as its sender; the stage is the one that
    the OOM killer would choose, not the runner.
    """
    with session(tmp_path, plan({"name": "a", "command": SLEEPER})) as rig:
        runner = rig.start()
        rig.said("a", "ready")
        pid = rig.pid("a")
        scores = [int(Path(f"/proc/{one}/oom_score_adj").read_text()) for one in (runner.pid, pid)]
        assert scores[1] == min(1000, scores[0] + 300)
        os.kill(pid, signal.SIGKILL)
        view = rig.end()
        end = view.session.stages[0].attempt.end
        assert (end.signal, end.sent_by, end.failure) == (9, None, "signal")
        assert "not by autotrain-tui" in end.reason


def test_a_logout_that_ends_training_is_told_before(tmp_path: Path) -> None:
    """KillUserProcesses=yes in a login's scope: a sentence with what to do; without either, none."""
    for path, text in (
        ("run/systemd/system/x", ""),
        ("etc/systemd/logind.conf", "[Login]\nKillUserProcesses=yes\n"),
        ("proc/self/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    words = logout_ends_training({"XDG_SESSION_ID": "3"}, str(tmp_path))
    assert "systemd-run --user --scope" in words
    assert "enable-linger" in words
    assert not logout_ends_training({}, str(tmp_path))
    (tmp_path / "proc/self/cgroup").write_text("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n")
    assert not logout_ends_training({"XDG_SESSION_ID": "3"}, str(tmp_path))


def test_few_file_descriptors_are_enough(tmp_path: Path) -> None:
    """With a limit of 40 descriptors a session of four parallel stages runs; with too few it says which limit."""
    stages = [{"name": name, "needs": [], "command": python("import time; time.sleep(0.2)")} for name in "abcd"]
    with session(tmp_path, plan(*stages, jobs=4)) as rig:
        command = [sys.executable, "-P", "-m", "autotrain_tui.runner", str(rig.folder.path)]
        few = subprocess.run(
            command,
            cwd="/",
            capture_output=True,
            check=False,
            timeout=240,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)),
        )
        assert few.returncode == 0, few.stderr
        assert rig.outcome() == "succeeded"
        view = load_view(SessionFolder(rig.folder.path))
        assert [len(stage.attempts) for stage in view.session.stages] == [1] * 4
