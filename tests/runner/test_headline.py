"""The headline metric of a session whose plan names none: chosen, said, changed by a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autotrain_tui.errors import RefusedError, UsageError
from autotrain_tui.metrics.headline_choice import MetricRanges, choose_headline
from autotrain_tui.plan.model import Metric
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.fold import fold
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.choose_metric import choose_metric
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.text.metric_goal import metric_choice, usual_goal
from tests.runner.rig import python, session, wait_for

STAGE = {"name": "a", "resumable": True}
LOG = (
    "import os, time, pathlib\n"
    "for step in range(5):\n"
    "    print(f'step {step} loss {1 - step / 10:.2f} acc {step / 10:.2f}', flush=True)\n"
    "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"
    "for epoch in range(3):\n"
    "    print(f'epoch {epoch} val_loss {2 - epoch / 10:.2f} val_acc {0.5 + epoch / 10:.2f}', flush=True)\n"
    "while not pathlib.Path('end').exists(): time.sleep(0.01)\n"
)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["acc", "loss", "lr"], ("loss", "min")),
        (["loss", "val_acc"], ("val_acc", "max")),
        (["loss", "val_acc", "eval_loss"], ("eval_loss", "min")),
        (["aux_loss", "total_aux_loss", "loss"], ("loss", "min")),
        (["mean_reward", "tokens_per_second", "grad_norm"], ("mean_reward", "max")),
        (["trainLoss"], ("trainLoss", "min")),
        (["lr", "foo", "step_time"], None),
    ],
)
def test_validation_comes_before_training_and_a_loss_before_an_accuracy(
    names: list[str], chosen: tuple[str, str] | None
) -> None:
    """The choice is the same in any order of the names, and never a rate, a setting, or a name without a goal."""
    for order in (names, names[::-1]):
        found = choose_headline(order, None)
        assert (None if found is None else (found.name, found.goal)) == chosen


def test_only_a_better_name_replaces_a_chosen_one() -> None:
    """A later validation metric replaces a chosen training metric, never the other way round."""
    assert choose_headline(["loss", "val_acc"], Metric("loss", "min")) == Metric("val_acc", "max")
    assert choose_headline(["loss", "acc"], Metric("val_acc", "max")) is None
    assert choose_headline(["loss"], Metric("loss", "min")) is None


def test_goals_of_names_and_of_what_a_person_writes() -> None:
    """A loss word wins over an accuracy word; a name that says neither needs its goal."""
    assert [usual_goal(name) for name in ("score_loss", "top1", "rmse", "mAP50", "x")] == [
        "min",
        "max",
        "min",
        "max",
        None,
    ]
    assert metric_choice("a:b:max") == ("a:b", "max")
    assert metric_choice("val_loss") == ("val_loss", "min")
    for text in ("speed", ":max", "", "x" * 200 + ":min"):
        with pytest.raises(UsageError, match="metric: "):
            metric_choice(text)


def test_ranges_know_the_best_of_any_metric() -> None:
    """Least and greatest are kept for each name, and three values make a name one to choose."""
    ranges = MetricRanges()
    for value in (0.5, 0.2, 0.9):
        assert ranges.grown is False
        ranges.see("acc", value)
    assert ranges.grown
    assert ranges.names(ended=False) == ["acc"]
    assert (ranges.best(Metric("acc", "max")), ranges.best(Metric("acc", "min"))) == (0.9, 0.2)
    assert ranges.journaled(None) == {"acc": (0.2, 0.9)}


def test_ranges_know_where_the_best_was() -> None:
    """The place is that of the first of equal values; a final value is where the log printed it with fewer digits."""
    ranges = MetricRanges()
    for epoch, value in enumerate((0.51, 0.4321, 0.4321, 0.6), 1):
        ranges.see("val_loss", value, epoch * 100, float(epoch))
    metric = Metric("val_loss", "min")
    assert ranges.best_at(metric) == (200, 2.0)
    ranges.see_final("val_loss", 0.43206)
    assert (ranges.best(metric), ranges.best_at(metric)) == (0.43206, (200, 2.0))
    assert ranges.journaled_places(None) == {"val_loss": ((200, 2.0), (400, 4.0))}
    ranges.see_final("val_loss", 0.3)
    assert (ranges.best(metric), ranges.best_at(metric)) == (0.3, (None, None))


def test_a_persons_choice_wins_over_the_runners() -> None:
    """After a person's event a chosen one changes nothing, and the best values of ended attempts are the new metric's."""
    created = ev.SessionCreated(plan="p", stages=[ev.StageDefinition("a", 1)])
    events = [
        created,
        ev.RunnerStarted(pid=1),
        ev.AttemptStarting(stage="a", attempt=1, folder="f"),
        ev.AttemptRunning(stage="a", attempt=1, pid=2),
        ev.MetricChosen(name="loss", goal="min", chosen=True),
        ev.AttemptEnded(
            stage="a",
            attempt=1,
            state="succeeded",
            best=0.1,
            ranges={"loss": (0.1, 0.9), "acc": (0.2, 0.8)},
            places={"acc": ((100, 1.0), (800, 8.0))},
        ),
        ev.MetricChosen(name="acc", goal="max", by="ada"),
        ev.MetricChosen(name="val_loss", goal="min", chosen=True),
    ]
    state = fold(events)
    assert state is not None
    assert (state.metric_name, state.metric_goal, state.metric_chosen) == ("acc", "max", False)
    attempt = state.stages[0].attempts[0]
    assert (attempt.best, attempt.best_step, attempt.best_epoch) == (0.8, 800, 8.0)


@pytest.mark.process
def test_a_running_session_chooses_then_a_person_does(tmp_path: Path) -> None:
    """The runner chooses the training loss, then the validation's; a command replaces it, and so does one after the end."""
    plan = {"name": "t", "stage": [{**STAGE, "command": python(LOG)}]}
    with session(tmp_path, plan) as rig:
        rig.start()
        wait_for(lambda: load_view(rig.folder).session.metric_name == "loss", "loss is chosen")
        (tmp_path / "go").touch()
        wait_for(lambda: load_view(rig.folder).session.metric_name == "val_loss", "val_loss is chosen")
        wait_for(lambda: (show(load_view(rig.folder))["metric"] or {}).get("best") == 1.8, "the best is live")
        with pytest.raises(RefusedError, match="already has a runner"):
            choose_metric(rig.folder, "acc", "max")
        answer = send_command(rig.folder, "metric", args={"name": "val_acc", "goal": "max"})
        assert answer.accepted
        (tmp_path / "end").touch()
        view = rig.end()
        row = show(view)["metric"]
        assert row == {
            "name": "val_acc",
            "goal": "max",
            "last": 0.7,
            "best": 0.7,
            "best_step": None,
            "best_epoch": 2.0,
            "best_stage": "a",
            "chosen": False,
        }
        wait_for(lambda: load_view(rig.folder).alive is False, "the runner has left")
        before = rig.folder.lock.read_bytes()
        choose_metric(rig.folder, "loss", "min")
        assert rig.folder.lock.read_bytes() == before
        assert show(load_view(rig.folder))["metric"]["best"] == 0.6
        assert json.loads(rig.folder.summary.read_bytes())["row"]["metric"]["name"] == "loss"
        assert load_view(rig.folder).problems == ()
