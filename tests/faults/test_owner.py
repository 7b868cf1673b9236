"""One runner a session, whatever happens: doubles, takeovers, locks that fail or hang (FAULTS P9, F1)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.errors import MachineError, RefusedError
from autotrain_tui.session.records import lock as lock_module
from autotrain_tui.session.records.lock import RunnerLock, owner_alive, read_owner
from tests.faults.means import freezer, injected, needs_strace, program
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

TRAIN = {"command": python(TRAINER), "resumable": True}


def runner(rig: Rig, *before: str) -> subprocess.Popen[bytes]:
    """A runner started without waiting for it, its words in a file."""
    started = subprocess.Popen(
        [*before, sys.executable, "-P", "-m", "autotrain_tui.runner", str(rig.folder.path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    rig.runners.append(started)
    return started


def test_eight_at_once_have_one_winner_each_round(tmp_path: Path) -> None:
    """Eight runners at once, then a kill -9 of the winner, two rounds: one owner each, losers exit 3 and name it."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        for _ in range(2):
            eight = [runner(rig) for _ in range(8)]
            wait_for(lambda: sum(one.poll() is not None for one in eight) == 7, "seven to be refused")
            [winner] = [one for one in eight if one.poll() is None]
            owner = read_owner(rig.folder)
            wait_for(
                lambda: any(getattr(event, "pid", 0) == winner.pid for event in (rig.view(), rig.events)[1]),
                "its event",
            )
            assert owner is not None
            assert owner.pid == winner.pid
            for loser in eight:
                if loser is not winner:
                    assert loser.returncode == 3
                    words = loser.stderr.read().decode()
                    assert "already has a runner" in words
                    assert f"process {winner.pid} on {owner.host} since {owner.since}" in words
            os.kill(winner.pid, signal.SIGKILL)
            winner.wait()
            assert owner_alive(owner) is False
        assert len(rig.stage("a").attempts) == 1
        rig.view()
        assert sum(type(event).__name__ == "RunnerStarted" for event in rig.events) == 2
        for one in rig.runners:
            one.stderr.close()


@needs_strace
def test_a_file_system_without_locks_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    """flock fails with ENOLCK: exit status 4 and a sentence; nothing was started."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        one = runner(rig, *injected("flock:error=ENOLCK"))
        words = one.communicate(timeout=120)[1].decode()
        assert one.returncode == 4
        assert "can't be locked: No locks available" in words
        assert rig.stage("a").state == "pending"


def test_a_lock_that_hangs_is_told_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a network file system flock is tried in a child first: one that hangs in state D, beyond SIGKILL, holds
    nobody up, and the sentence says what to do.
    """
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig, freezer() as frozen:
        hanging = program(
            tmp_path,
            f"#!/bin/sh\necho $$ > {frozen}/cgroup.procs; echo FROZEN > {frozen}/freezer.state; exec sleep 60\n",
        )
        monkeypatch.setattr(lock_module, "_on_network", lambda _folder: True)
        monkeypatch.setattr(lock_module, "LOCK_TRY_SECONDS", 0.3)
        monkeypatch.setattr(lock_module.sys, "executable", hanging)
        with pytest.raises(MachineError, match="did not grant a lock"):
            RunnerLock(rig.folder).take("1")
        [pid] = map(int, (frozen / "cgroup.procs").read_text().split())
        assert Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "D"


def test_another_hosts_runner_is_not_joined_without_force(tmp_path: Path) -> None:
    """Where flock is each host's own it proves nothing: a session that another host runs is refused, --force takes it."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.said("a", "step 1")
        rig.ask("pause")
        rig.until("a", "paused")  # no attempt is open that could tell
        rig.kill_runner()
        text = rig.folder.lock.read_text()
        rig.folder.lock.write_text(text.replace(f'"host":"{os.uname().nodename}"', '"host":"elsewhere"'))
        before = rig.folder.journal.read_bytes()
        with pytest.raises(RefusedError, match=r"process \d+ on elsewhere since .*--force"):
            rig.start()
        assert rig.folder.journal.read_bytes() == before
        (rig.folder.path / "go").touch()
        rig.start(force=True)
        rig.end()
        assert rig.outcome() == "succeeded"
