"""A journal that cannot be written while command files can: nothing that must be done waits for it, and it is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.cli.follow import PendingSignals, SessionWatch, Silence
from autotrain_tui.errors import MachineError
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.events import Alert, SessionStopping
from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.records import process_identity as identity
from autotrain_tui.session.records.clock import now_iso
from autotrain_tui.session.records.heartbeat import Heartbeat, Unrecorded, read_heartbeat
from autotrain_tui.session.records.lock import LockOwner, read_owner
from autotrain_tui.tui.panes.header import header_line
from tests.cli.project import created, finished, hand_made, runner_started
from tests.faults.means import failing, needs_strace
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.tui.sessions import append

pytestmark = [pytest.mark.process, needs_strace]

SLEEPER = python("print('step 1', flush=True)\nimport time\ntime.sleep(600)")

WRITE, SYNC = "write", "fdatasync"


def ended(rig: Rig, pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text()


@pytest.mark.parametrize(
    ("verb", "rule"), [("kill", f"{WRITE}:error=ENOSPC"), ("stop", f"{SYNC}:error=EIO"), ("kill", f"{SYNC}:error=EIO")]
)
def test_stop_and_kill_do_not_wait_for_the_journal(tmp_path: Path, verb: str, rule: str) -> None:
    """The signals go out at once, the sender is told that it was not recorded, and it is recorded when there is room."""
    with session(tmp_path, plan({"name": "a", "command": SLEEPER})) as rig:
        runner = rig.start()
        rig.said("a", "step 1")
        pid = rig.pid("a")
        with failing(runner.pid, rule, path=rig.folder.journal):
            with pytest.raises(MachineError, match="was not recorded .*its signals were sent"):
                rig.ask(verb)
            wait_for(lambda: ended(rig, pid), "the end of the stage")
            assert list(rig.folder.done.glob("*.not-recorded.json"))
            told = wait_for(lambda: read_heartbeat(rig.folder).beat.unrecorded, "the heartbeat's word")
            assert "the journal can't be written" in told.reason
            assert any("session_stopping" in name for name in told.waiting)
            view = rig.view()
            assert not view.finished
            document = show(view)
            assert document["unrecorded"]["since"] == told.since
            assert "nothing is recorded since" in document["warning"]
            drawn = "".join(text for text, _ in header_line(view, 120))
            assert "nothing is recorded since" in drawn
        view = rig.end()
        assert rig.outcome() == "stopped"
        attempt = view.session.stages[0].attempts[0]
        assert attempt.end.signal == (9 if verb == "kill" else 15)
        events = read_journal(rig.folder.journal).events
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert [event.intent for event in events if isinstance(event, SessionStopping)] == [verb]
        assert any(isinstance(event, Alert) and event.kind == "unrecorded" for event in events)


def test_a_command_that_cannot_be_recorded_is_not_done(tmp_path: Path) -> None:
    """Any other command is answered with status 4 and one sentence; nothing of it happens then or later."""
    with session(tmp_path, plan({"name": "a", "command": SLEEPER}, {"name": "b", "command": ["true"]})) as rig:
        runner = rig.start()
        rig.said("a", "step 1")
        pid = rig.pid("a")
        with failing(runner.pid, f"{SYNC}:error=EIO", path=rig.folder.journal):
            for words in (["skip", rig.folder.id, "a"], ["hold", rig.folder.id, "b"]):
                done = subprocess.run(
                    [sys.executable, "-m", "autotrain_tui", *words, "--sessions-dir", str(tmp_path / "sessions")],
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
                assert (done.returncode, "was not recorded" in done.stderr) == (4, True), done
                assert len(done.stderr.splitlines()) == 1
            assert not ended(rig, pid)
        rig.ask("budget", args={"seconds": 3600})
        assert (rig.stage("a").state, rig.stage("b").state) == ("running", "pending")


def test_a_watching_command_says_what_is_not_recorded(tmp_path: Path) -> None:
    """`--no-ui` says since when and why nothing is recorded, and when that is over."""
    with session(tmp_path, plan({"name": "a", "command": SLEEPER})) as rig:
        said = tmp_path / "said"
        with open(said, "w") as out:
            command = [sys.executable, "-m", "autotrain_tui", "resume", rig.folder.id, "--no-ui"]
            watch = subprocess.Popen([*command, "--sessions-dir", str(tmp_path / "sessions")], stdout=out, stderr=out)
        rig.runners.append(watch)
        rig.said("a", "step 1")
        rig.pid("a")
        owner = read_owner(rig.folder)
        assert isinstance(owner, LockOwner)
        with failing(owner.pid, f"{SYNC}:error=EIO", path=rig.folder.journal):
            with pytest.raises(MachineError):
                rig.ask("budget", args={"seconds": 3600})
            wait_for(lambda: "nothing is recorded since" in said.read_text(), "the sentence")
            with pytest.raises(MachineError):
                rig.ask("kill")
        wait_for(lambda: "records again" in said.read_text(), "the end of it")
        rig.end()


def test_the_end_of_a_session_says_that_it_is_recorded_again(tmp_path: Path) -> None:
    """Also to a watch that sees the end before the heartbeat says so."""

    class Said(Silence):
        def __init__(self) -> None:
            self.texts: list[str] = []

        def say(self, text: str) -> None:
            self.texts.append(text)

    folder, said = hand_made(tmp_path, [created("one"), runner_started()]), Said()
    pid = os.getpid()
    owner = LockOwner(pid, identity.start_time(pid), identity.boot_id(), identity.host())
    folder.lock.write_bytes(msgspec.json.encode(owner))
    beat = Heartbeat(1, pid, now_iso(), unrecorded=Unrecorded(now_iso(), "Input/output error"))
    folder.heartbeat.write_bytes(msgspec.json.encode(beat))
    watch = SessionWatch(folder, said, PendingSignals())
    watch._look()
    assert "nothing is recorded since" in said.texts[-1]
    append(folder, finished())
    assert watch.run() == 0
    assert said.texts[1:] == ["the runner answers and records again"]
