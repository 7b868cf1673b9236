"""What ends a foreground run from outside, and what does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from autotrain_tui.session.journal.session_view import load_view
from tests.cli.project import Project, until

pytestmark = pytest.mark.process

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

CLEAN = """
import signal, sys, time
def stop(*_):
    print("saved", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
while True: time.sleep(0.01)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"no\\n"))
print("up", flush=True)
while True: time.sleep(0.01)
"""
SHORT = """
import os, time
print("up", flush=True)
while not os.path.exists("go"): time.sleep(0.01)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_first_signal_stops_cleanly(project: Project, number: signal.Signals, status: int) -> None:
    """SIGINT and SIGTERM give the stage time to save, end the session as stopped, and exit 128+n."""
    project.plan(stages=("one", "two"), one=CLEAN)
    child = project.start("run", "--no-ui")
    project.said("one", "up")
    child.send_signal(number)
    out, err = child.communicate(timeout=120)
    assert child.returncode == status
    assert f"{number.name}: stopping the session" in err
    assert "session stopped" in out
    assert project.log("one") == "up\nsaved\n"
    assert project.states() == {"one": "stopped", "two": "pending"}
    assert project.run("wait").returncode == 5


def test_a_second_interrupt_kills(project: Project) -> None:
    """A stage that doesn't end at the first SIGINT is killed at the second; the status is still 130."""
    project.plan(one=STUBBORN)
    child = project.start("run", "--no-ui")
    project.said("one", "up")
    child.send_signal(signal.SIGINT)
    project.said("one", "no")
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=120)
    assert child.returncode == 130
    (stage,) = project.json("show")["stages"]
    assert (stage["state"], stage["attempts"][0]["signal"]) == ("stopped", 9)


@linux
def test_a_hang_up_ends_the_output_only(project: Project) -> None:
    """SIGHUP: not another byte is written, the session goes on to its end, and the status is the session's."""
    project.plan(one=SHORT)
    child = project.start("run", "--no-ui")
    project.said("one", "up")
    child.send_signal(signal.SIGHUP)
    until(lambda: os.readlink(f"/proc/{child.pid}/fd/1") == os.devnull, "stdout dropped")
    (project.root / "go").touch()
    out, err = child.communicate(timeout=120)
    assert (child.returncode, err) == (0, "")
    assert "succeeded" not in out
    assert project.states() == {"one": "succeeded"}


def test_a_closed_pipe_ends_the_output_only(project: Project) -> None:
    """When nobody reads any more the session goes on to its end, and nothing is complained of."""
    project.plan(stages=("one", "two"), one=SHORT)
    child = project.start("run", "--no-ui", "-v")
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    project.said("one", "up")
    (project.root / "go").touch()
    assert child.wait(120) == 0
    assert child.stderr.read() == ""
    child.stderr.close()
    assert project.states() == {"one": "succeeded", "two": "succeeded"}


@linux
def test_ctrl_c_ends_waiting_and_following_but_not_the_session(project: Project) -> None:
    """`wait` and `logs -f` are only looking: an interrupt ends them with 130 and nothing else."""
    project.plan(one=SHORT)
    assert project.run("run", "--detach").returncode == 0
    project.said("one", "up")
    for words in (("wait",), ("logs", "-f")):
        child = project.start(*words)
        if words[0] == "logs":
            assert child.stdout is not None
            assert child.stdout.readline() == "up\n"
        else:
            until(lambda child=child: _waits(child.pid), "the waiting")
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=120)
        assert child.returncode == 130
    (folder,) = project.folders()
    assert load_view(folder).session.state == "running"
    (project.root / "go").touch()
    assert project.run("wait").returncode == 0


def _waits(pid: int) -> bool:
    """Whether the process has loaded everything and sleeps whenever one looks."""
    for _ in range(5):
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/stat") as status:
            if "_core.cpython" not in maps.read() or status.read().rpartition(")")[2].split()[0] != "S":
                return False
        time.sleep(0.01)
    return True


def test_a_pager_that_is_closed_is_no_error(project: Project) -> None:
    """`ls | head -1` ends quietly with status 0."""
    project.plan()
    assert project.run("run", "-q").returncode == 0
    child = project.start("ls")
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.wait(120) == 0
    assert child.stderr.read() == ""
    child.stderr.close()


def test_output_onto_a_full_disk_says_so(project: Project) -> None:
    """What can't be written to stdout is status 4."""
    project.plan()
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full on this system")
    with open("/dev/full", "w") as full:
        assert project.run("plan", stdout=full).returncode == 4


WHILE_STARTING = """
import os, signal, sys
from autotrain_tui.cli.main import main
from autotrain_tui.cli.commands import run
start = run.spawn_runner
def spawn(folder):
    os.kill(os.getpid(), signal.{name})
    start(folder)
run.spawn_runner = spawn
sys.exit(main({words}))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("words", [["run", "--detach"], ["run"]])
def test_a_signal_while_the_session_is_started_is_not_lost(
    project: Project, words: list[str], number: signal.Signals
) -> None:
    """The command ends with 128+n and says that the session runs; no screen opens as if nothing had come."""
    project.plan(stages=("one",), one=SHORT)
    main, terminal = os.openpty()
    code = WHILE_STARTING.format(name=number.name, words=words)
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=project.root,
        env=project.environment,
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _, err = child.communicate(timeout=120)
    finally:
        os.close(main)
        os.close(terminal)
    assert child.returncode == 128 + number
    assert f"{number.name}: session {project.folders()[0].id} has started and continues" in err
    project.said("one", "up")
    (project.root / "go").touch()
    assert project.run("wait").returncode == 0
