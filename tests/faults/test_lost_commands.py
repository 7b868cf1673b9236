"""Commands that were accepted and whose events the journal lost with its tail (FAULTS J2)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.runner.control.lost_commands import lost_commands
from autotrain_tui.session.journal.events import Alert, BudgetChanged, CommandTaken, Event, StageHeld, StageSkipped
from autotrain_tui.session.journal.journal_file import decode_line, read_journal
from autotrain_tui.session.records.command_file import Command
from autotrain_tui.session.records.folder import SessionFolder
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import TRAINER

pytestmark = pytest.mark.process

STAGES = (
    {"name": "a", "command": python(TRAINER), "resumable": True},
    {"name": "b", "command": ["true"]},
    {"name": "c", "command": ["true"]},
)


def cut_before(rig: Rig, first: Callable[[Event], bool], torn: int = 0) -> None:
    """Cut the journal's tail, from the first event that `first` names, but for so many bytes of that one."""
    kept = b""
    for line in rig.folder.journal.read_bytes().splitlines(keepends=True):
        event = decode_line(line.rstrip(b"\n"))
        if isinstance(event, Event) and first(event):
            rig.folder.journal.write_bytes(kept + line[:torn])
            return
        kept += line
    raise AssertionError("the journal has no such event")


def events(rig: Rig) -> tuple[Event, ...]:
    """The journal's events as they stand now."""
    return read_journal(rig.folder.journal).events


def alerts(rig: Rig) -> list[str]:
    """The texts of its alerts about records."""
    return [event.text for event in events(rig) if isinstance(event, Alert) and event.kind == "records"]


def is_skip(event: Event) -> bool:
    """Whether it is the event of the skip of stage b."""
    return isinstance(event, StageSkipped) and event.stage == "b"


@pytest.mark.parametrize("torn", [0, 30])
def test_an_accepted_skip_counts_although_the_journal_lost_it(tmp_path: Path, torn: int) -> None:
    """Skip, hold and budget are executed again by the next runner, each once, and told; so is none by the one after it."""
    with session(tmp_path, plan(*STAGES, max_hours=1)) as rig:
        rig.start()
        rig.said("a", "step 3")
        pid = rig.pid("a")
        assert rig.ask("skip", "b", reason="not needed").accepted
        assert rig.ask("hold", "c").accepted
        assert rig.ask("budget", args={"add_seconds": 600}).accepted
        rig.kill_runner()
        cut_before(rig, is_skip, torn)
        assert not any(isinstance(event, CommandTaken) for event in events(rig))
        for _ in range(2):
            rig.start()
            wait_for(lambda: sum(isinstance(event, CommandTaken) for event in events(rig)) == 3, "all three")
            rig.until("a", "running")
            os.kill(pid, 0)
            rig.kill_runner()
        rig.start()
        assert rig.ask("release", "c").accepted
        (rig.folder.path / "go").touch()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert [(str(stage.state), len(stage.attempts)) for stage in view.session.stages] == [
            ("succeeded", 1),
            ("skipped", 0),
            ("succeeded", 1),
        ]
        assert rig.stage("b").reason == "not needed"
        assert view.session.budget_seconds == 3600 + 600
        found = events(rig)
        assert [
            sum(isinstance(event, kind) for event in found) for kind in (StageSkipped, StageHeld, BudgetChanged)
        ] == [1, 1, 1]
        taken = [(event.verb, event.accepted) for event in found if isinstance(event, CommandTaken)]
        assert taken == [("skip", True), ("hold", True), ("budget", True), ("release", True)]
        assert len([text for text in alerts(rig) if "it is executed again" in text]) == 3


def test_a_budget_that_is_journaled_is_not_added_twice(tmp_path: Path) -> None:
    """The tail lost behind the change itself: the command's own event is missing, the change is there once."""
    with session(tmp_path, plan(*STAGES, max_hours=1)) as rig:
        rig.start()
        rig.said("a", "step 3")
        assert rig.ask("budget", args={"add_seconds": 600}).accepted
        rig.kill_runner()
        cut_before(rig, lambda event: isinstance(event, CommandTaken))
        rig.start()
        rig.until("a", "running")
        (rig.folder.path / "go").touch()
        assert rig.end().session.budget_seconds == 3600 + 600


@pytest.mark.parametrize(("microseconds", "again"), [(0, 0), (999, 0), (1001, 1)])
def test_a_budget_sent_in_the_millisecond_of_its_change_is_not_lost(
    tmp_path: Path, microseconds: int, again: int
) -> None:
    """Events' times are cut to milliseconds, those of commands are not: the change is not taken for an older one."""
    folder = SessionFolder(tmp_path / "20260101-120000-test")
    (folder.control / "done").mkdir(parents=True)
    folder.journal.write_bytes(
        msgspec.json.encode(BudgetChanged(seq=1, time="2026-01-01T12:00:00.123Z", mono=1.0, budget_seconds=4200.0))
        + b"\n"
    )
    sent = 1_767_268_800_123_000_000 + microseconds * 1000
    (folder.control / "done" / f"{sent:020}-ab.json").write_bytes(
        msgspec.json.encode(Command(id="ab", verb="budget", args={"add_seconds": 600}))
    )
    assert len(lost_commands(folder)) == again


def test_commands_that_signal_are_told_and_not_executed_again(tmp_path: Path) -> None:
    """Stop, kill, pause, freeze and the skip of a running stage in a lost tail: the stage runs on; each is told."""
    with session(tmp_path, plan(*STAGES)) as rig:
        rig.start()
        rig.said("a", "step 3")
        pid = rig.pid("a")
        rig.kill_runner()
        for number, (verb, stage) in enumerate(
            [("stop", None), ("kill", None), ("retry", "a"), ("pause", "a"), ("freeze", "a"), ("skip", "a")]
        ):
            command = Command(
                f"{number:016x}", verb, stage, session=rig.folder.id, by="test", sent="2026-01-01T00:00:00.000Z"
            )
            name = f"{time.time_ns():020d}-{command.id}.json"
            (rig.folder.control / "done" / name).write_bytes(msgspec.json.encode(command))
        rig.start()
        rig.until("a", "running")
        assert rig.ask("budget", args={"seconds": 7200}).accepted
        os.kill(pid, 0)
        told = alerts(rig)
        assert len(told) == 6, told
        assert all("send it again if it is still wanted" in text for text in told)
        assert "stage a is running now" in told[-1]
        (rig.folder.path / "go").touch()
        assert [len(stage.attempts) for stage in rig.end().session.stages] == [1, 1, 1]
        assert rig.outcome() == "succeeded"


def test_a_later_retry_takes_a_lost_skips_place(tmp_path: Path) -> None:
    """A stage that was skipped and then asked for again is not skipped by the runner that finds only both files."""
    with session(tmp_path, plan(*STAGES)) as rig:
        rig.start()
        rig.said("a", "step 3")
        assert rig.ask("skip", "b").accepted
        assert rig.ask("retry", "b").accepted
        rig.kill_runner()
        cut_before(rig, is_skip)
        rig.start()
        (rig.folder.path / "go").touch()
        view = rig.end()
        assert [str(stage.state) for stage in view.session.stages] == ["succeeded"] * 3, rig.tell()
