"""How long a search takes, as its first trials tell, and how many trials the time allows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from autotrain_tui.errors import PlanError
from autotrain_tui.plan.estimate import Estimate
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.model import Plan
from autotrain_tui.plan.strategies import strategy_for
from autotrain_tui.plan.strategies.searches import Searches
from autotrain_tui.plan.strategy import Budget, End, EndSearch, History, PromoteTrial, RunTrial, TrialSeen
from autotrain_tui.plan.sweep.trial_pace import learned_estimate, trial_pace

TEXT = """
name = "p"
command = ["train", "{lr}"]
metric = { name = "accuracy", goal = "max" }
strategy = "STRATEGY"
max_hours = 1.0
[[stage]]
name = "search"
epochs = 10
[stage.sweep]
method = "METHOD"
params = { lr = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] }
trials = 9
[[stage]]
name = "final"
params = { lr = 0.5 }
estimate_minutes = 2
"""


def plan(method: str = "grid", strategy: str = "ladder") -> Plan:
    return parse_plan(TEXT.replace("METHOD", method).replace("STRATEGY", strategy), "p.toml")


def seen(number: int, **values: object) -> TrialSeen:
    return TrialSeen(name=f"search.{number:02d}", search="search", number=number, swept={"lr": number / 10}, **values)  # type: ignore[arg-type]


def decide(chosen: Plan, left: float | None, *trials: TrialSeen, guess: float = 60.0) -> object:
    """What is decided with that many seconds left, when a trial is guessed to take `guess` seconds."""

    def estimate(stage: object) -> Estimate:
        minutes = getattr(stage, "estimate_minutes", None)
        return Estimate(guess if minutes is None else minutes * 60, "a guess")

    history = History(open=frozenset({"search"}) if trials else frozenset(), trials=trials)
    return Searches(chosen, strategy_for(chosen)).next(history, Budget(left, estimate))


def test_a_pace_is_learned_from_parts_of_trainings() -> None:
    """Seconds and shares are summed, so that a long run says more than a short one, and the number is told."""
    assert trial_pace([]) is None
    assert trial_pace([(0.0, 0.5), (5.0, 0.0)]) is None
    one = trial_pace([(10.0, 0.1)])
    assert one is not None
    assert (one.seconds, one.source, one.spread) == (100.0, "from 1 trial", 0.5)
    three = trial_pace([(10.0, 0.1), (12.0, 0.1), (80.0, 0.8)])
    assert three is not None
    assert (three.seconds, three.source) == (pytest.approx(102.0), "from 3 trials")
    assert 0.1 <= three.spread < one.spread


def test_the_estimate_of_a_search_counts_what_the_rule_lets_run() -> None:
    """A grid takes all its trials, halving the share that the rungs let run; several jobs divide it."""
    pace = trial_pace([(100.0, 1.0)])
    assert pace is not None
    grid = learned_estimate(plan("grid").stages[0], 1, pace)
    assert (grid.seconds, grid.source) == (900.0, "from 1 trial")
    assert learned_estimate(plan("grid").stages[0], 3, pace).seconds == 300.0
    halving = learned_estimate(plan("halving").stages[0], 1, pace)
    assert halving.seconds is not None
    assert halving.seconds < 300.0


def test_a_trial_starts_only_if_it_fits_the_time_left() -> None:
    """Before any has run, the estimate of a whole trial counts; then the pace of those that have."""
    assert isinstance(decide(plan(), 61.0), RunTrial)
    assert isinstance(decide(plan(), 59.0), End)
    done = seen(1, state="done", seconds=10.0, share=1.0, final=0.5)
    assert isinstance(decide(plan(), 11.0, done), RunTrial)
    short = decide(plan(), 9.0, done)
    assert isinstance(short, EndSearch)
    assert short.winners == ("search.01",)
    assert short.reason.endswith("; no time is left for more")


def test_a_search_without_a_whole_trial_waits_for_more_budget() -> None:
    """Nothing is decided by trials that only came to a rung; the session ends by its budget."""
    rests = [seen(n, state="resting", rungs=(0.1 * n,), seconds=10.0, share=0.1) for n in range(1, 10)]
    assert isinstance(decide(plan("halving"), 1000.0, *rests), PromoteTrial)
    ended = decide(plan("halving"), 1.0, *rests)
    assert isinstance(ended, End)
    assert ended.outcome == "budget"


def test_fit_budget_lowers_the_number_of_trials_and_not_their_epochs() -> None:
    """Trials are left out until the search and the stages after it fit, and the reason says so."""
    chosen = plan("grid", "fit-budget")
    all_fit = decide(chosen, 2000.0)
    assert isinstance(all_fit, RunTrial)
    assert all_fit.reason == "trial 1 of 9: lr 0.1"
    few = decide(chosen, 500.0)  # 450 usable, 120 of them for the last stage: 5 trials of 60 s
    assert isinstance(few, RunTrial)
    assert few.reason == "trial 1 of 5: lr 0.1; 9 would not fit the time that is left"
    assert few.stage.epochs == 10
    done = [seen(n, state="done", seconds=60.0, share=1.0, final=0.1 * n) for n in range(1, 6)]
    enough = decide(chosen, 190.0, *done)
    assert isinstance(enough, EndSearch)
    assert enough.winners == ("search.05",)


def test_a_search_without_a_limit_draws_all() -> None:
    """Without max_hours nothing is left out."""
    assert isinstance(decide(replace(plan("grid", "fit-budget"), max_hours=None), None), RunTrial)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('strategy = "adaptive"', '"adaptive" may run a stage again, and "search" is a search'),
        ('strategy = "geometric"', '"geometric" runs the last stage again, and "search" is a search'),
        ('after_last = "repeat"', 'after_last = "repeat" runs the last stage again, and "search" is a search'),
    ],
)
def test_a_strategy_that_would_run_a_search_again_is_refused(keys: str, says: str) -> None:
    """The trials of a search are drawn once."""
    alone = (
        TEXT.replace('strategy = "STRATEGY"', keys).replace("METHOD", "grid").partition('[[stage]]\nname = "final"')[0]
    )
    with pytest.raises(PlanError, match=re.escape(says)):
        parse_plan(alone.replace("epochs = 10", "epochs = 10\ndataset_limit = 10"), "p.toml")
