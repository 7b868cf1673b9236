"""SIGKILL everywhere: at random moments, at system calls, in the middle of a save (FAULTS P1 to P6, S9).

The full figures are printed by `benchmarks/kills.py` and `benchmarks/syscalls.py`; here is a shorter form of each.
"""

from __future__ import annotations

import os
import random
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.killing import Shooting
from tests.faults.ledger import Short, processes_of
from tests.faults.syscalls import kill_at
from tests.faults.tracer import CALLS
from tests.runner.rig import plan, python, session, wait_for

SHORTER = (Short("plain"), Short("leaver", lines=10, child=True), Short("seven", lines=8, code=7), Short("last"))


def test_random_kills_are_survived(tmp_path: Path) -> None:
    """A session shot at five times, whoever it hits: every exit code right, no line or figure missing or doubled, no
    stage run beside itself or without need, the journal whole, no process left.
    """
    killed = Shooting(tmp_path / "project", SHORTER, chance=random.Random()).run(5, longest_pause=0.5)  # noqa: S311
    assert killed.blows
    assert not killed.faults, ([(blow.who, round(blow.seconds, 2)) for blow in killed.blows], killed.faults)


@pytest.mark.skipif(not CALLS, reason="the tracer knows the system calls of x86-64 and 64-bit ARM only")
@pytest.mark.parametrize(
    ("who", "number"),
    [
        # of about 50 calls of a runner, 10 of A and 9 of B: some that differ in kind; benchmarks/syscalls.py takes all
        ("runner", 9),
        ("runner", 16),
        ("runner", 23),
        ("runner", 33),
        ("next", 8),
        ("a", 5),
        ("b", 5),
        ("b", 8),
    ],
)
def test_a_kill_at_a_system_call_is_recovered_from(tmp_path: Path, who: str, number: int) -> None:
    """The runner, or one of its shims, killed as it writes, renames, links, forks or execs: resumed to the same end."""
    point = kill_at(tmp_path / "one", who, number)
    if point.faults and "ptrace is not allowed" in str(point.faults):
        pytest.skip("ptrace is not allowed here")
    assert not point.faults, (point.call, point.faults)


def test_what_a_lost_attempt_left_is_ended_before_the_next(tmp_path: Path) -> None:
    """Runner, shims and command killed in one blow, while a daemonised child of it lives on: it is ended before the
    stage is run again, so that no two of a stage ever work at once.
    """
    code = python(
        "import os, subprocess, sys, time\n"
        "if os.environ['AUTOTRAIN_ATTEMPT'] == '1':\n"
        "    child = 'import os, time\\nif os.fork() == 0:\\n    os.setsid(); print(\"left\", os.getpid(), flush=True); time.sleep(600)'\n"
        "    subprocess.run([sys.executable, '-c', child]); time.sleep(600)\n"
        "print('again', flush=True)"
    )
    with session(tmp_path, plan({"name": "a", "command": code})) as rig:
        runner = rig.start()
        rig.said("a", "left")
        left = int(rig.log("a").split()[1])
        mine = [pid for pid in processes_of(rig.folder) if pid not in (left, runner.pid)]
        for pid in (runner.pid, *mine):
            with suppress(ProcessLookupError):  # the parent of what is left may have ended just now
                os.kill(pid, signal.SIGKILL)
        runner.wait()
        assert Path(f"/proc/{left}").exists()
        rig.start()
        view = rig.end()
        assert [str(attempt.state) for attempt in view.session.stages[0].attempts] == ["lost", "succeeded"]
        wait_for(lambda: not Path(f"/proc/{left}").exists(), "its end")
        assert "again" in rig.log("a", 2)


def test_killed_in_the_middle_of_a_save(tmp_path: Path) -> None:
    """kill -9 while result and checkpoint are being written: the partial result is not taken, the reason says the
    signal, and the next attempt goes on from the last complete checkpoint.
    """
    code = python(
        "import json, os, sys, time\n"
        "folder = os.environ['AUTOTRAIN_CHECKPOINT_DIR']\n"
        "if os.environ['AUTOTRAIN_RESUME'] == '1':\n"
        "    print('from', open(folder + '/state').read(), sorted(os.listdir(folder)), flush=True); sys.exit(0)\n"
        "open(folder + '/state', 'w').write('7')\n"
        "open(folder + '/state.8.partial', 'w').write('8, but not')\n"
        "open(os.environ['AUTOTRAIN_RESULT'], 'w').write('{\"accuracy\": 0.')\n"
        "print('saving', flush=True); time.sleep(600)"
    )
    with session(tmp_path, plan({"name": "a", "command": code, "resumable": True})) as rig:
        rig.start()
        rig.said("a", "saving")
        os.kill(rig.pid("a"), signal.SIGKILL)
        view = rig.end()
        assert str(view.session.stages[0].state) == "failed"
        assert "SIGKILL" in view.session.stages[0].reason
        assert "accuracy" not in view.session.stages[0].attempt.metrics
        rig.start()
        rig.end()
        assert "from 7 ['state', 'state.8.partial']" in rig.log("a", 2)
        assert rig.outcome() == "succeeded"
