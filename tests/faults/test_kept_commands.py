"""A person's request or a policy's decision outlives the runner that took it (FAULTS P2, P6, S11)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.runner.rig import Rig, plan, python, session, wait_for

SLOW = python(r"""
import os, pathlib, signal, sys, time
go = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"]) / "go"
if os.environ["AUTOTRAIN_ATTEMPT"] != "1":
    print("attempt", os.environ["AUTOTRAIN_ATTEMPT"], sys.argv[1:], os.environ["AUTOTRAIN_RESUME"], flush=True)
    sys.exit(0)
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
print("ready", flush=True)
if sys.argv[2:] == ["nan"]: print("step 1 loss: nan", flush=True)
while not asked: time.sleep(0.01)
print("stopping", flush=True)
while not go.exists(): time.sleep(0.01)
""")
"""Ends some time after it was asked to; a later attempt says what it was given."""

STAGE = {"name": "a", "batch_size": 32, "resumable": True, "command": [*SLOW, "{batch_size}"]}


def killed_while_stopping(rig: Rig) -> None:
    rig.said("a", "stopping")
    rig.kill_runner()


def test_a_retry_outlives_the_runner_that_took_it(tmp_path: Path) -> None:
    """Retry from scratch with another batch size, the runner killed while the stage saves: the next one executes the
    retry, with the changes; whether the old attempt ended before or after it came.
    """
    for ended_before in (True, False):
        folder = tmp_path / str(ended_before)
        folder.mkdir()
        with session(folder, plan(STAGE)) as rig:
            rig.start()
            rig.said("a", "ready")
            assert rig.ask("retry", "a", args={"from_scratch": True, "set:batch_size": 16}).accepted
            killed_while_stopping(rig)
            if ended_before:
                (rig.folder.path / "go").touch()
                wait_for((rig.folder.attempt(1, "a", 1).path / "exit.json").exists, "its end")
                rig.start()
            else:
                rig.start()
                (rig.folder.path / "go").touch()
            view = rig.end()
            assert rig.outcome() == "succeeded"
            assert "attempt 2 ['16'] 0" in rig.log("a", 2)
            assert [str(one.state) for one in view.session.stages[0].attempts] == ["stopped", "succeeded"]


def test_a_later_request_takes_a_retrys_place(tmp_path: Path) -> None:
    """Retry, then skip while it still saves: it is skipped, and not run again."""
    with session(tmp_path, plan(STAGE)) as rig:
        rig.start()
        rig.said("a", "ready")
        assert rig.ask("retry", "a").accepted
        rig.said("a", "stopping")
        assert rig.ask("skip", "a").accepted
        (rig.folder.path / "go").touch()
        view = rig.end()
        assert (str(view.session.stages[0].state), len(view.session.stages[0].attempts)) == ("skipped", 1)


def test_a_skip_after_a_pause_is_not_forgotten(tmp_path: Path) -> None:
    """A pause never kills; a skip after it does, after its grace: also when the runner died between the two signals."""
    stage = {**STAGE, "stop": {"signal": "TERM", "grace_seconds": 0.5}}
    with session(tmp_path, plan(stage)) as rig:
        rig.start()
        rig.said("a", "ready")
        assert rig.ask("pause").accepted
        rig.said("a", "stopping")
        assert rig.ask("skip", "a").accepted
        # as a runner leaves it that dies before it gives the order: the pause's order is still in force
        rig.kill_runner()
        order = rig.folder.attempt(1, "a", 1).path / "stop.json"
        order.write_text(
            order.read_text()
            .replace('"sent_by": "skip"', '"sent_by": "pause"')
            .replace('"grace_seconds": 0.5', '"grace_seconds": null')
        )
        rig.start()
        view = rig.end()  # it never ends by itself
        assert str(view.session.stages[0].state) == "skipped"
        assert view.session.stages[0].attempt.end.signal == signal.SIGKILL


def test_a_policys_reason_outlives_the_runner(tmp_path: Path) -> None:
    """A stage that a policy ends for its loss: the next runner still knows the class, and retries by the same rule."""
    retries = {"nan": {"count": 1, "action": "retry_from_scratch", "change": {"batch_size": "x0.5"}}}
    stage = {**STAGE, "command": [*SLOW, "{batch_size}", "nan"], "retries": retries}
    with session(tmp_path, plan(stage)) as rig:
        rig.start()
        killed_while_stopping(rig)
        (rig.folder.path / "go").touch()
        rig.start()
        view = rig.end()
        first, second = view.session.stages[0].attempts
        assert (first.end.failure, str(second.state)) == ("nan", "succeeded")
        assert second.params["batch_size"] == 16


def test_a_metric_read_before_the_death_counts_at_the_end(tmp_path: Path) -> None:
    """A gate on a value that only the former runner saw opens all the same."""
    code = python(
        "import os, pathlib, time\nprint('epoch 1 accuracy: 0.97', flush=True)\n"
        "while not (pathlib.Path(os.environ['AUTOTRAIN_SESSION_DIR']) / 'go').exists(): time.sleep(0.01)"
    )
    with session(tmp_path, plan({"name": "a", "command": code, "gate": {"metric": "accuracy", "min": 0.9}})) as rig:
        rig.start()
        wait_for(lambda: rig.view().live.get("a") and rig.view().live["a"].metrics, "the value")
        rig.kill_runner()
        rig.start()
        (rig.folder.path / "go").touch()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert view.session.stages[0].attempt.best == 0.97
        assert os.path.exists(rig.folder.summary)
