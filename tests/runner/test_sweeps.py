"""Searches with the real runner: trials as stages, rungs, the winner, and what kills and failures make of them."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import pytest

from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.strategy import RunTrial
from autotrain_tui.runner.context.runner_context import RunnerContext
from autotrain_tui.runner.schedule.decision_event import event_of
from autotrain_tui.runner.schedule.planner import Planner
from autotrain_tui.runner.schedule.trial_values import TrialsSeen
from autotrain_tui.session.history.documents import row, show
from autotrain_tui.session.journal.events import Event, StageAdded, SweepEnded, TrialJudged, TrialPromoted
from autotrain_tui.session.journal.fold import apply
from autotrain_tui.session.journal.journal_file import read_journal
from tests.runner.rig import Rig, session, wait_for
from tests.runner.sweeps import RATES, search, search_plan

pytestmark = pytest.mark.process


def test_a_grid_runs_each_trial_as_a_stage_of_its_own_and_names_the_best(tmp_path: Path) -> None:
    """A grid search is one stage to whoever counts, its trials run as stages, and the session goes on with the best."""
    after = {"name": "after", "epochs": 2, "command": ["echo", "{best_lr}", "{lr}", "{previous_checkpoint_dir}"]}
    grid = {"name": "search", "epochs": 3, "sweep": {"method": "grid", "params": {"lr": [0.1, 0.32, 0.9]}}}
    with session(tmp_path, search_plan(grid, after, jobs=2)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        document = show(view)
        assert [stage["name"] for stage in document["stages"]] == ["search", "after"]
        found = document["stages"][0]
        assert (found["state"], found["sweep"]["winner"], found["sweep"]["trials"]) == ("succeeded", "search.02", 3)
        assert found["sweep"]["params"] == {"lr": 0.32}
        assert [trial["state"] for trial in found["trials"]] == ["succeeded"] * 3
        assert (row(view)["stages_done"], row(view)["stages_total"]) == (2, 2)
        folder = rig.folder.path / "stages" / "1-search.02" / "checkpoints"
        assert folder.is_dir()
        assert rig.log("after").split() == ["0.32", "0.32", str(folder)]


def test_halving_lets_losers_rest_and_goes_on_with_the_best(tmp_path: Path) -> None:
    """A trial that is not promoted is paused at its rung; at the end those that rest are stopped, and the best wins."""
    with session(tmp_path, search_plan(search(), env={"PACE": "0.12"})) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        found = show(view)["stages"][0]
        assert found["sweep"]["winner"] == "search.03", found["trials"]
        assert found["sweep"]["params"] == {"lr": RATES[2]}
        pruned = [trial for trial in found["trials"] if trial["reason"].startswith("pruned at rung ")]
        assert len(pruned) >= 4, found["trials"]
        assert {trial["state"] for trial in pruned} == {"stopped"}


DECISIONS = (StageAdded, TrialJudged, TrialPromoted, SweepEnded)


def decisions(rig: Rig) -> list[Event]:
    """What was decided about the search, in order."""
    return [event for event in read_journal(rig.folder.journal).events if isinstance(event, DECISIONS)]


def told(event: Event) -> tuple[str, ...]:
    """A decision without the moment when it was made."""
    match event:
        case StageAdded(info=info, reason=reason):
            return ("add", info.name, reason)
        case TrialJudged(stage=stage, rung=rung, value=value, promoted=promoted):
            return ("judge", stage, str(rung), str(value), str(promoted))
        case TrialPromoted(stage=stage, rung=rung, reason=reason):
            return ("promote", stage, str(rung), reason)
        case _:
            assert isinstance(event, SweepEnded)
            return ("end", *event.winners, event.reason)


def replay(rig: Rig) -> list[tuple[str, ...]]:
    """Decide again from the state before each decision; what comes of it."""
    plan = load_plan(rig.folder.plan)
    context = SimpleNamespace(plan=plan, session=None, folder=rig.folder, supervisors={}, state=None)
    context.best = lambda stage: RunnerContext.best(context, stage)
    context.stage = lambda name: RunnerContext.stage(context, name)
    planner = Planner(plan, [], lambda _session, _stage: [], lambda: TrialsSeen(context)())
    found = []
    for event in read_journal(rig.folder.journal).events:
        if isinstance(event, DECISIONS):
            watch = SimpleNamespace(furthest=1e9, epochs=None, total=None)
            judged = isinstance(event, TrialJudged)
            context.supervisors = {event.stage: SimpleNamespace(rungs=watch)} if judged else {}
            answer = planner.next(context.session, event.mono)
            if isinstance(answer.run, RunTrial):
                found.append(("add", answer.run.stage.name, answer.run.reason))
            else:
                assert answer.sweep is not None, (event, answer)
                found.append(told(event_of(answer.sweep)))
        context.session = apply(context.session, event)
        context.state = SimpleNamespace(session=context.session)
    return found


def test_a_journal_replays_to_the_same_decisions(tmp_path: Path) -> None:
    """Each decision follows from the state before it, so that the next runner decides as the one that was killed."""
    with session(tmp_path, search_plan(search(), env={"PACE": "0.06"})) as rig:
        rig.start()
        rig.end()
        assert replay(rig) == [told(event) for event in decisions(rig)]
        assert len(decisions(rig)) > 12


def test_a_runner_killed_at_random_decisions_comes_to_the_same_winner(tmp_path: Path) -> None:
    """However often the runner dies, no decision is made twice, and the decisions are those of a runner that lives."""
    source = random.Random(15)
    with session(tmp_path, search_plan(search(), env={"PACE": "0.06"})) as rig:
        rig.start()
        for _ in range(6):
            until = len(decisions(rig)) + source.randint(1, 3)
            wait_for(lambda until=until: len(decisions(rig)) >= until or rig.view().finished, "the next decision")
            if rig.view().finished:
                break
            rig.kill_runner()
            rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        made = [told(event)[:3] for event in decisions(rig)]
        assert len(made) == len(set(made)), made
        assert [told(event) for event in decisions(rig)] == replay(rig)
        assert show(view)["stages"][0]["sweep"]["winner"] == "search.03"
        assert not view.session.active
