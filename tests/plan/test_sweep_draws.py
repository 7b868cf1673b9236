"""The settings of trials: a whole grid, or draws that a seed repeats; each applied to the search's stage."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autotrain_tui.plan.sweep.draw import draw_trials, trial_count
from autotrain_tui.plan.sweep.trial_stage import trial_name, trial_number, trial_stage
from tests.plan.sweep_plans import sweep_plan, sweep_settings


def test_grid_is_every_combination_once():
    """A grid has each combination of the values once, the last key changing first."""
    trials = draw_trials(sweep_settings('method = "grid"', "lr = [0.1, 1]\nd = { min = 0.1, max = 0.3, step = 0.1 }"))
    assert [tuple(trial.params.values()) for trial in trials] == [
        (0.1, 0.1), (0.1, 0.2), (0.1, 0.3), (1, 0.1), (1, 0.2), (1, 0.3),
    ]  # fmt: skip
    assert [trial.number for trial in trials] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("method", ["random", "halving", "grid"])
def test_same_seed_same_settings(method):
    """The same seed draws the same settings, another seed others, and more trials keep the first ones."""
    params = "lr = { min = 1, max = 99, step = 1 }\nbatch_size = [32, 64, 128]"
    first = draw_trials(sweep_settings(f'method = "{method}"\ntrials = 16', params))
    assert first == draw_trials(sweep_settings(f'method = "{method}"\ntrials = 16', params))
    assert first == draw_trials(sweep_settings(f'method = "{method}"\ntrials = 40', params))[:16]
    assert first != draw_trials(sweep_settings(f'method = "{method}"\ntrials = 16\nseed = 1', params))


def test_draws_stay_in_their_ranges():
    """Every drawn value is one that its key was given: in the range, on the step, a whole number, in the list."""
    for trial in draw_trials(sweep_settings('method = "random"\ntrials = 500')):
        found = trial.params
        assert 1e-4 <= found["lr"] <= 1e-1
        assert found["batch_size"] in {32, 64, 128}
        assert found["dropout"] in {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}
        assert isinstance(found["momentum"], int)
        assert 1 <= found["momentum"] <= 9


def test_log_range_draws_each_power_of_ten_alike():
    """Of a log range over three powers of ten, about a third of the draws fall in each."""
    drawn = draw_trials(
        sweep_settings('method = "random"\ntrials = 900', "lr = { min = 1e-4, max = 1e-1, log = true }")
    )
    counts = [
        sum(math.floor(math.log10(float(trial.params["lr"]))) == power for trial in drawn) for power in (-4, -3, -2)
    ]
    assert all(240 < count < 360 for count in counts), counts


def test_no_setting_is_tried_twice():
    """A search over fewer settings than trials tries each setting once, 1 and true being two values."""
    settings = sweep_settings('method = "random"\ntrials = 50', "a = [1, true, 2]\nb = { min = 3, max = 3 }")
    drawn = [(type(trial.params["a"]), trial.params["a"]) for trial in draw_trials(settings)]
    assert len(drawn) == len(set(drawn)) == trial_count(settings) == 3


def test_trial_is_the_searchs_stage_with_its_setting():
    """A trial's stage has the search's keys, the trial's values at their dotted names, and a name with its number."""
    plan = sweep_plan(
        'method = "grid"',
        'lr = [0.1]\nenv.SEED = ["7"]\nstop.grace_seconds = [5]',
        stage='env = { A = "1" }',
        command='["train"]',
    )
    search = plan.stages[0]
    assert search.sweep is not None
    stage = trial_stage(search, draw_trials(search.sweep)[0])
    assert stage == replace(
        search,
        name="search.01",
        sweep=None,
        params={"lr": 0.1},
        env={"A": "1", "SEED": "7"},
        stop=replace(search.stop, grace_seconds=5.0),
    )


@pytest.mark.parametrize(("number", "name"), [(1, "a.01"), (42, "a.42"), (100, "a.100"), (1000, "a.1000")])
def test_trial_names_are_read_again(number, name):
    """A trial's name says its number, and only a trial's name does."""
    assert trial_name("a", number) == name
    assert trial_number("a", name) == number
    assert trial_number("b", name) is trial_number("a", f"{name}.1") is trial_number("a", "a.007") is None
