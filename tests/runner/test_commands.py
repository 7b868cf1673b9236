"""Every command of a person, on real stages: sent, answered, journaled, executed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autotrain_tui.session.history.documents import show
from autotrain_tui.session.history.metric_points import series_of
from autotrain_tui.verbs import REQUESTS
from tests.runner.rig import Rig, plan, python, session, wait_for
from tests.runner.stages import STUBBORN, TRAINER, TREE

pytestmark = pytest.mark.process

TRAIN = {"command": python(TRAINER), "resumable": True, "checkpoint_signal": "USR1"}
QUICK = {"command": ["true"]}


SLOW_ANSWERS = """
import asyncio, sys
from autotrain_tui.runner.core.journaled_state import JournaledState
write = JournaledState.write
async def late(self, event):
    await asyncio.sleep(type(event).__name__ == "CommandTaken" and 0.5)
    return await write(self, event)
JournaledState.write = late
from autotrain_tui.runner.__main__ import main
sys.exit(main([sys.argv[1]]))
"""


def let_go(rig: Rig) -> None:
    (rig.folder.path / "go").touch()


def state_letter(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_pause_saves_and_resume_goes_on_as_one_line(tmp_path: Path) -> None:
    """Pause ends the process after its checkpoint; resume is a new attempt that goes on from there."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", **QUICK})) as rig:
        rig.start()
        rig.said("a", "step 3")
        assert rig.ask("pause", reason="lunch").accepted
        stage = rig.until("a", "paused")
        assert stage.attempt.end.exit_code == 0
        assert stage.reason == "lunch (paused on request, exit code 0)"
        assert not Path(f"/proc/{stage.attempt.pid}").exists()
        saved = int(re.findall(r"saved at (\d+)", rig.log("a"))[0])
        assert show(rig.view())["stages"][0]["progress"]["step"] == saved
        assert rig.ask("resume").accepted
        rig.until("a", "running")
        rig.said("a", f"from {saved}", attempt=2)
        let_go(rig)
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert [attempt.resume for attempt in view.session.stages[0].attempts] == [False, True]


def test_a_program_that_counts_anew_after_a_resume_has_one_line(tmp_path: Path) -> None:
    """Its series of the second attempt says by how much it is moved, and supersedes nothing."""
    code = TRAINER.replace('print("step", step,', 'print("step", step - begin,').replace(
        "lines = ", "begin = step; lines = "
    )
    code = code.replace('"step": step,', '"step": step - begin,')
    with session(tmp_path, plan({"name": "a", "command": python(code), "resumable": True})) as rig:
        rig.start()
        rig.said("a", "step 9")
        assert rig.ask("pause").accepted
        rig.until("a", "paused")
        assert rig.ask("resume").accepted
        rig.said("a", "step 4", attempt=2)
        let_go(rig)
        rig.end()
        first, second = [series for series in series_of(rig.view()) if series.name == "loss"]
        assert (first.offset, first.superseded_from) == (0.0, None)
        assert second.points[0][0] == 1
        assert second.offset == first.points[-1][0] >= 9


def test_pause_of_a_stage_that_cannot_resume_freezes_it(tmp_path: Path) -> None:
    """Pause of a stage without a checkpoint is a freeze; resume thaws it."""
    with session(tmp_path, plan({"name": "a", "command": python(TREE)})) as rig:
        rig.start()
        rig.said("a", "child")
        pids = [int(pid) for pid in re.findall(r"tree (\d+) (\d+)", rig.log("a"))[0]]
        assert rig.ask("pause").accepted
        assert rig.stage("a").state == "frozen"
        assert [state_letter(pid) for pid in pids] == ["T", "T"]
        size = len(rig.log("a"))
        assert rig.ask("resume").accepted
        wait_for(lambda: len(rig.log("a")) > size, "the stage to go on")
        assert rig.ask("kill").accepted
        rig.end()


def test_a_frozen_stage_is_stopped_within_its_grace(tmp_path: Path) -> None:
    """Stop of a frozen stage: the signal, then SIGCONT, so that it can save."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.said("a", "step 3")
        assert rig.ask("freeze").accepted
        assert rig.stage("a").state == "frozen"
        assert rig.ask("stop").accepted
        view = rig.end()
        assert "saved at" in rig.log("a")
        assert (rig.outcome(), str(view.session.stages[0].state)) == ("stopped", "stopped")
        assert view.session.stages[0].attempt.end.sent_by == "stop"


def test_skip_of_a_running_and_of_a_waiting_stage(tmp_path: Path) -> None:
    """A skipped stage ends or never starts, with its reason, and the plan goes on."""
    stages = [{"name": "a", "command": python(TREE)}, {"name": "b", **QUICK}, {"name": "c", **QUICK}]
    with session(tmp_path, plan(*stages)) as rig:
        rig.start()
        rig.said("a", "child")
        assert rig.ask("skip", "b", reason="not today").accepted
        assert rig.stage("b").state == "skipped"
        assert rig.ask("skip", reason="too slow").accepted
        view = rig.end()
        assert rig.outcome() == "succeeded"
        a, b, c = view.session.stages
        assert [str(stage.state) for stage in (a, b, c)] == ["skipped", "skipped", "succeeded"]
        assert (a.reason, b.reason) == ("too slow", "not today")
        assert not b.attempts


def test_a_skip_can_be_undone_before_its_turn_has_passed(tmp_path: Path) -> None:
    """Undo puts a skipped waiting stage back; once what needs it has begun it is refused."""
    stages = [{"name": "a", **TRAIN}, {"name": "b", **QUICK}, {"name": "c", **TRAIN}]
    with session(tmp_path, plan(*stages)) as rig:
        rig.start()
        rig.until("a", "running")
        rig.ask("skip", "b")
        assert rig.ask("unskip", "b").accepted
        assert rig.stage("b").state == "pending"
        rig.ask("skip", "b")
        let_go(rig)
        rig.until("c", "running", "succeeded")
        refused = rig.ask("unskip", "b")
        assert not refused.accepted
        assert "c" in refused.reason
        rig.end()


def test_hold_and_release(tmp_path: Path) -> None:
    """A held stage doesn't start although it could; released it does."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", **QUICK})) as rig:
        rig.start()
        rig.until("a", "running")
        assert rig.ask("hold", "b", reason="wait for data").accepted
        let_go(rig)
        rig.until("a", "succeeded")
        assert rig.stage("b").state == "held"
        assert rig.view().alive
        assert rig.ask("release").accepted
        rig.end()
        assert rig.outcome() == "succeeded"


def test_retry_from_checkpoint_and_from_scratch(tmp_path: Path) -> None:
    """Retry of a running stage ends the attempt and begins another, with the checkpoint or without it."""
    with session(tmp_path, plan({"name": "a", **TRAIN, "batch_size": 32})) as rig:
        rig.start()
        rig.said("a", "step 3")
        assert rig.ask("retry", "a").accepted
        rig.said("a", "from", attempt=2)
        assert "from 0" not in rig.log("a", 2)
        rig.said("a", "step", attempt=2)
        for value in ("many", 0, 1.5, True):
            refused = rig.ask("retry", "a", args={"set:batch_size": value})
            assert (refused.accepted, "--set batch_size: expected a whole number" in refused.reason) == (False, True)
        answer = rig.ask("retry", "a", args={"from_scratch": True, "set:batch_size": 16})
        assert answer.accepted, answer
        rig.said("a", "from 0", attempt=3)
        assert (rig.folder.stage(1, "a") / "checkpoints.before-1" / "step").exists()
        assert rig.stage("a").attempt.params["batch_size"] == 16
        let_go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_checkpoint_now_goes_on(tmp_path: Path) -> None:
    """Checkpoint sends the plan's signal and training goes on."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.said("a", "step 2")
        assert rig.ask("checkpoint").accepted
        rig.said("a", "saved on request")
        let_go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_checkpoint_without_a_signal_is_refused(tmp_path: Path) -> None:
    """A plan that names no checkpoint_signal has no checkpoint command."""
    with session(tmp_path, plan({"name": "a", "command": python(TREE)})) as rig:
        rig.start()
        rig.until("a", "running")
        answer = rig.ask("checkpoint")
        assert not answer.accepted
        assert "checkpoint_signal" in answer.reason


def test_kill_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    """Kill ends the tree at once, a stage that ignores SIGTERM and its children included."""
    stage = {"name": "a", "command": python(STUBBORN), "stop": {"signal": "TERM", "grace_seconds": 600}}
    with session(tmp_path, plan(stage, {"name": "b", **QUICK})) as rig:
        rig.start()
        rig.said("a", "ready")
        pid = rig.pid("a")
        assert rig.ask("stop").accepted
        rig.said("a", "no")
        assert rig.stage("a").state == "stopping"
        assert rig.ask("kill").accepted
        view = rig.end()
        assert view.session.stages[0].attempt.end.signal == 9
        assert view.session.stages[0].attempt.end.sent_by == "kill"
        assert not Path(f"/proc/{pid}").exists()


def test_the_grace_ends_with_sigkill(tmp_path: Path) -> None:
    """A stage that ignores the stop signal is killed after its grace, not before."""
    stage = {"name": "a", "command": python(STUBBORN), "stop": {"signal": "TERM", "grace_seconds": 0.3}}
    with session(tmp_path, plan(stage)) as rig:
        rig.start()
        rig.said("a", "ready")
        rig.ask("stop")
        view = rig.end()
        end = view.session.stages[0].attempt.end
        assert (end.signal, end.sent_by) == (9, "stop")
        assert "no" in rig.log("a")


def test_budget_more_less_none(tmp_path: Path) -> None:
    """The budget can be changed while the session runs; nonsense is refused."""
    with session(tmp_path, plan({"name": "a", **TRAIN}, max_hours=1)) as rig:
        rig.start()
        rig.until("a", "running")
        assert rig.ask("budget", args={"add_seconds": 1800}).accepted
        assert rig.view().session.budget_seconds == 5400
        assert rig.ask("budget", args={"seconds": None}).accepted
        assert rig.view().session.budget_seconds is None
        for args in ({"seconds": -1}, {"seconds": 1e300}, {"seconds": "x"}, {}, {"add_seconds": 5}):
            assert not rig.ask("budget", args=args).accepted, args


@pytest.mark.parametrize("verb", sorted(name for name, verb in REQUESTS.items() if verb.target == "stage"))
def test_a_command_for_a_stage_that_is_not_there_is_refused(tmp_path: Path, verb: str) -> None:
    """Every verb that takes a stage refuses an unknown one with a sentence, and the session lives on."""
    with session(tmp_path, plan({"name": "a", **TRAIN})) as rig:
        rig.start()
        rig.until("a", "running")
        answer = rig.ask(verb, "zz")
        assert not answer.accepted
        assert "zz" in answer.reason
        let_go(rig)
        rig.end()
        assert rig.outcome() == "succeeded"


def test_races_have_one_outcome_each(tmp_path: Path) -> None:
    """Pause and skip at once, skip twice, resume of what runs: each is answered, and no state is impossible.

    The first skip may meet a program that has just ended, whose pause is not journaled yet: then the second is taken.
    """
    with session(tmp_path, plan({"name": "a", **TRAIN}, {"name": "b", **TRAIN})) as rig:
        rig.start()
        rig.said("a", "step 2")
        answers = [rig.ask(verb, "a") for verb in ("resume", "pause", "skip", "skip", "pause", "resume")]
        rig.until("a", "skipped")
        let_go(rig)  # b, which kept the session open for the last of the six
        rig.end()
        resumed, paused, *skips, paused_again, resumed_again = answers
        assert [each.accepted for each in (resumed, paused, paused_again, resumed_again)] == [False, True, False, False]
        assert sorted(skip.accepted for skip in skips) == [False, True], skips
        assert skips[0].accepted or "ended" in skips[0].reason, skips
        taken = [event.id for event in rig.events if type(event).__name__ == "CommandTaken"]
        assert len(taken) == len(set(taken)) == 6
        assert os.listdir(rig.folder.done)


def test_a_stop_is_answered_though_the_session_ends_first(tmp_path: Path) -> None:
    """The runner ends only when the command that ended its session is journaled as taken."""
    with session(
        tmp_path, plan({"name": "a", "command": python("print(1, flush=True); import time; time.sleep(99)")})
    ) as rig:
        rig.runners.append(subprocess.Popen([sys.executable, "-c", SLOW_ANSWERS, rig.folder.path]))
        rig.said("a", "1")
        assert rig.ask("stop").accepted
        rig.end()
        assert rig.outcome() == "stopped"
