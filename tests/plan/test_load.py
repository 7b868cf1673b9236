"""Loading: what each key becomes, and how the plan, its stages and its modes share values."""

from __future__ import annotations

from pathlib import Path

import pytest

from autotrain_tui.plan.loading.load import load_plan, parse_plan
from autotrain_tui.plan.model import Gate, Metric, MetricPattern, RetryRule, StopSettings
from autotrain_tui.plan.unsupported import unsupported
from tests.plan.plans import DESIGN_EXAMPLE, ladder, one

ROOT = Path(__file__).parents[2]


def test_the_example_of_the_design_loads() -> None:
    """Each of its keys ends where the parts above look for it."""
    plan = parse_plan(DESIGN_EXAMPLE, "digits.toml")
    stage = plan.stages[0]
    assert (plan.name, plan.default, plan.max_hours, plan.strategy) == ("digits", True, 8.0, "ladder")
    assert plan.metric == Metric("accuracy", "max")
    assert plan.modes["development"].values == {"scale": 0.1}
    assert (stage.name, stage.index, stage.dataset_limit, stage.epochs, stage.batch_size) == (
        "foundation",
        1,
        2000,
        20,
        32,
    )
    assert stage.resumable
    assert stage.command[8] == ("--scale", "{scale}")
    assert stage.needs == ()


@pytest.mark.parametrize("path", sorted((ROOT / "stages").glob("*.toml")), ids=lambda path: path.name)
def test_the_plans_that_ship_load(path: Path) -> None:
    """Every plan in this repository's own stages/ can be used."""
    assert load_plan(path).stages


def test_every_key_of_a_stage_is_read() -> None:
    """Values arrive typed, with SIG left off signals and whole numbers allowed where a number is meant."""
    stage = one(
        """
description = "d"
dataset_limit = 10
epochs = 2
batch_size = 4
scale = 1
params = { lr = 1e-4, opt = "adam", fast = true, seed = 7 }
env = { A = "1" }
env_from = ["HOME"]
cwd = "sub"
python = "/usr/bin/python3"
needs = []
estimate_minutes = 5
timeout_minutes = 30
timeout_multiplier = 3
stop = { signal = "SIGINT", grace_seconds = 5 }
checkpoint_signal = "usr1"
linger_seconds = 0
resumable = true
pty = true
gpus = 2
launcher = "slurm"
retries = { oom = { count = 2, delay_seconds = 5, action = "retry", change = { batch_size = "x0.5" } } }
gate = { metric = "accuracy", min = 0.9 }
metrics = [{ name = "loss", pattern = 'loss (?P<value>\\S+) at (?P<step>\\d+)' }]
log_limit_mb = 100
"""
    ).stages[0]
    assert stage.params == {"lr": 1e-4, "opt": "adam", "fast": True, "seed": 7}
    assert (stage.env, stage.env_from, stage.cwd, stage.python) == ({"A": "1"}, ("HOME",), "sub", "/usr/bin/python3")
    assert stage.stop == StopSettings("INT", 5.0)
    assert stage.checkpoint_signal == "USR1"
    assert stage.retries == {"oom": RetryRule(2, 5.0, "retry", {"batch_size": "x0.5"})}
    assert stage.gate == Gate("accuracy", 0.9, None)
    assert stage.metrics == (MetricPattern("loss", r"loss (?P<value>\S+) at (?P<step>\d+)"),)
    assert (stage.gpus, stage.pty, stage.linger_seconds, stage.log_limit_mb) == (2, True, 0.0, 100.0)
    assert list(stage.parameters) == ["dataset_limit", "epochs", "batch_size", "scale", "lr", "opt", "fast", "seed"]


def test_only_a_limit_that_a_person_gave_is_a_timeout() -> None:
    """timeout_minutes, else estimate_minutes times the multiplier, else none."""
    assert one().stages[0].timeout_seconds is None
    assert one("estimate_minutes = 5").stages[0].timeout_seconds == 600
    assert one("estimate_minutes = 5\ntimeout_multiplier = 3").stages[0].timeout_seconds == 900
    assert one("estimate_minutes = 5\ntimeout_minutes = 1").stages[0].timeout_seconds == 60


def test_a_stage_takes_the_plan_s_values_and_adds_its_own() -> None:
    """Single values are replaced; params, env, env_from and retries are joined, the stage's winning."""
    stage = one(
        'env = { B = "2" }\nenv_from = ["Y", "X"]\nresumable = false\nparams = { lr = 2 }\nretries = { nan = {} }',
        'env = { A = "1", B = "1" }\nenv_from = ["X"]\nresumable = true\nparams = { lr = 1, wd = 0 }\nscale = 2\n'
        "retries = { oom = { count = 2 } }",
    ).stages[0]
    assert stage.env == {"A": "1", "B": "2"}
    assert stage.env_from == ("X", "Y")
    assert not stage.resumable
    assert stage.params == {"lr": 2, "wd": 0}
    assert stage.scale == 2.0
    assert set(stage.retries) == {"oom", "nan"}


def test_a_stage_needs_the_one_before_unless_it_says_otherwise() -> None:
    """The default makes a chain; an empty list frees a stage; later stages may be needed too."""
    text = """
command = 'x'
[[stage]]
name = 'a'
needs = ['c']
[[stage]]
name = 'b'
[[stage]]
name = 'c'
needs = []
"""
    plan = parse_plan(text, "p.toml")
    assert [stage.needs for stage in plan.stages] == [("c",), ("a",), ()]


def test_a_command_may_be_a_text() -> None:
    """It is split as a shell splits words, once, when it is read."""
    stage = one("command = 'train --name \"two words\" {stage}'").stages[0]
    assert stage.command == ("train", "--name", "two words", "{stage}")


def test_a_gate_without_a_metric_means_the_headline_one() -> None:
    """In stages and in modes alike."""
    plan = ladder("gate = { min = 0.5 }\n[modes.research]\ngate = { min = 0.9 }")
    assert plan.stages[0].gate == Gate("acc", 0.5)
    assert plan.modes["research"].values["gate"] == Gate("acc", 0.9)


def test_a_plan_without_a_name_takes_its_file_s() -> None:
    """Made to follow the rule for names."""
    text = "command = 'x'\n[[stage]]\nname = 'a'"
    assert parse_plan(text, "stages/my plan.toml").name == "my-plan"
    assert parse_plan(text, "stages/....toml").name == "plan"


def test_a_budget_can_be_taken_away() -> None:
    """TOML has no null, so that the word is "none"; without the key it is 8 hours."""
    assert one(head='max_hours = "none"').budget_seconds is None
    assert one().budget_seconds == 8 * 3600


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(tmp_path: Path) -> None:
    """Files from other systems load, through links too."""
    path = tmp_path / "p.toml"
    path.write_bytes(b"\xef\xbb\xbfcommand = 'x'\r\n[[stage]]\r\nname = 'a'\r\n")
    link = tmp_path / "q.toml"
    link.symlink_to(path)
    assert load_plan(link).path == link


def test_a_thousand_stages_load() -> None:
    """And each needs the one before."""
    plan = ladder(sizes=((10, 1, 1),) * 1000)
    assert len(plan.stages) == 1000
    assert plan.stages[999].needs == ("s999",)


def test_a_long_text_is_not_taken_for_depth() -> None:
    """Dots in a description are words, not tables."""
    assert one(f'description = "{"a.b " * 500}"').stages


def test_the_four_modes_are_always_there() -> None:
    """Others follow those that every plan has."""
    plan = one(head="modes.tiny.scale = 0.01\nmodes.production.scale = 1")
    assert plan.mode_names == ("development", "research", "validation", "production", "tiny")


def test_what_a_launcher_can_not_do_is_told() -> None:
    """The plan loads, so that it can be shown, and says what can't be done: Ray would show variables of `env_from`."""
    (found,) = unsupported(one('launcher = "ray"\nenv_from = ["TOKEN"]'))
    assert found.place == "stage[1].env_from"
    assert found.text.startswith("Ray shows a job's variables to everybody")
    assert unsupported(one('launcher = "ray"')) == []
