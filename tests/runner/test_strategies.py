"""Strategies over real stages: what they start, what they journal, and that a replay of the journal decides the same."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.strategy import Run
from autotrain_tui.runner.schedule.headline_series import headline_series
from autotrain_tui.runner.schedule.planner import Planner
from autotrain_tui.session.history.narration import narrate
from autotrain_tui.session.journal.events import AttemptStarting, Decision
from autotrain_tui.session.journal.fold import apply
from autotrain_tui.session.journal.journal_file import read_journal
from tests.runner.rig import Rig, plan, python, session, wait_for

pytestmark = pytest.mark.process

WORK = python(
    "import json,os,sys,time\n"
    "limit, epochs = int(sys.argv[1]), int(sys.argv[2])\n"
    "time.sleep(limit * epochs / 1000)\n"
    "values = json.loads(os.environ.get('VALUES', '{}'))\n"
    "value = values.get(os.environ['AUTOTRAIN_STAGE'], 0.5)\n"
    "json.dump({'accuracy': value}, open(os.environ['AUTOTRAIN_RESULT'], 'w'))\n"
)
COMMAND = [*WORK, "{dataset_limit}", "{epochs}"]


def stage(name: str, limit: int, epochs: int, **more: object) -> dict[str, object]:
    return {"name": name, "dataset_limit": limit, "epochs": epochs, **more}


def decisions(rig: Rig) -> list[Decision]:
    rig.view()
    return [event for event in rig.events if isinstance(event, Decision)]


def ran(rig: Rig) -> list[tuple[str, object, object]]:
    rig.view()
    return [
        (event.stage, event.params.get("dataset_limit"), event.params.get("epochs"))
        for event in rig.events
        if isinstance(event, AttemptStarting)
    ]


def replay(rig: Rig) -> list[str]:
    """Ask the strategy again, with the state before each of its journaled decisions; the names it answers."""
    chosen = load_plan(rig.folder.plan)
    planner = Planner(chosen, [], lambda _session, stage: headline_series(rig.folder, stage, chosen.metric))
    state = None
    answers = []
    for event in read_journal(rig.folder.journal).events:
        if isinstance(event, Decision) and state is not None:
            pending = [
                one
                for one in state.stages
                if one.name != event.stage or one.attempts or one.name in {listed.name for listed in chosen.stages}
            ]
            answer = planner.next(msgspec.structs.replace(state, stages=tuple(pending)), event.mono)
            assert isinstance(answer.run, Run), answer
            answers.append(answer.run.stage.name)
        state = apply(state, event)
    return answers


def test_ladder_repeats_the_last_stage_until_the_budget_ends(tmp_path: Path) -> None:
    """`after_last = "repeat"`: the last stage again under a name of its own, until the next no longer fits."""
    stages = [
        stage("a", 10, 1, estimate_minutes=0.001, timeout_minutes=1),
        stage("b", 300, 1, estimate_minutes=0.008, timeout_minutes=1),
    ]
    with session(tmp_path, plan(*stages, command=COMMAND, after_last="repeat", max_hours=1.0)) as rig:
        rig.start()
        wait_for(lambda: rig.view().session.stage("b-2"), "the first repetition")
        assert rig.ask("budget", args={"seconds": rig.view().elapsed_seconds + 1}).accepted
        rig.end()
        assert rig.outcome() == "budget"
        names = [name for name, _, _ in ran(rig)]
        assert names[:3] == ["a", "b", "b-2"]
        assert [stage.decision for stage in rig.view().session.stages[:3]] == [
            "",
            "",
            'ladder: after_last = "repeat": "b" again, number 2',
        ]
        assert rig.view().session.reason.startswith(("the budget is used up before", '"b-'))
        assert replay(rig) == [event.stage for event in decisions(rig)]


def test_geometric_grows_data_and_shrinks_epochs(tmp_path: Path) -> None:
    """Each added stage has more data and fewer epochs, and says so."""
    text = plan(stage("a", 10, 8), command=COMMAND, strategy="geometric", geometric={"stages": 3, "shrink": 0.5})
    with session(tmp_path, text) as rig:
        rig.start()
        rig.end()
        assert rig.outcome() == "succeeded"
        assert ran(rig) == [("a", 10, 8), ("a-2", 20, 4), ("a-3", 40, 2)]
        assert "dataset_limit x2" in decisions(rig)[1].reason
        assert replay(rig) == ["a", "a-2", "a-3"]


def test_adaptive_stops_when_a_stage_brings_nothing(tmp_path: Path) -> None:
    """When the headline metric stays where it was, the plan ends early, with the reason journaled."""
    values = json.dumps({"a": 0.5, "b": 0.8, "c": 0.8, "d": 0.9})
    stages = [stage(name, 10, 1) for name in "abcd"]
    text = plan(*stages, command=COMMAND, strategy="adaptive", env={"VALUES": values})
    with session(tmp_path, text) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded"
        assert '"c" brought less than 0.50%' in view.session.reason
        assert [name for name, _, _ in ran(rig)] == ["a", "b", "c"]
        assert replay(rig) == ["a", "b", "c"]


def test_adaptive_goes_back_when_the_metric_falls(tmp_path: Path) -> None:
    """A fall of the headline metric sends the plan back to the stage before."""
    values = json.dumps({"a": 0.5, "b": 0.9, "c": 0.3, "b-2": 0.95, "c-2": 0.99})
    stages = [stage(name, 10, 1) for name in "abc"]
    text = plan(*stages, command=COMMAND, strategy="adaptive", env={"VALUES": values})
    with session(tmp_path, text) as rig:
        rig.start()
        rig.end()
        names = [name for name, _, _ in ran(rig)]
        assert names[:4] == ["a", "b", "c", "b-2"]
        assert any("fallen" in event.reason for event in decisions(rig))


@pytest.mark.parametrize("strategy", ["adaptive", "fit-budget"])
def test_a_decision_that_waits_to_be_carried_out_is_told_once(tmp_path: Path, strategy: str) -> None:
    """A stage that can't begin yet (no room for its folder, no free GPU) is decided on at every look, and told once."""
    with session(tmp_path, plan(stage("a", 1, 1), command=["true"], strategy=strategy, max_hours=1.0)) as rig:
        stages = rig.folder.path / "stages"
        stages.rmdir()
        stages.touch()
        rig.start()
        wait_for(lambda: decisions(rig), "the decision")
        for _ in range(3):
            assert rig.ask("budget", args={"seconds": 3600}).accepted
        stages.unlink()
        stages.mkdir(exist_ok=True)
        rig.end()
        assert rig.outcome() == "succeeded"
        assert len(decisions(rig)) == 1


def test_fit_budget_scales_what_is_to_come(tmp_path: Path) -> None:
    """With history and 60 % of the plan's time, every stage runs, in less time; what changed is journaled and told."""
    stages = [stage("a", 50, 20), stage("b", 100, 10), stage("c", 100, 20)]
    with session(tmp_path, plan(*stages, command=COMMAND)) as first:
        first.start()
        whole = first.end().session.used_seconds
    budget = 0.6 * whole
    with session(tmp_path, plan(*stages, command=COMMAND, strategy="fit-budget", max_hours=budget / 3600)) as rig:
        rig.start()
        view = rig.end()
        assert rig.outcome() == "succeeded", rig.tell()
        assert view.session.used_seconds < whole
        epochs = {name: count for name, _, count in ran(rig)}
        assert isinstance(epochs["c"], int)
        assert epochs["c"] < 20
        assert any("epochs" in event.changes for event in decisions(rig))
        last = view.session.stages[2]
        # where programs start slowly, that alone may take what the first stages saved: then the least is taken
        assert last.decision.startswith(("fit-budget: epochs x0.", "fit-budget: 1 stage to come need "))
        assert last.decision.endswith(f"; so epochs {epochs['c']} instead of 20")
        told = [narrate(event, view.session) for event in decisions(rig)]
        assert [line.text for line in told if line is not None][-1] == last.decision
        (start,) = (event for event in rig.events if isinstance(event, AttemptStarting) and event.stage == "c")
        assert (start.estimate_seconds or 0) < 0.8 * whole * 2000 / 4000, "the estimate is that of the changed stage"
