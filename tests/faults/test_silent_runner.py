"""A runner that does not answer, and what a killed sender leaves behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.session.history.documents import show
from tests.runner.rig import plan, python, session, wait_for

pytestmark = pytest.mark.process

SLEEPER = python("print('step 1', flush=True)\nimport time\ntime.sleep(600)")


def test_a_stopped_runner_is_told_as_not_answering(tmp_path: Path) -> None:
    """SIGSTOP to the runner: `show` says since when, a command says so at once and is withdrawn; SIGCONT ends it."""
    with session(tmp_path, plan({"name": "a", "command": SLEEPER})) as rig:
        runner = rig.start()
        rig.said("a", "step 1")
        rig.pid("a")
        wait_for(rig.folder.heartbeat.exists, "a heartbeat")
        os.kill(runner.pid, signal.SIGSTOP)
        wait_for(lambda: rig.view().silence, "the word of it")
        assert "not answering since" in show(rig.view())["not_answering"]
        with pytest.raises(RefusedError, match="not answering since"):  # at the limit it would say "has not answered"
            rig.ask("skip", "a", timeout=600)
        assert not [name for name in os.listdir(rig.folder.control) if name != "done"]
        os.kill(runner.pid, signal.SIGCONT)
        wait_for(lambda: not rig.view().silence, "the end of it")
        assert rig.ask("budget", args={"seconds": 3600}).accepted
        assert rig.stage("a").state == "running"


def test_what_a_killed_sender_leaves_is_removed(tmp_path: Path) -> None:
    """A sender's temporary file whose process is gone is removed from `control/`; one of a living process stays."""
    with session(tmp_path, plan({"name": "a", "command": SLEEPER})) as rig:
        rig.start()
        rig.pid("a")
        gone = os.fork()
        if gone == 0:
            os._exit(0)
        os.waitpid(gone, 0)
        left, kept = (
            rig.folder.control / f".{number:020d}-abcdef.json.{pid}.0123abcd"
            for number, pid in ((1, gone), (2, os.getpid()))
        )
        left.write_bytes(b"{")
        kept.write_bytes(b"{")
        wait_for(lambda: not left.exists(), "its removal", patience=60)
        assert kept.exists()
