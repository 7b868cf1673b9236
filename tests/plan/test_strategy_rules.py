"""Strategies: what all of them keep to, and how other packages add theirs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotrain_tui.errors import PlanError
from autotrain_tui.plan import strategies
from autotrain_tui.plan.estimate import Estimator, Observation
from autotrain_tui.plan.loading.overrides import Overrides, resolve
from autotrain_tui.plan.model import Plan, PlanStage
from autotrain_tui.plan.strategies import strategy_for, strategy_names
from autotrain_tui.plan.strategy import Budget, Decision, End, History, Run, about
from tests.plan.plans import ladder
from tests.plan.simulation import FREE, Simulation, ran, won

NO_STRATEGY = "text"

HEADS = [
    "",
    'after_last = "repeat"',
    'strategy = "geometric"\n[geometric]\nstages = 12\ngrowth = 1.5',
    'strategy = "fit-budget"',
    'strategy = "fit-budget"\n[fit-budget]\nchange = "both"\nmin_fraction = 0.01',
    'strategy = "adaptive"\n[adaptive]\nmax_repeats = 3\npatience = 4',
    'strategy = "adaptive"\n[adaptive]\non_fall = "stay"',
]


@settings(max_examples=150)
@given(st.sampled_from(HEADS), st.floats(0.01, 30), st.data())
def test_every_strategy_ends_within_its_budget_and_replays(head: str, hours: float, data: st.DataObject) -> None:
    """It ends, exceeds its budget by no more than the last estimate's error, and decides the same from the same."""
    error = data.draw(st.lists(st.floats(0.2, 5), min_size=1, max_size=6))
    values = data.draw(st.lists(st.none() | st.floats(-10, 10), min_size=1, max_size=6))
    ends = data.draw(st.lists(st.sampled_from(["succeeded"] * 8 + ["skipped", "failed"]), min_size=1, max_size=9))
    plan = resolve(ladder(head), Overrides(max_hours=hours))
    rates: Iterator[float] = iter(error * 3000)
    play = Simulation(
        plan,
        lambda stage: 5 + next(rates) * (stage.dataset_limit or 1) * (stage.epochs or 1) / 100,
        lambda number: values[number % len(values)],
        lambda number: ends[number % len(ends)],
    )
    play.play()
    assert play.spent <= hours * 3600 + play.overrun + 1e-6
    assert len({stage.name for stage in play.stages}) == len(play.stages)
    again = strategy_for(plan)
    for history, left, decision in play.asked:
        assert again.next(history, play.budget(left, history)) == decision
    for earlier, later in pairwise(play.asked):
        assert len(later[0].ended) == len(earlier[0].ended) + 1


def noisy_session(seed: int, part: float, head: str) -> tuple[int, float]:
    """Three earlier sessions and one on a part of the plan's time, each stage ±20 %: stages ended, budget used."""
    chance = random.Random(seed)

    def takes(stage: PlanStage) -> float:
        return (4 + 0.0005 * (stage.dataset_limit or 0) * (stage.epochs or 0)) * chance.uniform(0.8, 1.2)

    def seen(stage: PlanStage, seconds: float, session: str) -> Observation:
        return Observation(
            stage=stage.name,
            seconds=seconds,
            dataset_limit=stage.dataset_limit,
            epochs=stage.epochs,
            batch_size=stage.batch_size,
            session=session,
            ended_at=session,
        )

    plan = ladder(f'strategy = "fit-budget"\n{head}')
    past = [seen(stage, takes(stage), session) for session in "123" for stage in plan.stages]
    budget = part * sum(item.seconds for item in past) / 3
    left, ended = budget, 0
    strategy, history = strategy_for(plan), History()
    while not isinstance(decision := strategy.next(history, Budget(left, Estimator(past, "x", "now").estimate)), End):
        stage = ran(decision)
        took = takes(stage)
        past.append(seen(stage, took, "now"))
        left, ended = left - took, ended + 1
        history = History((*history.ended, won(stage.name, seconds=took)))
    return ended, 1 - left / budget


@pytest.mark.parametrize("head", ["", '[fit-budget]\nchange = "dataset_limit"'])
def test_fit_budget_holds_its_budget_on_a_noisy_machine(head: str) -> None:
    """At 60 % of the plan's time, with every stage 20 % off either way: all stages, none of 80 times too long."""
    played = [noisy_session(seed, 0.6, head) for seed in range(80)]
    assert all(stages == 5 and used <= 1 for stages, used in played)
    assert sum(used for _, used in played) / len(played) > 0.7, "and not much of it is left unused"


class Reverse:
    """A strategy of another package: the listed stages from the last to the first."""

    def __init__(self, plan: Plan, given: object) -> None:
        if given != {"depth": 2}:
            raise ValueError("reverse wants depth = 2")
        self.plan = plan

    def next(self, history: History, budget: Budget) -> Decision:
        left = [stage for stage in reversed(self.plan.stages) if stage.name not in history.latest]
        return Run(left[0], "from the end") if left else End("finished", "done")


def test_other_packages_offer_strategies(monkeypatch: pytest.MonkeyPatch) -> None:
    """By entry point; the plan's table of that name holds the settings, and mistakes are told as the plan's."""
    offered = (
        EntryPoint("reverse", f"{__name__}:Reverse", strategies.ENTRY_POINT_GROUP),
        EntryPoint("broken", "no.such.module:X", strategies.ENTRY_POINT_GROUP),
        EntryPoint("text", f"{__name__}:NO_STRATEGY", strategies.ENTRY_POINT_GROUP),
    )
    monkeypatch.setattr(strategies, "_offered", lambda: offered)
    assert strategy_names() == ["ladder", "geometric", "adaptive", "fit-budget", "broken", "reverse", "text"]
    plan = ladder('strategy = "reverse"\n[reverse]\ndepth = 2')
    assert ran(strategy_for(plan).next(History(), FREE)).name == "s5"
    for head, words in [
        ('strategy = "reverse"', "strategy: reverse wants depth = 2"),
        ('strategy = "broken"', "can't be loaded: ModuleNotFoundError"),
        ('strategy = "text"', "is not callable"),
        ('strategy = "revers"', 'did you mean "reverse"'),
    ]:
        with pytest.raises(PlanError, match=words):
            ladder(head)


def test_durations_are_told_roughly() -> None:
    """Seconds, minutes or hours, whichever reads best."""
    told = [about(seconds) for seconds in (None, -1, 0, 59.6, 90, 3600, 7200, 12_000)]
    assert told == ["an unknown time", "~0 s", "~0 s", "~60 s", "~2 min", "~60 min", "~2 h 00 min", "~3 h 20 min"]
