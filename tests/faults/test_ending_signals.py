"""What signals to a runner do: they end its session, early ones too, and reach nobody else."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.launch import send_command as send_command_module
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import LockOwner, owner_alive, read_owner, signal_owner
from tests.runner.rig import Rig, plan, python, session, wait_for

SAVER = python(r"""
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"saving\n"))
os.write(1, b"ready\n")
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
""")
"""Says how often it gets SIGTERM; ends when the file of its argument is there."""


def begin(rig: Rig) -> subprocess.Popen[bytes]:
    """A runner, as soon as its lock names it and no later."""
    runner = subprocess.Popen(
        [sys.executable, "-P", "-m", "autotrain_tui.runner", str(rig.folder.path)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    rig.runners.append(runner)

    def named() -> bool:
        owner = read_owner(rig.folder)
        return owner is not None and owner.pid == runner.pid

    wait_for(named, "its name in the lock")
    return runner


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_a_signal_to_a_runner_that_has_just_begun_ends_the_session(tmp_path: Path, verb: str) -> None:
    """As soon as the lock names a runner its signals are understood: it doesn't die of them, and no request is lost."""
    with session(tmp_path, plan({"name": "a", "command": ["sleep", "600"]})) as rig:
        runner = begin(rig)
        assert signal_owner(rig.folder, verb)
        rig.end()
        assert (runner.returncode, rig.outcome()) == (5, "stopped")


def test_such_a_signal_ends_what_a_former_runner_left(tmp_path: Path) -> None:
    """The stage that lives on is taken up first, then stopped; with it the session."""
    with session(tmp_path, plan({"name": "a", "command": ["sleep", "600"]})) as rig:
        rig.start()
        rig.pid("a")
        rig.kill_runner()
        begin(rig)
        assert signal_owner(rig.folder, "stop")
        view = rig.end()
        assert rig.outcome() == "stopped"
        [attempt] = view.session.stages[0].attempts
        assert (attempt.end.signal, attempt.end.sent_by) == (signal.SIGTERM, "stop")


def test_a_signal_needs_no_pidfd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel knows no pidfd (Linux before 5.3) the process that the lock names is sent it all the same."""

    def unknown(_pid: int) -> int:
        raise OSError(errno.ENOSYS, "Function not implemented")

    with session(tmp_path, plan({"name": "a", "command": ["sleep", "600"]})) as rig:
        rig.start()
        rig.pid("a")
        with monkeypatch.context() as patched:
            patched.setattr(os, "pidfd_open", unknown)
            assert signal_owner(rig.folder, "stop")
        rig.end()
        assert rig.outcome() == "stopped"


def test_a_second_stop_is_no_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM again is the same request: a stage that saves is left to save, and hears it once. The disk takes no command
    meanwhile: the second person who stops is told that it is being done, and a kill still kills.
    """

    def full(*_: object) -> None:
        raise MachineError("no space left")

    go = tmp_path / "go"
    with session(tmp_path, plan({"name": "a", "command": [*SAVER, str(go)]})) as rig:
        runner = rig.start()
        rig.said("a", "ready")
        with monkeypatch.context() as patched:
            patched.setattr(send_command_module, "drop", full)
            assert rig.ask("stop").accepted
            rig.said("a", "saving")
            with pytest.raises(RefusedError, match="already being stopped"):
                rig.ask("stop")
        os.kill(runner.pid, signal.SIGTERM)
        answer = rig.ask("stop")  # by a command: after it is answered the signal has been taken, too
        assert (answer.accepted, answer.reason) == (False, "the session is already being stopped")
        go.touch()
        view = rig.end()
        assert view.session.stages[0].attempt.end.exit_code == 0
        assert rig.log("a").count("saving") == 1
        assert rig.kinds().count("SessionStopping") == 1


def test_a_kill_after_a_stop_kills(tmp_path: Path) -> None:
    """Both signals, in whichever order they arrive, kill the tree of a stage that would not end."""
    with session(tmp_path, plan({"name": "a", "command": [*SAVER, str(tmp_path / "never")]})) as rig:
        rig.start()
        rig.said("a", "ready")
        assert signal_owner(rig.folder, "stop")
        rig.said("a", "saving")
        assert signal_owner(rig.folder, "kill")
        assert rig.end().session.stages[0].attempt.end.signal == signal.SIGKILL


def test_what_another_user_wrote_signals_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that another user wrote could name any process of ours: none is sent a signal."""
    folder = SessionFolder(tmp_path)
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        try:
            owner = LockOwner(sleeper.pid, identity.start_time(sleeper.pid), identity.boot_id(), identity.host())
            folder.lock.write_text(
                f'{{"pid": {owner.pid}, "start_time": {owner.start_time}, "boot_id": "{owner.boot_id}", '
                f'"host": "{owner.host}"}}'
            )
            assert owner_alive(read_owner(folder))
            with monkeypatch.context() as patched:
                mine = os.getuid()
                patched.setattr(os, "getuid", lambda: mine + 1)
                assert not signal_owner(folder, "kill")
            assert sleeper.poll() is None
            assert signal_owner(folder, "stop"), "where it is our own"
            assert sleeper.wait(60) == -signal.SIGTERM
        finally:
            sleeper.kill()
