"""Searches that go wrong: trials that fail or say nothing, what a person does to them, and budgets."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.events import StageWaiting
from tests.runner.rig import Rig, python, session, wait_for
from tests.runner.sweeps import RATES, search, search_plan

pytestmark = pytest.mark.process


def until(rig: Rig, name: str, *states: str) -> None:
    """Wait until the trial is there, and in one of the states."""
    wait_for(lambda: rig.view().session.stage(name), f"{name} is added: {rig.tell()}")
    rig.until(name, *states)


def test_a_trial_that_fails_or_whose_loss_is_not_finite_is_out_and_the_search_succeeds(tmp_path: Path) -> None:
    """Trials that are out are told so, and the best of the others wins."""
    env = {"FAILS": "0.32", "LOST": "0.2", "PACE": "0.06"}
    with session(tmp_path, search_plan(search(), env=env, jobs=2)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        trials = {trial["params"]["lr"]: trial for trial in show(view)["stages"][0]["trials"]}
        assert (trials[0.32]["state"], trials[0.32]["reason"]) == ("failed", "exit code 3")
        assert (trials[0.2]["state"], trials[0.2]["reason"]) == ("failed", "loss is not a finite number")
        assert [lr for lr, trial in trials.items() if trial["winner"]] in ([0.1], [0.5])


BESIDE = """
import os, pathlib, sys, time
here = pathlib.Path(os.environ["AUTOTRAIN_SESSION_DIR"])
others = here / "others"
if os.environ["AUTOTRAIN_STAGE"] == "search.01":
    others.touch()
    while '"type":"stage_waiting"' not in (here / "journal.jsonl").read_text(): time.sleep(0.01)
    others.unlink()
if os.environ["AUTOTRAIN_STAGE"] == "search.02":
    while os.environ["AUTOTRAIN_ATTEMPT"] == "1" and not others.exists(): time.sleep(0.01)
    if others.exists():
        sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB")
print("epoch 1/1 accuracy 0.%s" % sys.argv[1], flush=True)
"""
"""The second trial has no memory while the first one runs."""


def test_a_trial_that_runs_out_of_memory_beside_others_runs_again_alone(tmp_path: Path) -> None:
    """Without a rule of the plan it is run once more when no other trial runs, and says so while it waits."""
    grid = {"name": "search", "sweep": {"method": "grid", "params": {"n": [1, 2, 3]}}}
    table = search_plan(grid, command=[*python(BESIDE), "{n}"], jobs=2, resumable=False)
    with session(tmp_path, table) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        again = view.session.stage("search.02").attempts
        assert [attempt.state for attempt in again] == ["failed", "succeeded"]
        waits = [event.reason for event in rig.events if isinstance(event, StageWaiting)]
        assert waits[0] == "waits to run alone: it ran out of memory beside other trials"
        others = [one for trial in view.session.trials for one in trial.attempts if one not in again]
        alone = again[1]
        assert all(
            one.started_mono + one.run_seconds <= alone.started_mono
            or one.started_mono >= alone.started_mono + alone.run_seconds
            for one in others
        )


def test_a_search_of_which_all_trials_fail_fails_with_one_sentence(tmp_path: Path) -> None:
    """The session fails, and its reason names the first trial and why it is out."""
    with session(tmp_path, search_plan(search(), env={"FAILS": " ".join(map(str, RATES))}, jobs=3)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "failed"
        assert view.session.reason == "stage search failed: all 6 trials are out; search.01: exit code 3"


def test_a_metric_that_never_comes_is_one_sentence(tmp_path: Path) -> None:
    """Trials that end well without a value of the plan's metric are no winners."""
    grid = {
        "name": "search",
        "epochs": 2,
        "sweep": {"method": "halving", "params": {"lr": [0.1, 0.2, 0.3]}, "trials": 3},
    }
    with session(tmp_path, search_plan(grid, env={"SAYS": "quality", "PACE": "0"}, jobs=3)) as rig:
        rig.start()
        view = rig.end()
        assert view.session.reason == (
            "stage search failed: none of its 3 trials gave a value of accuracy, by which the plan judges them"
        )


def test_trials_that_come_to_the_same_are_decided_by_their_number(tmp_path: Path) -> None:
    """The first of equals wins, and the reason says that they are equal."""
    grid = {"name": "search", "epochs": 2, "sweep": {"method": "grid", "params": {"lr": [0.2, 0.4]}}}
    with session(tmp_path, search_plan(grid, env={"PACE": "0"}, jobs=2)) as rig:
        rig.start()
        found = show(rig.end())["stages"][0]
        assert found["sweep"]["winner"] == "search.01"
        assert found["reason"].endswith("; all 2 that ran to their end came to the same, the first is taken")


def test_what_is_not_resumable_is_stopped_at_its_rung_and_started_anew(tmp_path: Path) -> None:
    """A promoted trial without a checkpoint begins again, and none is left paused."""
    with session(tmp_path, search_plan(search(), resumable=False, env={"PACE": "0.14"})) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert show(view)["stages"][0]["sweep"]["winner"] == "search.03"
        again = [attempt for trial in view.session.trials for attempt in trial.attempts[1:]]
        assert again
        assert not any(attempt.resume for attempt in again)
        assert "paused" not in {trial.state for trial in view.session.trials}


def test_a_person_promotes_skips_and_ends_a_search(tmp_path: Path) -> None:
    """`resume` lets a trial go on that rests, `skip` puts one out; of a search, `skip` ends it and others are refused."""
    with session(tmp_path, search_plan(search(trials=6), env={"PACE": "0.3"})) as rig:
        rig.start()
        until(rig, "search.01", "paused")
        answer = rig.ask("pause", "search")
        assert not answer.accepted
        assert answer.reason.startswith("stage search is a search: pause one of its trials (search.0")
        rig.ask("resume", "search.01", reason="it may come")
        wait_for(lambda: rig.stage("search.01").trial.goal == 1, "the promotion")
        until(rig, "search.02", "running", "paused")
        rig.ask("skip", "search.02", reason="no use")
        until(rig, "search.02", "skipped")
        rig.ask("skip", "search", reason="enough")
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert (view.session.stage("search").state, view.session.stage("search").reason) == ("skipped", "enough")
        assert not view.session.active
        assert "paused" not in {trial.state for trial in view.session.trials}


def test_a_search_that_is_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    """Stopped and resumed, the search keeps what rests, goes on with the trial that ran, and comes to its winner."""
    with session(tmp_path, search_plan(search(), env={"PACE": "0.1"})) as rig:
        rig.start()
        until(rig, "search.03", "running")
        rig.ask("stop")
        view = rig.end()
        assert (rig.outcome(), view.session.stage("search").state) == ("stopped", "stopped")
        rig.start()
        wait_for(lambda: rig.stage("search").state == "running", "the search runs again")
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert show(view)["stages"][0]["sweep"]["winner"] == "search.03"
        assert len(view.session.stage("search.03").attempts) >= 2


def test_a_trial_that_does_not_end_is_told_of_when_the_budget_is_used_up(tmp_path: Path) -> None:
    """One sentence with the way out; once it is skipped, the trials that ended decide."""
    grid = {"name": "search", "epochs": 2, "sweep": {"method": "grid", "params": {"lr": [0.2, 0.4]}}}
    endless = (
        "import sys, time\nprint('epoch 1/1 accuracy 0.5', flush=True)\ntime.sleep(0 if sys.argv[1] == '0.2' else 99)"
    )
    table = search_plan(grid, command=[*python(endless), "{lr}"], resumable=False)
    with session(tmp_path, table) as rig:
        rig.start()
        until(rig, "search.02", "running")
        assert rig.ask("budget", args={"seconds": 0.1}).accepted
        wait_for(lambda: any(alert.kind == "budget" for alert in rig.view().session.alerts), "the alert")
        alert = rig.view().session.alerts[-1]
        assert alert.text.startswith(
            "search.02 still runs although the budget is used up; end it with: autotrain-tui skip"
        )
        rig.ask("skip", "search.02")
        view = rig.end()
        assert (rig.outcome(), view.session.stage("search").winners) == ("succeeded", ("search.01",))
