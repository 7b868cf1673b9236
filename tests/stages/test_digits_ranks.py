"""The digits learnt by two processes: the same result as one, exact resume, and what happens if a rank ends early."""

from __future__ import annotations

import os
import signal
import sys
import tomllib
from pathlib import Path

import pytest

from autotrain_tui.session.records.rank_files import read_ranks
from tests.runner.rig import Rig, session, wait_for
from tests.stages.digits_program import PROJECT, SMALL, Attempts, program_modules

pytestmark = pytest.mark.process

RANKS = PROJECT / "stages" / "digits" / "train_ranks.py"
PLAN = PROJECT / "stages" / "digits-ranks.toml"
WAITING = f"""
import os, sys, time
sys.path.insert(0, {str(RANKS.parent)!r})
import report, signal_flags
say, note, asked = report.say, signal_flags.SignalFlags._note, []
def note_and_tell(self, number, frame):
    note(self, number, frame)
    asked.append(number)
def say_and_wait(text):
    say(text)
    while "epoch 2/4 step 40/40" in text and os.environ["AUTOTRAIN_RESUME"] != "1" and not asked:
        time.sleep(0.01)
report.say, signal_flags.SignalFlags._note = say_and_wait, note_and_tell
import train_ranks
train_ranks.__file__ = __file__
run = train_ranks.learn if train_ranks._ADDRESS in os.environ else train_ranks.start
sys.exit(run(sys.argv[1:], os.environ))
"""
"""Runs the program so that each rank of the first attempt waits at the end of its second epoch for a signal: no race."""


class RankAttempts(Attempts):
    """Attempts of the program that starts ranks."""

    def run(self, *flags: str, resume: bool = False) -> int:
        return self._run([str(RANKS), *flags], resume=resume)


def test_two_ranks_learn_what_one_process_learns(tmp_path):
    """The mean loss of every batch is that of one process, but for the rounding of sums."""
    one, two = Attempts(tmp_path / "one"), RankAttempts(tmp_path / "two")
    assert one.run(*SMALL) == 0
    assert two.run("--ranks", "2", *SMALL) == 0, two.lines
    losses = [[line["loss"] for line in each.metrics if "accuracy" in line] for each in (one, two)]
    assert losses[0] == pytest.approx(losses[1], rel=0.1)
    assert two.result["accuracy"] == pytest.approx(one.result["accuracy"], abs=0.1)


def test_ranks_hold_the_same_weights():
    """Ranks that get parts of a batch make the step of the whole batch."""
    with program_modules("network", "data") as [network, data]:
        digits = data.load()
        whole = network.Network(network.initial_weights(0))
        images, labels = digits.images[:30], digits.labels[:30]
        loss, grad = whole.gradients(images, labels)
        parts = [whole.gradients(images[rank::3], labels[rank::3]) for rank in range(3)]
        assert sum(part[0] for part in parts) / 3 == pytest.approx(loss, rel=1e-5)
        for name, value in grad.items():
            assert sum(part[1][name] for part in parts) / 3 == pytest.approx(value, abs=1e-5)


def small_plan(program: Path = RANKS, **stage: object) -> dict[str, object]:
    """The shipped plan with one small stage."""
    table = tomllib.loads(PLAN.read_text())
    table["command"][1] = str(program)
    first = {"name": "small", "dataset_limit": 640, "epochs": 4, "batch_size": 16, **stage}
    return {**table, "python": sys.executable, "stage": [first]}


def trains(rig: Rig, attempt: int = 1) -> Path:
    """Wait until both ranks learn; the attempt's folder."""
    rig.start()
    folder = rig.folder.attempt(1, "small", attempt)
    logs = [folder.rank_log(rank) for rank in range(2)]
    wait_for(lambda: all(log.exists() and "epoch 2/" in log.read_text() for log in logs), "both ranks to learn")
    return folder.path


def test_a_stop_and_a_resume_change_no_bit(tmp_path):
    """A stop reaches both ranks, rank 0 saves, and the next attempt ends with the weights of an undisturbed training."""
    straight = RankAttempts(tmp_path / "straight")
    assert straight.run("--ranks", "2", *SMALL) == 0
    waiting = tmp_path / "waiting.py"
    waiting.write_text(WAITING)
    with session(tmp_path, small_plan(waiting)) as rig:
        trains(rig)
        assert rig.ask("pause").accepted
        rig.until("small", "paused")
        assert "rank 0 saves" in rig.folder.attempt(1, "small", 1).rank_log(1).read_text()
        assert rig.ask("resume").accepted
        rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        result = rig.folder.attempt(1, "small", 2).path / "result.json"
        assert result.read_text() == straight.result_path.read_text()
        assert "going on in epoch" in rig.folder.attempt(1, "small", 2).rank_log(1).read_text()


def test_a_killed_rank_is_named(tmp_path):
    """The other rank notices it and ends; the stage's reason names the one that was killed."""
    with session(tmp_path, small_plan(epochs=500)) as rig:
        folder = trains(rig)
        os.kill(read_ranks(folder)[1].pid, signal.SIGKILL)
        rig.end()
        end = rig.stage("small").attempt.end
        assert (rig.stage("small").state, end.failed_rank) == ("failed", 1)
        assert end.reason.startswith("rank 1 failed first: ended by signal 9")
        assert "another rank has ended" in rig.folder.attempt(1, "small", 1).rank_log(0).read_text()
