"""A search from flags: how the values are written, what the command becomes, and one clear error for each mistake."""

from __future__ import annotations

import pytest

from autotrain_tui.errors import UsageError
from autotrain_tui.plan.command import resolve_command
from autotrain_tui.plan.loading.find import plan_for_command
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.model import SweptParam
from autotrain_tui.plan.sweep.draw import draw_trials
from autotrain_tui.plan.sweep.sweep_flags import search_of_flags, searched
from autotrain_tui.plan.sweep.trial_stage import trial_stage


@pytest.mark.parametrize(
    ("flag", "param"),
    [
        ("lr=1e-4..1e-1:log", SweptParam(name="lr", min=1e-4, max=1e-1, log=True)),
        ("lr=-1..1", SweptParam(name="lr", min=-1, max=1)),
        ("d=0..0.5:step=0.1", SweptParam(name="d", min=0, max=0.5, step=0.1)),
        ("n=1..9:int", SweptParam(name="n", min=1, max=9, integer=True)),
        ("n=1..512:int:log", SweptParam(name="n", min=1, max=512, integer=True, log=True)),
        ("batch_size=16..128", SweptParam(name="batch_size", min=16, max=128, integer=True)),
        ("lr=0.1,1e-2,1", SweptParam(name="lr", values=(0.1, 0.01, 1))),
        ("opt=adam, sgd,true", SweptParam(name="opt", values=("adam", "sgd", True))),
        ("env.SEED=1", SweptParam(name="env.SEED", values=(1,))),
        ("url=a=b:c", SweptParam(name="url", values=("a=b:c",))),
    ],
)
def test_values_as_flags(flag, param):
    """A flag says a list, or a range with its options."""
    assert search_of_flags([flag], 1, "random", None).params == (param,)


def test_method_follows_from_what_is_given():
    """Lists without a number of trials are a grid; else a search halves, or does what --method says."""
    assert search_of_flags(["a=1,2", "b=0..1:step=1"], None, None, None).method == "grid"
    assert search_of_flags(["a=1,2"], 2, None, None).method == "halving"
    found = search_of_flags(["a=1..2"], 5, "random", 7)
    assert (found.method, found.trials, found.seed) == ("random", 5, 7)


@pytest.mark.parametrize(
    ("flags", "trials", "method", "words"),
    [
        (["lr"], 1, None, "expected NAME=A,B,C or NAME=MIN..MAX"),
        (["=1"], 1, None, "expected NAME=A,B,C or NAME=MIN..MAX"),
        (["lr="], 1, None, "expected NAME=A,B,C or NAME=MIN..MAX"),
        (["lr=1..x"], 1, None, '"x" is not a number'),
        (["lr=1..2:linear"], 1, None, 'unknown option "linear"'),
        (["lr=2..1"], 1, None, "--sweep lr: min 2 is above max 1"),
        (["lr=0..1:log"], 1, None, "a log range starts above 0"),
        (["lr=1..2", "lr=3..4"], 1, None, "--sweep lr: the name is given twice"),
        (["lr=1..2"], None, None, "for example --trials 12"),
        (["lr=1..2"], None, "grid", "a grid needs a step"),
        (["lr=0..999999999:step=1"], None, None, "1,000,000,000 points"),
    ],
)
def test_mistake_is_one_clear_error(flags, trials, method, words):
    """A mistake in a flag is refused with the flag and what was expected."""
    with pytest.raises(UsageError) as raised:
        search_of_flags(flags, trials, method, None)
    assert words in str(raised.value)
    assert str(raised.value).startswith("--sweep")


def test_only_swept_names_are_placeholders():
    """Of a command's braces only the swept names are filled; all others stay as they are."""
    argv = ["train", "--lr={lr}", '{"a": {}}', "{{lr}}", "{epochs}", "}{"]
    plan = searched(plan_for_command(argv, "/tmp"), argv, search_of_flags(["lr=0.5,0.25"], None, None, None))
    stage = resolve(plan, Overrides(metric="accuracy:max")).stages[0]
    assert stage.sweep is not None
    trial = trial_stage(stage, draw_trials(stage.sweep)[0])
    words = resolve_command(trial, {"lr": "0.5", "epochs": "never"})
    assert words == ["train", "--lr=0.5", '{"a": {}}', "{0.5}", "{epochs}", "}{"]
