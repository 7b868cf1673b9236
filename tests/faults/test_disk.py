"""Full, failing and read-only disks: training and records come through, and go on by themselves (FAULTS J3, J4, L9)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autotrain_tui.errors import MachineError
from autotrain_tui.runner.core.disk_space import DiskGuard
from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.records.lock import owner_alive, read_owner
from tests.faults.ledger import rows_of
from tests.faults.means import injected, needs_strace, small_disk
from tests.runner.rig import Rig, plan, python, session, wait_for

COUNTER = python(r"""
import json, os, sys, time
end = os.environ["AUTOTRAIN_SESSION_DIR"] + "/end"
step = missed = 0
while True:
    step += 1
    try:
        os.write(1, b"step %d\n" % step)
    except OSError:
        missed += 1
    if os.path.exists(sys.argv[1]):
        break
    time.sleep(0.005)
print("steps", step, "missed", missed, flush=True)
raise SystemExit(5)
""")
"""Counts on its log whatever the disk says; ends with exit code 5 when the file of its argument is there."""


def fill(folder: Path) -> Path:
    """Use up all room of the file system with one file."""
    path = folder / "filler"
    with open(path, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


def warnings(rig: Rig) -> list[str]:
    rig.view()
    return [event.text for event in rig.events if type(event).__name__ == "Alert" and event.kind == "disk"]


def test_a_full_disk_stops_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """The disk fills while a stage runs: it trains on, its lines go into the reserve, what can't be recorded waits, and
    is recorded by itself when there is room: end, exit code, next stage; nothing is glued, and one message is told.
    """
    go = tmp_path / "go"
    stages = [
        {"name": "a", "command": [*COUNTER, str(go)], "retries": {"error": {"action": "skip"}}},
        {"name": "b", "command": ["true"]},
    ]
    with small_disk(30) as disk, session(disk, plan(*stages)) as rig:
        rig.start()
        rig.said("a", "step 20")
        log = rig.folder.attempt(1, "a", 1).log
        wait_for(lambda: log.stat().st_blocks * 512 >= 4 << 20, "room kept ahead of the log")
        filler = fill(disk)
        assert os.statvfs(disk).f_bavail == 0
        size = log.stat().st_size
        wait_for(lambda: log.stat().st_size > size + 500, "the log to grow on a full disk")
        with pytest.raises(MachineError):
            while True:  # the reserve ahead of the journal is not ours to use up: a command needs a file of its own
                rig.ask("budget", args={"seconds": 3600})
        wait_for(lambda: warnings(rig), "the word of it, by the room ahead of the journal")
        go.touch()
        time.sleep(0.5)  # the end comes while nothing can be written but what was kept ahead
        assert owner_alive(read_owner(rig.folder))
        filler.unlink()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert [attempt.end.exit_code for stage in view.session.stages for attempt in stage.attempts] == [5, 0]
        steps = [line for line in rig.log("a").splitlines() if line.startswith("step ")]
        assert steps == [f"step {number}" for number in range(1, len(steps) + 1)]
        assert f"steps {len(steps)} missed 0" in rig.log("a")
        read = read_journal(rig.folder.journal)
        assert not read.problems
        assert [event.seq for event in read.events] == list(range(1, len(read.events) + 1))
        told = warnings(rig)
        assert sum("is full" in text for text in told) == 1, told
        assert log.stat().st_blocks * 512 < 1 << 20, "the reserve is given back"


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_a_session_on_a_full_disk_can_be_ended(tmp_path: Path, verb: str) -> None:
    """No command finds room there; stop and kill reach the runner by signals, and what they did is recorded."""
    with small_disk(30) as disk, session(disk, plan({"name": "a", "command": [*COUNTER, str(tmp_path / "go")]})) as rig:
        rig.start()
        rig.said("a", "step 20")
        log = rig.folder.attempt(1, "a", 1).log
        wait_for(lambda: log.stat().st_blocks * 512 >= 4 << 20, "room kept ahead of the log")
        wait_for(lambda: rig.folder.journal.stat().st_blocks * 512 >= 1 << 19, "room kept ahead of the journal")
        filler = fill(disk)
        answer = rig.ask(verb)
        assert (answer.accepted, answer.command.verb) == (True, verb)
        pid = rig.stage("a").attempt.pid
        wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the end of the stage")
        filler.unlink()
        view = rig.end()
        assert rig.outcome() == "stopped"
        end = view.session.stages[0].attempt.end
        assert end.exit_code is None
        assert end.signal in ({15} if verb == "stop" else {15, 9})  # a kill's first signal means stop


def test_no_inodes_left(tmp_path: Path) -> None:
    """A file system without inodes: nothing new can be made, the running stage ends as it should, and the next stage
    starts by itself when there is room.
    """
    go = tmp_path / "go"
    stages = [
        {"name": "a", "command": [*COUNTER, str(go)], "retries": {"error": {"action": "skip"}}},
        {"name": "b", "command": ["true"]},
    ]
    with small_disk(30, inodes=80) as disk, session(disk, plan(*stages)) as rig:
        rig.start()
        rig.said("a", "step 20")
        files = disk / "files"
        files.mkdir()
        number = 0
        with pytest.raises(OSError, match="No space"):
            while True:
                (files / str(number)).touch()
                number += 1
        go.touch()
        time.sleep(0.3)  # its end can't be written down now
        assert rig.stage("b").state == "pending"
        for number in range(20):
            (files / str(number)).unlink()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert rig.stage("a").attempt.end.exit_code == 5


def test_figures_wait_for_room_too(tmp_path: Path) -> None:
    """Metrics read while the disk is full are kept, and stand in the record once, in order, when there is room."""
    go = tmp_path / "go"
    code = python(r"""
import os, sys, time
step = 0
while not os.path.exists(sys.argv[1]):
    step += 1
    os.write(1, b"step %d loss %f\n" % (step, 1 / step))
    time.sleep(0.01)
""")
    with small_disk(30) as disk, session(disk, plan({"name": "a", "command": [*code, str(go)]})) as rig:
        rig.start()
        rig.said("a", "step 5 ")
        readings = rig.folder.attempt(1, "a", 1).path / "readings.jsonl"
        wait_for(readings.exists, "the first figures")
        filler = fill(disk)
        count = len(rows_of(readings))
        until = len(rig.log("a").splitlines()) + 150
        wait_for(lambda: len(rig.log("a").splitlines()) > until, "many more steps")
        assert len(rows_of(readings)) < count + 150
        filler.unlink()
        go.touch()
        rig.end()
        steps = [row[3] for row in rows_of(readings) if row[1] == "loss"]
        assert steps == list(range(1, len(rig.log("a").splitlines()) + 1))


@needs_strace
def test_a_read_only_file_system(tmp_path: Path) -> None:
    """Nothing can be written (EROFS): a command ends with status 4 and the system's word; the stage goes on."""
    with session(tmp_path, plan({"name": "a", "command": python("import time; time.sleep(600)")})) as rig:
        rig.start()
        rig.pid("a")
        for verb in ("skip", "pause"):
            done = subprocess.run(
                [
                    *injected("rename:error=EROFS"),
                    sys.executable,
                    "-m",
                    "autotrain_tui",
                    verb,
                    "--sessions-dir",
                    str(tmp_path / "sessions"),
                ],
                check=False,
                capture_output=True,
                text=True,
                timeout=240,
            )
            assert (done.returncode, "Read-only file system" in done.stderr) == (4, True), done
        assert rig.stage("a").state == "running"


@needs_strace
def test_a_failing_sync_is_never_taken_for_saved(tmp_path: Path) -> None:
    """fdatasync and fsync fail for a while: the record is not taken for written until a sync has succeeded; nothing doubled."""
    with session(tmp_path, plan({"name": "a", "command": ["true"]}, {"name": "b", "command": ["true"]})) as rig:
        rules = ("fdatasync:error=EIO:when=4..6", "fsync:error=EIO:when=1")
        command = [*injected(*rules), sys.executable, "-P", "-m", "autotrain_tui.runner", str(rig.folder.path)]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr
        assert "Input/output error" in done.stderr
        read = read_journal(rig.folder.journal)
        assert not read.problems
        assert [event.seq for event in read.events] == list(range(1, len(read.events) + 1))
        assert rig.outcome() == "succeeded"
        assert [len(stage.attempts) for stage in rig.view().session.stages] == [1, 1]


@needs_strace
def test_short_writes_and_errors_on_write_and_rename(tmp_path: Path) -> None:
    """Every third write of the runner fails with EIO for a while, and renames with ENOSPC: it comes to the same end."""
    with session(tmp_path, plan({"name": "a", "command": ["true"]}, {"name": "b", "command": ["true"]})) as rig:
        rules = ("write:error=EIO:when=3..12+3", "rename:error=ENOSPC:when=1", "mkdir:error=EDQUOT:when=1")
        command = [*injected(*rules), sys.executable, "-P", "-m", "autotrain_tui.runner", str(rig.folder.path)]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr
        read = read_journal(rig.folder.journal)
        assert not read.problems
        assert [event.seq for event in read.events] == list(range(1, len(read.events) + 1))
        assert [len(stage.attempts) for stage in rig.view().session.stages] == [1, 1]


def test_the_disk_guard_speaks_once(tmp_path: Path) -> None:
    """Nearly full, full, room again: one sentence each time it changes, none in between."""
    with small_disk(20) as disk:
        guard = DiskGuard(disk, low_bytes=5 << 20)
        assert guard.look() is None
        blocks = disk / "blocks"
        blocks.write_bytes(bytes(int(19.7 * 2**20)))
        said = [guard.look() for _ in range(3)]
        assert "nearly full" in said[0] or "is full" in said[0]
        assert said[1:] == [None, None]
        fill(disk)
        assert [text for text in (guard.look(), guard.look()) if text is not None][-1:] in (
            [],
            ["the disk of the sessions is full: training goes on while its log's reserve lasts"],
        )
        blocks.unlink()
        (disk / "filler").unlink()
        assert "room again" in guard.look()
        assert json.dumps(guard.look()) == "null"
