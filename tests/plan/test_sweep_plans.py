"""A search in a plan: every mistake is one clear error, and what is valid is written and read again unchanged."""

from __future__ import annotations

import pytest

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.dump import dump_plan
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.sweep.winner import best_values, inherited_names, inheriting
from tests.plan.sweep_plans import PARAMS, sweep_plan, sweep_text

RANDOM = 'method = "random"\ntrials = 4'
LATER = '[[stage]]\nname = "final"\ncommand = ["train", "{best_lr}", "{lr}"]'

# settings, params, place of the error below stage[1].sweep, words that the error must hold
BAD: list[tuple[str, str, str, str]] = [
    ("trials = 4", "lr = [1]", "", '"method" is missing'),
    ("method = 'halve'\ntrials = 4", "lr = [1]", ".method", 'did you mean "halving"?'),
    ("method = 'random'", "lr = [1]", "", '"trials" is missing'),
    ("method = 'random'\ntrials = 0", "lr = [1]", ".trials", "from 1 to"),
    ("method = 'random'\ntrials = 1000000", "lr = [1]", ".trials", "from 1 to 10000"),
    ("method = 'halving'\ntrials = 4\neta = 1", "lr = [1]", ".eta", "from 2 to"),
    ("method = 'halving'\ntrials = 4\nfirst_rung = 0", "lr = [1]", ".first_rung", "above 0"),
    ("method = 'halving'\ntrials = 4\nfirst_rung = 1.0", "lr = [1]", ".first_rung", "below 1"),
    ("method = 'random'\ntrials = 4\nkeep = 5", "lr = [1]", ".keep", "keep 5 is above trials 4"),
    ("method = 'random'\ntrials = 4\nseed = -1", "lr = [1]", ".seed", "from 0 to"),
    ("method = 'random'\ntrials = 4\njudge = 'first'", "lr = [1]", ".judge", '"best", "last"'),
    ("method = 'random'\ntrials = 4\nrungs = 3", "lr = [1]", ".rungs", "unknown key"),
    (RANDOM, "", ".params", "nothing is swept"),
    (RANDOM, "lr = []", ".params.lr", "the list of values is empty"),
    (RANDOM, "lr = {}", ".params.lr", 'no "min"'),
    (RANDOM, "lr = 0.1", ".params.lr", "a list of values or a range"),
    (RANDOM, "lr = { min = 1 }", ".params.lr", 'no "max"'),
    (RANDOM, "lr = { min = 2, max = 1 }", ".params.lr", "min 2 is above max 1"),
    (RANDOM, "lr = { min = 0, max = 1, log = true }", ".params.lr", "a log range starts above 0"),
    (RANDOM, "lr = { min = 1, max = 2, log = true, step = 0.1 }", ".params.lr", "not both"),
    (RANDOM, "lr = { min = 1, max = 2, step = 0 }", ".params.lr.step", "above 0"),
    (RANDOM, "lr = { min = 0, max = 1e300, step = 1e-300 }", ".params.lr", "too small"),
    (RANDOM, "lr = { min = 1.5, max = 2, integer = true }", ".params.lr", "whole numbers"),
    (RANDOM, "lr = { min = nan, max = 2 }", ".params.lr.min", "finite"),
    (RANDOM, "lr = { min = 1, max = 2, steps = 4 }", ".params.lr.steps", 'did you mean "step"?'),
    (RANDOM, "lr = [0.1, 0.1]", ".params.lr", "the value 0.1 occurs twice"),
    (RANDOM, 'lr = [1]\n"params.lr" = [2]', ".params.params.lr", '"lr" is swept twice'),
    (RANDOM, "lr = [1, [2]]", ".params.lr[2]", "a string, a number, true or false"),
    (RANDOM, "batch_size = { min = 16, max = 128 }", ".params.batch_size", "add integer = true"),
    (RANDOM, 'batch_size = ["x2"]', ".params.batch_size", "a whole number"),
    (RANDOM, "batch_sise.x = [1]", ".params.batch_sise.x", 'did you mean "batch_size"?'),
    (RANDOM, "needs = ['a']", ".params.needs", "cannot be swept"),
    (RANDOM, "stop.grace_second = [1, 2]", ".params.stop.grace_second", 'did you mean "grace_seconds"?'),
    (RANDOM, "'a-b' = [1]", ".params.a-b", "no stage has the key"),
    (RANDOM, "attempt = [1]", ".params.attempt", "reserved"),
    ("method = 'grid'", "lr = { min = 0, max = 1 }", ".params.lr", "a grid needs a step"),
    ("method = 'grid'", "lr = { min = 1, max = 9, integer = true, log = true }", ".params.lr", "a grid needs a step"),
    ("method = 'grid'", "lr = { min = 0, max = 999999999, step = 1 }", ".params", "1,000,000,000 points"),
    (RANDOM, "env.A = ['1']\nenv_A = [2]", ".params.env_A", "would name both env.A and env_A"),
    (RANDOM, "lr = [1]\nbest_lr = [2]", ".params.lr", "is also a parameter"),
]


@pytest.mark.parametrize(("settings", "params", "place", "words"), BAD)
def test_mistake_is_one_clear_error(settings, params, place, words):
    """A mistake in a search is refused with its place and what was expected."""
    with pytest.raises(PlanError) as raised:
        sweep_plan(settings, params, command='["train"]')
    assert raised.value.place == "stage[1].sweep" + place
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["search.07", "search.1", "1-search.07"])
def test_stage_with_the_name_of_a_trial_is_refused(name):
    """No stage of the plan may have the name of a trial or of its folder."""
    with pytest.raises(PlanError, match="is the name of a trial"):
        sweep_plan(after=f'[[stage]]\nname = "{name}"')


def test_search_name_leaves_room_for_its_trials():
    """A search whose trials would have names that are too long is refused."""
    text = sweep_text().replace('name = "search"', f'name = "{"s" * 62}"')
    with pytest.raises(PlanError, match="too long for its trials"):
        parse_plan(text, "plan.toml")


def test_parameter_that_no_placeholder_uses_is_refused():
    """A swept parameter that the command does not use is refused when the plan is resolved."""
    plan = sweep_plan(command='["train", "{batch_size}", "{dropout}", "{momentum}"]')
    with pytest.raises(PlanError, match="no placeholder uses lr"):
        resolve(plan)


def test_search_without_a_metric_is_refused():
    """A search needs the headline metric, which may come from a flag."""
    plan = sweep_plan(head="")
    with pytest.raises(PlanError, match="needs a metric"):
        resolve(plan)
    assert resolve(plan, Overrides(metric="loss:min")).metric is not None


def test_winner_that_no_search_before_has_is_refused():
    """`{best_lr}` in a stage without a search before it has no value."""
    plan = sweep_plan(after=f"{LATER}\nneeds = []")
    with pytest.raises(PlanError, match=r"\{best_lr\} has no value"):
        resolve(plan)
    with pytest.raises(PlanError, match=r"unknown placeholder \{best_rl\}"):
        sweep_plan(after=LATER.replace("best_lr", "best_rl"))


@pytest.mark.parametrize(
    ("settings", "params"),
    [
        ('method = "halving"\ntrials = 16', PARAMS),
        ('method = "grid"\nseed = 3\nkeep = 2\nshare_gpu = true', "lr = [0.1, 1]\nbatch_size = [1, 2]"),
        ('method = "random"\ntrials = 3\njudge = "last"\nfirst_rung = 0.5', 'env.SEED = ["1", "2"]\nlr = [true, 1]'),
    ],
)
def test_search_is_written_and_read_again(settings, params):
    """A plan with a search is written as TOML that loads to an equal plan, the order of its keys included."""
    plan = sweep_plan(settings, params, command='["train"]')
    again = parse_plan(dump_plan(plan), "plan.toml")
    assert again == plan
    assert again.stages[0].sweep == plan.stages[0].sweep


def test_later_stage_inherits_what_it_does_not_set():
    """A stage after the search takes the winner's values for the keys that it has no value for."""
    plan = resolve(sweep_plan(after=LATER + "\nbatch_size = 8\n[[stage]]\nname = 'last'\ncommand = 'true'"))
    winner = {"lr": 0.01, "batch_size": 64, "dropout": 0.1, "momentum": 3}
    final = inheriting(plan.stages[1], winner)
    assert final.parameters == {"batch_size": 8, "lr": 0.01, "dropout": 0.1, "momentum": 3}
    assert inherited_names(plan, plan.stages[1]) == ("lr", "dropout", "momentum")
    assert inherited_names(plan, plan.stages[2]) == ("lr", "batch_size", "dropout", "momentum")
    assert best_values({"lr": 0.01, "env.SEED": "1"}) == {"best_lr": "0.01", "best_env_SEED": "1"}
