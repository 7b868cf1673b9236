"""A search that is extended while it runs: trials keep their numbers and settings, and what is added follows."""

from __future__ import annotations

import pytest

from autotrain_tui.errors import PlanError, UsageError
from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.loading.extension import extension_in
from autotrain_tui.plan.model import Extension, PlanStage
from autotrain_tui.plan.strategies.ladder import Ladder
from autotrain_tui.plan.strategies.searches import Searches
from autotrain_tui.plan.strategy import Budget, History, RunTrial, TrialSeen
from autotrain_tui.plan.sweep.draw import draw_trials
from autotrain_tui.plan.sweep.extend import check_extension, extended_setting, total_trials
from tests.plan.sweep_plans import sweep_plan, sweep_settings

PARAMS = "lr = { min = 1e-4, max = 1e-1, log = true }\nbatch_size = [32, 64]"
RANDOM = 'method = "random"\ntrials = 4'
OWN = {"lr": 0.5, "batch_size": 256}


def search(settings: str = RANDOM, params: str = PARAMS) -> PlanStage:
    """A search over a learning rate and a batch size."""
    return sweep_plan(settings, params, command='["train"]').stages[0]


def test_added_trials_are_numbered_on():
    """Draws that are added are those that more trials would have had; trials with own values stand between them."""
    settings = sweep_settings(RANDOM, PARAMS)
    added = [Extension(trials=2), Extension(params=OWN), Extension(trials=3)]
    drawn = draw_trials(sweep_settings('method = "random"\ntrials = 9', PARAMS))
    assert total_trials(settings, added) == 10
    found = [extended_setting(settings, added, number) for number in range(1, 11)]
    assert [one.number for one in found] == list(range(1, 11))
    assert [one.params for one in found] == [one.params for one in drawn[:6]] + [OWN] + [
        one.params for one in drawn[6:]
    ]
    for count in range(len(added)):  # what is added later changes nothing that was there before
        known = added[:count]
        numbers = range(1, total_trials(settings, known) + 1)
        assert [extended_setting(settings, known, number) for number in numbers] == found[: len(numbers)]


@pytest.mark.parametrize(
    ("settings", "added", "words"),
    [
        (RANDOM, Extension(), "nothing is added"),
        (RANDOM, Extension(trials=10_000), "at most 10,000 trials"),
        (RANDOM, Extension(params={"lr": 0.1}), "batch_size has no value"),
        (RANDOM, Extension(params={**OWN, "momentum": 0.9}), "momentum is not swept"),
        (RANDOM, Extension(params={**OWN, "lr": "fast"}), 'lr is a number, found "fast"'),
        (RANDOM, Extension(params={**OWN, "batch_size": "big"}), "a whole number"),
    ],
)
def test_what_cannot_be_added_is_one_sentence(settings, added, words):
    """Too much, too little, wrong names and wrong values are refused with what was expected."""
    with pytest.raises(PlanError) as raised:
        check_extension(search(settings), [], added)
    assert words in str(raised.value)


def test_whole_grid_takes_only_own_values():
    """A grid has no more settings to draw, and takes a trial with values of its own."""
    grid = search('method = "grid"', "lr = [0.1, 1]\nbatch_size = [32, 64]")
    with pytest.raises(PlanError, match="only 4 different settings, 0 of them are left"):
        check_extension(grid, [], Extension(trials=1))
    check_extension(grid, [], Extension(params=OWN))


def test_strategy_starts_what_was_added():
    """When all planned trials have ended, the strategy goes on with those that were added."""
    plan = sweep_plan(RANDOM, PARAMS, command='["train"]')
    ended = tuple(
        TrialSeen(
            name=f"search.{number:02d}", search="search", number=number, state="done", swept={"lr": number}, final=0.5
        )
        for number in range(1, 5)
    )
    history = History(open=frozenset({"search"}), trials=ended, extensions={"search": (Extension(params=OWN),)})
    step = Searches(plan, Ladder(plan, {})).next(history, Budget(None, lambda stage: Estimate(None, "none")))
    assert isinstance(step, RunTrial)
    assert (step.number, step.swept) == (5, OWN)
    assert step.reason.startswith("trial 5 of 5: lr 0.5")


@pytest.mark.parametrize(
    ("words", "rest", "args"),
    [
        (["search", "+4"], ["search"], {"trials": 4}),
        (["12"], [], {"trials": 12}),
        (["latest", "search", "lr=0.1", "opt=adam"], ["latest", "search"], {"set:lr": 0.1, "set:opt": "adam"}),
    ],
)
def test_words_that_extend(words, rest, args):
    """The last words say what is added: a number, or a value for each key."""
    assert extension_in(words) == (rest, args)


@pytest.mark.parametrize("words", [[], ["search"], ["+0"], ["lr=1", "lr=2"], ["search", "-4"]])
def test_words_that_add_nothing_are_refused(words):
    """Without a number or values, and with a name twice, nothing is asked for."""
    with pytest.raises(UsageError, match="extend:"):
        extension_in(words)
