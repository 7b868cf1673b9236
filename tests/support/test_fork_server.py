"""A program that the fork server starts is the one that `subprocess.Popen` would start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.runner.rig import wait_for
from tests.support.fork_server import ForkedPopen
from tests.support.processes import command_lines

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every program is started the usual way"),
]

COMMAND = [sys.executable, "-P", "-m", "autotrain_tui"]
NO_SESSION = [*COMMAND, "wait", "ä", "--sessions-dir", "none"]
WAITING = [*COMMAND, "run", "--no-ui", "--", "sleep", "600"]


def test_it_says_and_returns_the_same(tmp_path: Path) -> None:
    """Output, exit status and folder are those of a new interpreter."""
    ends = []
    for popen in (subprocess.Popen, ForkedPopen):
        with popen(NO_SESSION, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            ends.append((*child.communicate(), child.returncode))
    assert ends[0] == ends[1]
    assert "none" in ends[0][1]
    assert ends[0][2] == 3


def test_proc_shows_its_own_words_and_environment(tmp_path: Path) -> None:
    """Its command line and its environment are seen in /proc as if it had been executed; a signal ends it."""
    environment = {**os.environ, "ONLY_HERE": "yes"}
    environment.pop("PYTEST_CURRENT_TEST", None)
    with ForkedPopen(
        WAITING, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        place = Path(f"/proc/{child.pid}")
        wait_for(
            lambda: place.joinpath("cmdline").read_bytes().rstrip(b"\0").endswith(b"sleep\x00600"), "its own words"
        )
        assert place.joinpath("cmdline").read_bytes().rstrip(b"\0").decode().split("\0") == WAITING
        shown = place.joinpath("environ").read_bytes().split(b"\0")
        assert {line for line in shown if line} == {os.fsencode(f"{k}={v}") for k, v in environment.items()}
        assert place.joinpath("cwd").readlink() == tmp_path
        wait_for(lambda: [*tmp_path.glob("sessions/*/stages/*/*/running.json")], "the attempt")
        assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert child.wait() == 130


def test_another_program_is_started_the_usual_way(tmp_path: Path) -> None:
    """What the server can't do the same way is a new process: another program, another setting of the interpreter."""
    with ForkedPopen(["/bin/sh", "-c", "exit 7"]) as child:
        assert (child._status, child.wait()) == (-1, 7)
    with ForkedPopen(
        NO_SESSION, cwd=tmp_path, env={**os.environ, "PYTHONUTF8": "1"}, stderr=subprocess.DEVNULL
    ) as child:
        assert (child._status, child.wait()) == (-1, 3)


def test_a_server_that_was_killed_is_started_again(tmp_path: Path) -> None:
    """Whatever kills the server, the next program is a fork of a new one."""
    for _ in range(2):
        with ForkedPopen(NO_SESSION, cwd=tmp_path, stderr=subprocess.DEVNULL) as child:
            assert child._status >= 0
            assert child.wait() == 3
        words = command_lines()  # none of a child that has ended and was not waited for
        servers = [
            each for each in psutil.Process().children() if b"fork_server.py" in b" ".join(words.get(each.pid, [])[:3])
        ]
        assert servers
        for each in servers:
            each.kill()
            each.wait()
