"""The plans that ship: they load, say what they should, and call programs with the flags these take."""

from __future__ import annotations

import pytest

from autotrain_tui.plan.command import resolve_command
from autotrain_tui.plan.loading.find import pick_plan, plans_in
from autotrain_tui.plan.loading.load import load_plan
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.names import STANDARD_MODES
from autotrain_tui.plan.sweep.draw import draw_trials
from autotrain_tui.plan.sweep.trial_stage import trial_stage
from autotrain_tui.plan.unsupported import unsupported
from tests.stages.digits_program import PROJECT, program_modules

LADDER = [
    ("foundation", "Foundation Learning (small data, many epochs)", 2000, 20, 32),
    ("consolidation", "Consolidation (medium data, medium epochs)", 5000, 15, 64),
    ("refinement", "Refinement (large data, fewer epochs)", 10000, 12, 64),
    ("mastery", "Mastery (very large data, few epochs)", 20000, 8, 128),
    ("perfection", "Perfection (massive data, minimal epochs)", 50000, 5, 128),
]


def plan_of(name: str, **overrides):
    return resolve(load_plan(PROJECT / "stages" / f"{name}.toml"), Overrides(**overrides))


def words(stage, **values: str) -> list[str]:
    """The command of a stage with its parameters and these values filled in."""
    given = {"python": "python", "mode": "development", "result_path": "/r.json"}
    parameters = {name: str(value) for name, value in stage.parameters.items()}
    return resolve_command(stage, {**given, **parameters, **values})


def test_digits_is_the_default():
    """`run` without a plan trains the digits."""
    assert [path.stem for path in plans_in(PROJECT)] == ["classic", "digits-ranks", "digits-sweep", "digits"]
    assert pick_plan(PROJECT, None) == PROJECT / "stages" / "digits.toml"


@pytest.mark.parametrize("name", ["digits", "classic"])
@pytest.mark.parametrize("mode", STANDARD_MODES)
def test_both_hold_the_classic_ladder(name, mode):
    """Names, descriptions and figures of the five stages are the classic ones, in every mode, and all can be run."""
    plan = plan_of(name, mode=mode)
    assert [(s.name, s.description, s.dataset_limit, s.epochs, s.batch_size) for s in plan.stages] == LADDER
    assert [stage.needs for stage in plan.stages] == [(), *((stage.name,) for stage in plan.stages[:-1])]
    assert plan.max_hours == 8.0
    assert unsupported(plan) == []
    assert all(stage.timeout_seconds is None for stage in plan.stages)


def test_digits_metric_and_signals():
    """Accuracy is to rise; the program is resumable and saves on SIGTERM and SIGUSR1."""
    plan = plan_of("digits")
    assert (plan.metric.name, plan.metric.goal) == ("accuracy", "max")
    assert {(s.resumable, s.stop.signal, s.checkpoint_signal) for s in plan.stages} == {(True, "TERM", "USR1")}
    assert plan.stages[0].scale == 0.7
    assert plan_of("digits", mode="production").stages[0].scale is None


@pytest.mark.parametrize("mode", STANDARD_MODES)
def test_digits_command_is_what_the_program_takes(mode):
    """The program parses the resolved command of each stage to the stage's own figures."""
    plan = plan_of("digits", mode=mode)
    with program_modules("train") as [train]:
        for stage in plan.stages:
            python, script, *flags = words(stage)
            given = train.arguments(flags, {})
            assert (python, (PROJECT / script).is_file()) == ("python", True)
            assert (given.dataset_limit, given.epochs, given.batch_size) == (
                stage.dataset_limit,
                stage.epochs,
                stage.batch_size,
            )
            assert given.scale == (stage.scale or 1.0)
            assert given.results == ["/r.json"]


def test_digits_program_takes_the_classic_flags():
    """It can stand in for the classic program: the flags of the classic plan are flags of its own."""
    with program_modules("train") as [train]:
        for scale in (None, 0.5):
            stage = plan_of("classic", scale=scale).stages[2]
            given = train.arguments(words(stage)[2:], {})
            assert (given.dataset_limit, given.epochs, given.batch_size, given.scale) == (10000, 12, 64, scale or 1.0)


def test_classic_command_is_the_old_one():
    """The classic program gets exactly the flags that it always got."""
    plan = plan_of("classic")
    assert (plan.metric.name, plan.metric.goal, plan.default) == ("final_similarity", "max", False)
    assert words(plan.stages[0]) == [
        "python",
        "smart_resume_training.py",
        "--mode",
        "development",
        "--dataset-limit",
        "2000",
        "--additional-epochs",
        "20",
        "--batch-size",
        "32",
        "--output-json-path",
        "/r.json",
    ]
    assert words(plan_of("classic", scale=0.5).stages[0])[-2:] == ["--scale", "0.5"]
    assert not (PROJECT / "smart_resume_training.py").exists()


def test_starter_is_complete():
    """Everything that the digits plan needs lies beside it, so that it travels with the package."""
    files = {path.name for path in (PROJECT / "stages" / "digits").glob("*.py")}
    ranks = {"train_ranks.py", "peers.py"}
    assert files == ranks | {
        "train.py",
        "course.py",
        "checkpoint.py",
        "data.py",
        "network.py",
        "report.py",
        "signal_flags.py",
    }


def test_digits_ranks_is_two_processes():
    """The plan of ranks starts two by itself, without torch, and its program takes the flags of the digits."""
    plan = plan_of("digits-ranks")
    assert {(stage.ranks, stage.distributed.engine, stage.resumable) for stage in plan.stages} == {(2, "none", True)}
    with program_modules("train") as [train]:
        for stage in plan.stages:
            given = train.arguments(words(stage)[2:], {})
            assert (given.dataset_limit, given.epochs, given.batch_size) == (
                stage.dataset_limit,
                stage.epochs,
                stage.batch_size,
            )


def test_digits_sweep_is_what_the_program_takes():
    """Every trial of the search is a command that the program parses to the trial's learning rate and batch size."""
    plan = plan_of("digits-sweep")
    search = plan.stages[0]
    with program_modules("train") as [train]:
        for setting in draw_trials(search.sweep):
            trial = trial_stage(search, setting)
            given = train.arguments(words(trial)[2:], {})
            assert (given.lr, given.batch_size) == (setting.params["lr"], setting.params["batch_size"])
            assert (given.dataset_limit, given.epochs) == (search.dataset_limit, search.epochs)
    assert unsupported(plan) == []
    assert all(stage.resumable for stage in plan.stages)
