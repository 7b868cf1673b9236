"""Overrides: modes, the classic flags, --set, and which stages are left out."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from autotrain_tui.errors import PlanError, UsageError
from autotrain_tui.plan.change import changed_parameters, with_change
from autotrain_tui.plan.dump import dump_plan
from autotrain_tui.plan.keys import PLAN_KEYS, STAGE_KEYS
from autotrain_tui.plan.loading.choice import skipped_by
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.model import Gate, Plan
from autotrain_tui.plan.warnings import plan_warnings
from tests.plan.plans import DESIGN_EXAMPLE, ladder, one

DIGITS = parse_plan(DESIGN_EXAMPLE, "stages/digits.toml")


def test_the_default_mode_s_values_apply() -> None:
    """Without --mode it is development, or what the plan says; its values win over the plan's and the stages'."""
    resolved = resolve(DIGITS)
    assert (resolved.mode, resolved.scale, resolved.stages[0].scale) == ("development", 0.1, 0.1)
    plan = one("epochs = 5", 'mode = "tiny"\n[modes.tiny]\nepochs = 1\nmax_hours = 1')
    assert (resolve(plan).stages[0].epochs, resolve(plan).max_hours) == (1, 1.0)


def test_any_of_the_four_modes_can_be_chosen() -> None:
    """A plan that says nothing of a mode runs in it unchanged."""
    for mode in ("development", "research", "validation", "production"):
        assert resolve(DIGITS, Overrides(mode=mode)).mode == mode
    assert resolve(DIGITS, Overrides(mode="research")).scale is None


def test_a_mode_joins_tables() -> None:
    """params and env of a mode add to the stage's."""
    plan = one('env = { A = "1", B = "1" }', '[modes.research]\nenv = { B = "2" }')
    assert resolve(plan, Overrides(mode="research")).stages[0].env == {"A": "1", "B": "2"}


def test_flags_win_over_the_mode_and_sets_over_flags() -> None:
    """The nearer a value is to the person, the more it counts."""
    assert resolve(DIGITS, Overrides(scale=0.5)).stages[0].scale == 0.5
    assert resolve(DIGITS, Overrides(scale=0.5, sets=("scale=0.7",))).scale == 0.7
    resolved = resolve(
        DIGITS, Overrides(dataset_limit=100, batch_size=8, max_hours=1, timeout_multiplier=3, python="/opt/python")
    )
    stage = resolved.stages[0]
    assert (stage.dataset_limit, stage.batch_size, stage.timeout_multiplier, stage.python) == (
        100,
        8,
        3.0,
        "/opt/python",
    )
    assert resolved.max_hours == 1.0
    assert resolve(DIGITS, Overrides(max_hours="none")).max_hours is None


def test_a_stages_own_interpreter_comes_before_the_flag() -> None:
    """{python} is the key's, else --python's, else the environment's; --set changes the key itself."""
    plan = one('python = "/opt/own"')
    assert resolve(plan, Overrides(python="/opt/flag")).stages[0].python == "/opt/own"
    assert resolve(plan, Overrides(python="/opt/flag", sets=("python=/opt/set",))).stages[0].python == "/opt/set"
    assert resolve(one(""), Overrides(python="/opt/flag")).stages[0].python == "/opt/flag"


def test_resolving_again_changes_nothing() -> None:
    """A mode's values are used up, so that a session's plan keeps what flags have overridden."""
    resolved = resolve(DIGITS, Overrides(scale=0.5))
    assert resolve(resolved) == resolved
    assert resolved.modes["development"].values == {}


@pytest.mark.parametrize(
    ("sets", "read"),
    [
        ("epochs=3", lambda plan: plan.stages[1].epochs == 3),
        ("s2.epochs = 3", lambda plan: (plan.stages[0].epochs, plan.stages[1].epochs) == (20, 3)),
        ("lr=1e-4", lambda plan: plan.stages[0].params["lr"] == 1e-4),
        ("lr='text'", lambda plan: plan.stages[0].params["lr"] == "text"),
        ("lr=plain words", lambda plan: plan.stages[0].params["lr"] == "plain words"),
        ("lr=", lambda plan: plan.stages[0].params["lr"] == ""),
        ("lr=1\nx = 2", lambda plan: plan.stages[0].params["lr"] == "1\nx = 2"),
        ("params.new=7", lambda plan: plan.stages[0].params == {"lr": 0.5, "new": 7}),
        (
            "stop.grace_seconds=5",
            lambda plan: (plan.stages[0].stop.signal, plan.stages[0].stop.grace_seconds) == ("TERM", 5.0),
        ),
        ("stop={ signal = 'INT' }", lambda plan: plan.stages[4].stop.signal == "INT"),
        ("env.A=1", lambda plan: plan.stages[0].env == {"A": "1"}),
        ("env.A=[1]", lambda plan: plan.stages[0].env == {"A": "[1]"}),
        ("gate.min=0.9", lambda plan: plan.stages[0].gate == Gate("acc", 0.9)),
        ("python=3.10", lambda plan: plan.stages[0].python == "3.10"),
        ("jobs=2", lambda plan: plan.jobs == 2),
        ("max_hours=none", lambda plan: plan.max_hours is None),
        ("metric.goal=min", lambda plan: plan.metric.goal == "min"),
        ("resumable=true", lambda plan: all(stage.resumable for stage in plan.stages)),
        ("retries.oom.count=3", lambda plan: plan.stages[0].retries["oom"].count == 3),
        ("fit-budget.reserve=0.2", lambda plan: plan.strategy_tables["fit-budget"] == {"reserve": 0.2}),
        ("strategy=fit-budget", lambda plan: plan.strategy == "fit-budget"),
    ],
)
def test_set_finds_what_is_meant(sets: str, read: Callable[[Plan], bool]) -> None:
    """A key of the stages, of one stage, of the plan, a parameter, or a part of one; read as TOML, else as text."""
    plan = ladder("params = { lr = 0.5 }")
    assert read(resolve(plan, Overrides(sets=(sets,))))


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (Overrides(mode="developement"), 'no mode "developement" (did you mean "development"?)'),
        (Overrides(mode="x"), "development, production, research, validation"),
        (Overrides(scale=0), "--scale: expected a number above 0"),
        (Overrides(scale=math.nan), "--scale: "),
        (Overrides(max_hours=0), "--max-hours: expected a number above 0"),
        (Overrides(max_hours=-1), "--max-hours: "),
        (Overrides(max_hours=math.nan), "--max-hours: "),
        (Overrides(max_hours=1e9), "--max-hours: "),
        (Overrides(max_hours=math.inf), "--max-hours: "),
        (Overrides(dataset_limit=0), "--dataset-limit: expected a whole number from 1"),
        (Overrides(batch_size=-3), "--batch-size: "),
        (Overrides(timeout_multiplier=0), "--timeout-multiplier: "),
        (Overrides(python=""), "--python: "),
        (Overrides(sets=("epochs",)), "expected key=value"),
        (Overrides(sets=("=3",)), "expected key=value"),
        (Overrides(sets=("epocs=3",)), '--set epocs: the plan has no such key (did you mean "epochs"?)'),
        (Overrides(sets=("s2.epocs=3",)), 'stage "s2" has no such key (did you mean "epochs"?)'),
        (Overrides(sets=("s9.epochs=3",)), "no such key"),
        (Overrides(sets=("epochs=many",)), "--set epochs: expected a whole number"),
        (Overrides(sets=("epochs=0",)), "--set epochs: expected a whole number from 1"),
        (Overrides(sets=("epochs.x=3",)), "not a table"),
        (Overrides(sets=("mode=research",)), "use --mode"),
        (Overrides(sets=("adaptive.patient=3",)), "patience"),
        (Overrides(sets=("strategy=ladderr",)), 'did you mean "ladder"?'),
        (Overrides(sets=("env.HF_TOKEN=x",)), "env_from"),
        (Overrides(sets=("needs=['s9']",)), 'no stage "s9"'),
        (Overrides(sets=("\x1b[2J=3",)), "no such key"),
    ],
)
def test_wrong_overrides_are_refused(overrides: Overrides, words: str) -> None:
    """One clear error names the flag, what was expected and the nearest valid name."""
    with pytest.raises(UsageError) as caught:
        resolve(ladder(), overrides)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_placeholder_without_a_value_is_refused_when_all_is_known() -> None:
    """The plan loads, as a flag may still give the value; without one it is an error at the stage."""
    plan = one('command = ["x", "{epochs}"]')
    with pytest.raises(PlanError, match=r"stage\[1\]\.command: the placeholder \{epochs\} has no value"):
        resolve(plan)
    assert resolve(plan, Overrides(sets=("epochs=1",))).stages[0].epochs == 1
    with pytest.raises(PlanError, match="previous_checkpoint_dir"):
        resolve(one('command = ["x", "{previous_checkpoint_dir}"]'))
    resolve(one('command = ["x", ["{previous_checkpoint_dir}", "{scale}"]]'))


def test_stages_left_out_have_a_reason() -> None:
    """--start-from leaves out what stands before, --only all others, --skip what it names; numbers work as names."""
    plan = ladder()
    assert skipped_by(plan, Overrides()) == {}
    assert skipped_by(plan, Overrides(start_from="s3")) == {"s1": "--start-from s3", "s2": "--start-from s3"}
    assert list(skipped_by(plan, Overrides(only=("s2", "4")))) == ["s1", "s3", "s5"]
    assert skipped_by(plan, Overrides(skip=("s5", "1"))) == {"s1": "--skip s1", "s5": "--skip s5"}
    assert list(skipped_by(plan, Overrides(start_from="s2", skip=("s4",)))) == ["s1", "s4"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (Overrides(start_from="s9"), "--start-from: there is no stage"),
        (Overrides(only=("",)), "--only: there is no stage"),
        (Overrides(skip=("0",)), "--skip: there is no stage"),
        (Overrides(skip=("s1",), only=("s1",)), "both selected and skipped"),
        (Overrides(skip=("s2",), start_from="s2"), "both selected and skipped"),
        (Overrides(only=("s1",), start_from="s2"), "comes before"),
        (Overrides(skip=("s1", "s2", "s3", "s4", "s5")), "no stage is left"),
    ],
)
def test_contradicting_choices_are_refused(overrides: Overrides, words: str) -> None:
    """Flags that name nothing, contradict each other or leave nothing to run are an error."""
    with pytest.raises(UsageError, match=words):
        skipped_by(ladder(), overrides)


def test_a_change_multiplies_or_replaces() -> None:
    """Whole numbers stay whole and at least 1; a factor of nothing is an error."""
    stage = one("epochs = 3\nbatch_size = 1\nparams = { lr = 0.5, name = 'x' }").stages[0]
    changed = with_change(stage, {"epochs": "x0.5", "batch_size": "x0.5", "lr": "x0.1", "name": "x2"})
    assert (changed.epochs, changed.batch_size, dict(changed.params)) == (1, 1, {"lr": 0.05, "name": "x2"})
    assert changed_parameters(stage, changed) == {"epochs": (3, 1), "lr": (0.5, 0.05), "name": ("x", "x2")}
    assert with_change(stage, {"batch_size": 16, "new": 2}).parameters["new"] == 2
    with pytest.raises(PlanError, match="no number"):
        with_change(stage, {"dataset_limit": "x2"})
    with pytest.raises(PlanError, match="whole number"):
        with_change(stage, {"epochs": 0})


def test_what_is_unusual_is_said() -> None:
    """A budget above 72 hours, secrets among params and contradicting limits are warnings, no errors."""
    assert plan_warnings(resolve(ladder(), Overrides(max_hours=72))) == []
    assert plan_warnings(resolve(ladder(), Overrides(max_hours=73))) == [
        "the budget of 73 hours is unusually long (over 72)"
    ]
    assert plan_warnings(resolve(ladder(), Overrides(max_hours="none"))) == []
    aimless = replace(resolve(ladder(), Overrides(max_hours="none")), strategy="fit-budget")
    assert ["no budget" in sentence for sentence in plan_warnings(aimless)] == [True]
    plan = one(
        "params = { api_key = 'x', max_tokens = 3 }\nestimate_minutes = 5\ntimeout_minutes = 1\n"
        "checkpoint_signal = 'TERM'"
    )
    assert [sentence.split(":")[0] for sentence in plan_warnings(plan)] == ["api_key", 'stage "a"', 'stage "a"']


set_keys = st.lists(
    st.sampled_from([*STAGE_KEYS, *PLAN_KEYS, "lr", "s1", "x", "count", "oom", "min"]), min_size=1, max_size=3
)
set_values = st.sampled_from(
    ["1", "0", "nan", "'x'", "[]", "{}", "true", "", "x y", "[['a']]", "{min=1}", "-1", "'{lr}'", "{a={b=1}}", "none"]
)


@hypothesis_settings(max_examples=300)
@given(set_keys.map(".".join), set_values)
def test_no_set_makes_resolving_stumble(key: str, value: str) -> None:
    """Any key and value are applied, and then the plan dumps and loads, or refused as bad usage."""
    with contextlib.suppress(UsageError):
        resolved = resolve(ladder("params = { lr = 0.5 }"), Overrides(sets=(f"{key}={value}",)))
        assert parse_plan(dump_plan(resolved), "copy") == resolved
