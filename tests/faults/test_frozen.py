"""Frozen trees and what can befall them (FAULTS S1, S2, S3, S5, S6, S8)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from autotrain_tui.session.records.attempt_files import Started, read_record
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TREE

RANKS = r"""
import os, subprocess, sys, time
rank = "import os, time, sys\nwhile True:\n    print('rank', sys.argv[1], os.getpid(), flush=True); time.sleep(0.01)"
ranks = [subprocess.Popen([sys.executable, "-u", "-c", rank, str(number)], start_new_session=True) for number in range(2)]
workers = [subprocess.Popen([sys.executable, "-u", "-c", rank, "worker"]) for _ in range(2)]
print("all", os.getpid(), *[child.pid for child in ranks + workers], flush=True)
for child in ranks: child.wait()
"""
"""What torchrun makes: ranks that lead sessions of their own, and workers beside them."""


def letter(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "-"


def pids_of(rig: Rig, name: str = "a") -> list[int]:
    rig.said(name, "all ")
    return [int(word) for word in re.findall(r"^all ([\d ]+)$", rig.log(name), re.MULTILINE)[0].split()]


def shims(rig: Rig) -> tuple[int, int]:
    started = read_record(rig.folder.attempt(1, "a", 1).path, Started).record
    return started.a.pid, started.b.pid


def test_every_rank_and_worker_stops_and_goes_on(tmp_path: Path) -> None:
    """Freeze stops ranks with sessions of their own and workers alike: nobody prints a line, all go on after."""
    with session(tmp_path, plan({"name": "a", "command": python(RANKS)})) as rig:
        rig.start()
        pids = pids_of(rig)
        assert len(pids) == 5
        wait_for(lambda: all(f" {pid}" in rig.log("a") for pid in pids[1:]), "all to print")
        assert rig.ask("freeze").accepted
        assert [letter(pid) for pid in pids] == ["T"] * 5
        size = len(rig.log("a"))
        frozen = rig.view()
        elapsed = frozen.session.stages[0].elapsed(frozen.mono)
        time.sleep(0.2)  # a beat would come every 10 ms
        assert len(rig.log("a")) == size
        later = rig.view()
        assert later.session.stages[0].elapsed(later.mono) == elapsed, "the running clock stands still"
        assert rig.ask("resume").accepted
        wait_for(lambda: all(f" {pid}" in rig.log("a")[size:] for pid in pids[1:]), "all to go on")
        assert rig.ask("kill").accepted
        rig.end()
        assert [letter(pid) for pid in pids] == ["-"] * 5


def test_shims_may_die_while_frozen(tmp_path: Path) -> None:
    """Guard, then shim killed while frozen: the tree stays stopped, and can be resumed and stopped as before."""
    with session(tmp_path, plan({"name": "a", "command": python(RANKS)})) as rig:
        rig.start()
        pids = pids_of(rig)
        assert rig.ask("freeze").accepted
        for shim in reversed(shims(rig)):
            os.kill(shim, signal.SIGKILL)
            wait_for(lambda shim=shim: letter(shim) in "-Z", "its death")
            assert [letter(pid) for pid in pids] == ["T"] * 5
        assert rig.stage("a").state == "frozen"
        size = len(rig.log("a"))
        assert rig.ask("resume").accepted
        wait_for(lambda: all(f" {pid}" in rig.log("a")[size:] for pid in pids[1:]), "all to go on")
        assert rig.ask("stop").accepted
        view = rig.end()
        assert view.session.stages[0].state == "lost"  # nobody is left who could have seen how it ended
        wait_for(lambda: all(letter(pid) == "-" for pid in pids), "their end")


def test_the_main_process_may_die_while_frozen(tmp_path: Path) -> None:
    """kill -9 of the stage's own process while frozen: a failure by a signal that wasn't ours; its ranks are ended,
    though the kernel may have woken some, and each is named.
    """
    with session(tmp_path, plan({"name": "a", "linger_seconds": 0.2, "command": python(RANKS)})) as rig:
        rig.start()
        pids = pids_of(rig)
        assert rig.ask("freeze").accepted
        os.kill(pids[0], signal.SIGKILL)
        view = rig.end()
        end = view.session.stages[0].attempt.end
        assert (view.session.stages[0].state, end.signal, end.sent_by) == ("failed", 9, None)
        assert {swept.pid for swept in end.swept} == set(pids[1:])
        assert [letter(pid) for pid in pids] == ["-"] * 5


def test_frozen_but_never_written_down(tmp_path: Path) -> None:
    """A runner that dies after it stopped the tree and before it says so: the next one finds it frozen, and says so;
    one that dies while it wakes the tree: the next one finds it running.
    """
    with session(tmp_path, plan({"name": "a", "command": python(TREE)})) as rig:
        rig.start()
        rig.said("a", "child")
        pid = rig.pid("a")
        rig.kill_runner()
        os.kill(pid, signal.SIGSTOP)  # the first act of a freeze, by a runner that came no further
        wait_for(lambda: letter(pid) == "T", "the stop")
        rig.start()
        assert rig.until("a", "frozen").reason == "was found stopped"
        child = int(re.findall(r"tree \d+ (\d+)", rig.log("a"))[0])
        assert [letter(pid), letter(child)] == ["T", "T"]
        rig.kill_runner()
        os.kill(pid, signal.SIGCONT)
        wait_for(lambda: letter(pid) in "SR", "it to go on")
        rig.start()
        rig.until("a", "running")
        wait_for(lambda: letter(child) in "SR", "its child to go on, too")
        rig.ask("kill")
        rig.end()


def test_a_death_after_a_long_freeze_is_told_with_it(tmp_path: Path) -> None:
    """A distributed stage that fails soon after a freeze: the reason names the freeze."""
    code = (
        "import signal\nsignal.signal(signal.SIGCONT, lambda *_: exit('collective timed out'))\n"
        "print('ready', flush=True)\nwhile True: signal.pause()"
    )
    with session(tmp_path, plan({"name": "a", "command": python(code)})) as rig:
        rig.start()
        rig.said("a", "ready")
        assert rig.ask("freeze").accepted
        thawed = time.monotonic() + 1.1
        wait_for(lambda: time.monotonic() > thawed, "the freeze to be long enough to be named")
        assert rig.ask("resume").accepted
        view = rig.end()
        reason = view.session.stages[0].reason
        assert re.search(
            r"exit code 1; [\d.]+ s after a freeze of \d+ s, which a distributed stage may not outlive", reason
        )


def test_saving_takes_as_long_as_the_grace_allows(tmp_path: Path) -> None:
    """A stage that ignores the signal at first and saves slowly is killed after the grace, not before."""
    code = (
        "import signal,sys,time\nasked=[]\nsignal.signal(signal.SIGTERM, lambda *_: asked.append(1))\n"
        "print('ready', flush=True)\nwhile not asked: time.sleep(0.01)\n"
        "time.sleep(0.7); print('saved', flush=True); sys.exit(0)"
    )
    stop = {"signal": "TERM", "grace_seconds": 20}
    with session(tmp_path, plan({"name": "a", "resumable": True, "stop": stop, "command": python(code)})) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.ask("stop")
        view = rig.end()
        assert "saved" in rig.log("a")
        assert (view.session.stages[0].attempt.end.exit_code, str(view.session.stages[0].state)) == (0, "stopped")


def test_a_freeze_is_warned_of_before(tmp_path: Path) -> None:
    """`freeze`, and `pause` of a stage that can't resume, say at the command line what a long freeze may cost."""
    with session(tmp_path, plan({"name": "a", "command": python(TREE)})) as rig:
        rig.start()
        rig.said("a", "child")
        for verb in ("freeze", "resume"):
            done = subprocess.run(
                [sys.executable, "-m", "autotrain_tui", verb, "--sessions-dir", str(tmp_path / "sessions")],
                check=False,
                capture_output=True,
                text=True,
                timeout=240,
            )
            assert done.returncode == 0, done
            assert ("may fail if frozen longer than" in done.stderr) == (verb != "resume"), done
        rig.ask("kill")
        rig.end()
