"""A stage's log cut, replaced or removed by others while it runs (FAULTS L7)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autotrain_tui.runner.attempt.tail import Tail
from tests.faults.ledger import rows_of
from tests.runner.rig import Rig, plan, python, session, wait_for

STEPS = python(r"""
import os, pathlib, time
step, go = 0, pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"]) / "go"
while not go.exists():
    step += 1
    os.write(1, b"step %d loss: %.4f\n" % (step, 1 / step))
    time.sleep(0.01)
""")


def shrunk(rig: Rig) -> list[int]:
    """Bytes lost, by each event that says so."""
    rig.view()
    return [event.lost_bytes for event in rig.events if type(event).__name__ == "LogShrunk"]


def test_a_log_that_others_cut_is_told_and_read_on(tmp_path: Path) -> None:
    """Truncated, then replaced by another file: journaled with the byte counts, old text is never read as new, no step
    is read twice, and the stage ends as it should.
    """
    with session(tmp_path, plan({"name": "a", "command": STEPS})) as rig:
        rig.start()
        rig.said("a", "step 50 ")
        log = rig.folder.attempt(1, "a", 1).log
        readings = log.with_name("readings.jsonl")
        wait_for(lambda: len(rows_of(readings)) > 50, "the first readings")
        os.truncate(log, 0)
        wait_for(lambda: len(shrunk(rig)) == 1, "a word about the first")
        assert shrunk(rig)[0] > 500
        count = len(rows_of(readings))
        wait_for(lambda: len(rows_of(readings)) > count + 20, "readings of what came after")
        assert b"\0" not in log.read_bytes(), "O_APPEND: no flood of NULs"
        os.link(log, log.with_name("log.1"))
        other = log.with_name("other")
        other.write_text("step 1 loss: 9.0\n")
        other.rename(log)  # in one step: a moment without a log would be a third event
        wait_for(lambda: len(shrunk(rig)) == 2, "a word about the second")
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        steps = [row[3] for row in rows_of(readings) if row[1] == "loss" and row[2] < 9]
        assert steps == sorted(set(steps))


QUIET = python(r"""
import os, pathlib, time
go = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"]) / "go"
os.write(1, b"loss: 0.9\n")
while not go.exists():
    time.sleep(0.01)
print("loss: 0.5")
""")


@pytest.mark.parametrize("instead", [None, os.mkfifo, os.mkdir])
def test_a_log_that_others_remove_is_told(tmp_path: Path, instead: Callable[[Path], None] | None) -> None:
    """Also where no other file stands in its place: what the stage prints then is in no file, and the session says so
    instead of ending in silence.
    """
    with session(tmp_path, plan({"name": "a", "command": QUIET})) as rig:
        rig.start()
        log = rig.folder.attempt(1, "a", 1).log
        wait_for(lambda: rows_of(log.with_name("readings.jsonl")), "the first reading")
        log.unlink()
        if instead is not None:
            instead(log)
        wait_for(lambda: shrunk(rig) == [10], "a word about the log")
        (rig.folder.path / "go").touch()
        rig.end()
        assert rig.outcome() == "succeeded"
        told = [event.text for event in rig.events if type(event).__name__ == "LogShrunk"]
        assert told == ["the log was removed by another process, 10 bytes of it were read; what follows is in no file"]


def test_an_empty_log_that_is_removed_is_lost_too(tmp_path: Path) -> None:
    """Nothing of it was read, and yet it is told; one that was never there is not."""
    path = tmp_path / "log"
    tail = Tail(path)
    assert tail.look() is None
    assert tail.lost is None
    path.touch()
    assert tail.look() is None
    path.unlink()
    assert tail.look() is None
    assert tail.lost == 0
