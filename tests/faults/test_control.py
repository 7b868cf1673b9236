"""What may lie in the control folder, and what clocks may do to it (FAULTS C1, C2, K1, X11)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError
from autotrain_tui.runner.control.inbox import files_present
from autotrain_tui.session.records.command_file import drop, new_command
from tests.faults.means import ROOT
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

TRAIN = {"command": python(TRAINER), "resumable": True}


def command(rig: Rig, verb: str = "skip", **changes: object) -> dict[str, object]:
    return {"id": f"id-{verb}-{len(changes)}", "verb": verb, "stage": "a", "session": rig.folder.id, **changes}


def put(rig: Rig, name: str, content: bytes | dict[str, object], mode: int = 0o600) -> Path:
    """A file by rename, as a sender would."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    temporary = rig.folder.control / f".{name[:40]}"
    temporary.write_bytes(data)
    temporary.chmod(mode)
    target = rig.folder.control / name
    temporary.rename(target)
    return target


def answers(rig: Rig) -> dict[str, str]:
    """Reason of every refused command or file, by id or name."""
    rig.view()
    return {
        event.id: event.reason for event in rig.events if type(event).__name__ == "CommandTaken" and not event.accepted
    }


def taken(rig: Rig) -> list[str]:
    """Ids of the commands that were executed."""
    rig.view()
    return [event.id for event in rig.events if type(event).__name__ == "CommandTaken" and event.accepted]


def cleared(rig: Rig) -> None:
    wait_for(
        lambda: {name for name in os.listdir(rig.folder.control) if name != "done"} == set(), "an empty control folder"
    )


def test_whatever_lies_there_is_moved_aside_and_named(tmp_path: Path) -> None:
    """Unknown, huge, deep, linked, FIFO, folder, hard-linked, foreign, torn, odd names: nothing is done, nothing blocks,
    each is answered with its reason and moved to done/; the next real command is executed.
    """
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.pid("a")
        control = rig.folder.control
        put(rig, "verb.json", command(rig, "dance"))
        put(rig, "huge.json", b'{"id": "huge", "verb": "' + b"x" * 100_000 + b'"}')
        put(rig, "deep.json", b"[" * 60_000)
        put(rig, "torn.json", json.dumps(command(rig)).encode()[:-9])
        put(rig, "other.json", command(rig, session="20200101-000000-other", id="for-another"))
        put(rig, "no-id.json", command(rig, id=""))
        put(rig, "types.json", b'{"id": 5, "verb": ["skip"], "args": "x"}')
        put(rig, "world.json", command(rig, id="world"), mode=0o606)
        put(rig, "line\nbreak\x1b[2J.json", b"{}")
        put(rig, os.fsdecode(b"bytes\xff.json"), b"{}")
        put(rig, "n" * 255, b"{}")
        real = tmp_path / "real.json"
        real.write_text(json.dumps(command(rig, id="linked")))
        (control / "link.json").symlink_to(real)
        os.link(real, control / "hard.json")
        os.mkfifo(control / "fifo.json")
        (control / "folder.json").mkdir()
        names = 15
        if ROOT:
            foreign = tmp_path / "foreign.json"
            foreign.write_text(json.dumps(command(rig, id="foreign")))
            os.chown(foreign, 65534, 65534)
            foreign.rename(control / "foreign.json")
            names += 1
        cleared(rig)
        wait_for(lambda: len(answers(rig)) >= names, "an answer for each")
        told = answers(rig)
        assert len(told) == names, told
        assert len(os.listdir(rig.folder.done)) == names
        words = {
            "id-dance-0": "unknown command",
            "huge.json": "too large",
            "deep.json": "not a command",
            "torn.json": "not a command",
            "for-another": "is for session",
            "no-id.json": "no proper id",
            "types.json": "not a command",
            "world.json": "writable by other users",
            "link.json": "can't be opened",
            "hard.json": "hard link",
            "fifo.json": "not a regular file",
            "folder.json": "not a regular file",
            "line\\nbreak\\x1b[2J.json": "not a command",
            "bytes\\udcff.json": "not a command",
        }
        if ROOT:
            words["foreign.json"] = "belongs to user 65534"
        for name, word in words.items():
            assert word in told[name], (name, told)
        assert rig.stage("a").state == "running"
        assert rig.ask("skip", "a").accepted
        rig.end()
        assert rig.stage("a").state == "skipped"


def test_ten_thousand_files(tmp_path: Path) -> None:
    """Ten thousand files that are no commands: moved aside and counted; a command among them is answered in its time."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.pid("a")
        for number in range(10_000):
            (rig.folder.control / f"{number:05d}.junk").touch(mode=0o600)
        assert rig.ask("budget", args={"seconds": 3600}).accepted
        wait_for(lambda: len(os.listdir(rig.folder.done)) > 1000, "the first thousand")
        refused = answers(rig)
        assert 100 <= len(refused) <= 200
        assert "more files in control/ are not commands" in refused[""]
        assert rig.ask("kill").accepted
        rig.end()


def test_commands_of_yesterday_are_not_carried_out(tmp_path: Path) -> None:
    """What was there before the runner had the session is refused as older, whatever its times say, a year ahead or behind; what
    comes after is taken, whatever its times say. A command is refused while nobody takes it, and executed once only.
    """
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.pid("a")
        rig.kill_runner()
        with pytest.raises(RefusedError, match="autotrain-tui resume"):
            rig.ask("skip", "a")
        year = 365 * 86400
        for name, shift in (("old", -year), ("new", year), ("now", 0)):
            path = put(rig, f"{name}.json", command(rig, id=name))
            os.utime(path, (time.time() + shift, time.time() + shift))
        earlier = files_present(rig.folder)
        assert len(earlier) == 4  # and done/
        rig.start()
        wait_for(lambda: set(answers(rig)) == {"old", "new", "now"}, "their answers")
        assert set(answers(rig).values()) == {"is older than the runner"}
        for name, shift in (("late", -year), ("early", year)):
            path = put(rig, f".{name}.json", command(rig, "budget", id=name, stage=None, args={"seconds": 3600}))
            os.utime(path, (time.time() + shift, time.time() + shift))
            path.rename(rig.folder.control / f"{name}.json")
            wait_for(lambda name=name: name in taken(rig), "the answer")
        assert taken(rig) == ["late", "early"]
        again = next(rig.folder.done.glob("late.json*"))
        again.rename(rig.folder.control / "again.json")
        wait_for(lambda: "late" in answers(rig), "the answer")
        assert answers(rig)["late"] == "was taken before"
        assert rig.stage("a").state == "running"


def test_a_control_folder_that_others_could_use(tmp_path: Path) -> None:
    """Open to others: closed again before anything is taken. A link to elsewhere: nothing is taken from there."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.pid("a")
        rig.folder.control.chmod(0o777)
        assert rig.ask("budget", args={"seconds": 3600}).accepted
        assert rig.folder.control.stat().st_mode & 0o777 == 0o700
        elsewhere = tmp_path / "elsewhere"
        rig.folder.control.rename(elsewhere)
        rig.folder.control.symlink_to(elsewhere)
        drop(rig.folder, new_command("skip", rig.folder, stage="a"))
        runner_log = rig.folder.runner_log
        wait_for(lambda: "control/ can't be opened" in runner_log.read_text(), "a word about the link")
        assert rig.stage("a").state == "running"
        rig.folder.control.unlink()
        elsewhere.rename(rig.folder.control)
        wait_for(lambda: rig.stage("a").state != "running", "the command, when the folder is itself again")
        rig.end()
