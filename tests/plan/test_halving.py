"""The rule of halving: against a plain reference of the paper on random curves, and what must hold whatever comes."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotrain_tui.plan.model import SweepSettings, SweptParam
from autotrain_tui.plan.sweep.halving import (
    Decided,
    Promote,
    Start,
    TrialRecord,
    WaitForTrials,
    goes_on,
    next_step,
    rung_positions,
    rung_values,
    rungs_of,
)
from tests.plan.sweep_plans import sweep_plan

Curves = Mapping[int, tuple[float, ...]]
"""Trial → its value at each rung, then its final value."""


def halving(*, eta: int = 3, keep: int = 1, trials: int = 16, first_rung: float = 0.1) -> SweepSettings:
    """Settings of a search; what is swept does not matter to the rule."""
    return SweepSettings(
        method="halving", params=(SweptParam(name="x", values=(1,)),), trials=trials, eta=eta, keep=keep, first_rung=first_rung
    )  # fmt: skip


@dataclass
class Simulation:
    """Trials that jump from rung to rung; `jobs` of them run at once, and the one that `pick` names arrives next."""

    rule: SweepSettings
    curves: Curves
    jobs: int = 1
    goal: str = "max"
    pick: Callable[[list[int]], int] = min
    records: dict[int, TrialRecord] = field(default_factory=dict)
    decisions: list[object] = field(default_factory=list)

    def run(self) -> tuple[int, ...]:
        """Carry out decisions until the search is decided; the winners."""
        rungs = len(next(iter(self.curves.values()))) - 1
        while True:
            running = [record.number for record in self.records.values() if record.state == "running"]
            step = next_step(self.rule, self.goal, rungs, len(self.curves), self.known())
            assert step == next_step(self.rule, self.goal, rungs, len(self.curves), self.known())
            if isinstance(step, Decided) and not running:
                return step.winners
            if isinstance(step, Decided | WaitForTrials) or len(running) == self.jobs:
                self.arrive(self.pick(running), rungs)
                continue
            self.decisions.append(step)
            if isinstance(step, Start):
                assert step.number not in self.records
                self.records[step.number] = TrialRecord(number=step.number, state="running")
            else:
                record = self.records[step.number]
                assert record.state == "paused"
                assert record.target + 1 == step.target
                self.records[step.number] = changed(record, state="running", target=step.target)

    def known(self) -> list[TrialRecord]:
        """The records, in the order in which the trials were started."""
        return list(self.records.values())

    def arrive(self, number: int, rungs: int) -> None:
        """A running trial comes to the rung it may run to, or to its end."""
        record, curve = self.records[number], self.curves[number]
        place = record.target
        if place == rungs:
            self.records[number] = changed(record, state="complete", final=curve[-1])
            return
        if not math.isfinite(curve[place]):
            self.records[number] = changed(record, state="out")
            return
        self.records[number] = changed(record, values=(*record.values, curve[place]))
        on = goes_on(self.rule, self.goal, self.known(), number)
        self.records[number] = changed(self.records[number], state="running" if on else "paused", target=place + on)
        if on:
            self.decisions.append(("on", number, place + 1))


def changed(record: TrialRecord, **values: object) -> TrialRecord:
    """The record with other values."""
    return TrialRecord(**{name: values.get(name, getattr(record, name)) for name in TrialRecord.__dataclass_fields__})


def reference(curves: Curves, eta: int, keep: int) -> tuple[list[tuple[int, int]], int]:
    """Algorithm 2 of Li et al. 2018, one worker, then the best of the highest rung until `keep` are complete.

    The jobs (trial, rung that it runs to) in order, and the best complete trial.
    """
    rungs = len(next(iter(curves.values()))) - 1
    reached: list[list[int]] = [[] for _ in range(rungs)]
    promoted: list[set[int]] = [set() for _ in range(rungs)]
    waiting, jobs, complete = sorted(curves), [], []

    def best(rung: int) -> list[int]:
        return sorted(reached[rung], key=lambda trial: (-curves[trial][rung], trial))

    def job() -> tuple[int, int] | None:
        for rung in reversed(range(rungs)):
            for trial in best(rung)[: len(reached[rung]) // eta]:
                if trial not in promoted[rung]:
                    promoted[rung].add(trial)
                    return trial, rung + 1
        if waiting:
            return waiting.pop(0), 0
        for rung in reversed(range(rungs)):
            for trial in best(rung):
                if len(complete) < keep and trial not in promoted[rung]:
                    promoted[rung].add(trial)
                    return trial, rung + 1
        return None

    while (found := job()) is not None:
        jobs.append(found)
        trial, rung = found
        if rung == rungs:
            complete.append(trial)
        elif math.isfinite(curves[trial][rung]):
            reached[rung].append(trial)
        else:  # out: it gives its place to the next
            reached = [[other for other in each if other != trial] for each in reached]
    return jobs, min(complete, key=lambda trial: (-curves[trial][-1], trial), default=0)


def drawn_curves(source: random.Random, trials: int, rungs: int, *, broken: float = 0.0, levels: int = 0) -> Curves:
    """Noisy rising curves; some become not finite, and with `levels` many values are equal."""
    found = {}
    for number in range(1, trials + 1):
        end = source.random()
        values = [end - 0.5 ** (place + 1) + source.gauss(0, 0.1) for place in range(rungs + 1)]
        values = [round(value * levels) / levels if levels else value for value in values]
        found[number] = tuple(math.nan if source.random() < broken else value for value in values[:-1]) + (values[-1],)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_decisions_are_those_of_the_paper(seed):
    """With one trial at a time the jobs are, in order, those of the paper's algorithm, and so is the winner."""
    source = random.Random(seed)
    eta, keep, rungs, trials = source.choice([2, 3, 4]), source.choice([1, 1, 3]), source.choice([1, 2, 3]), 3 + seed
    curves = drawn_curves(source, trials, rungs, broken=source.choice([0.0, 0.2]), levels=source.choice([0, 4]))
    simulation = Simulation(halving(eta=eta, keep=keep, trials=trials), curves)
    winners = simulation.run()
    jobs = [
        (step.number, 0) if isinstance(step, Start) else (step.number, step.target) if isinstance(step, Promote) else step[1:]
        for step in simulation.decisions
    ]  # fmt: skip
    expected, winner = reference(curves, eta, keep)
    assert jobs == expected
    assert (winners[0] if winners else 0) == winner


@given(
    seed=st.integers(0, 2**32), trials=st.integers(1, 40), eta=st.integers(2, 5), keep=st.integers(1, 5),
    rungs=st.integers(0, 4), jobs=st.integers(1, 6), goal=st.sampled_from(["max", "min"]),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_search_ends_and_promotes_no_more_than_the_rule_allows(seed, trials, eta, keep, rungs, jobs, goal):
    """Whatever arrives first, the search ends, each trial starts once, and a rung promotes its share or what `keep` needs."""
    source = random.Random(seed)
    curves = drawn_curves(source, trials, rungs, broken=0.1)
    simulation = Simulation(halving(eta=eta, keep=keep, trials=trials), curves, jobs, goal, source.choice)
    winners = simulation.run()
    records = simulation.records
    assert sorted(records) == sorted(curves)
    assert len(simulation.decisions) <= trials * (rungs + 1)
    for rung in range(rungs):
        reached = [record for record in records.values() if len(record.values) > rung]
        went_on = [record for record in reached if record.target > rung]
        # Early arrivals may be overtaken later, as in the paper: at most 1/eta of each moment's arrivals were promoted.
        assert len(went_on) <= harmonic_bound(len(reached), eta) + keep + broken_above(simulation, rung)
    complete = [record for record in records.values() if record.state == "complete"]
    assert len(winners) == min(keep, len(complete))
    assert bool(winners) == bool(complete)
    sign = 1 if goal == "max" else -1
    best = sorted((-sign * record.final, record.number) for record in complete)
    assert winners == tuple(number for _, number in best[:keep])


def harmonic_bound(reached: int, eta: int) -> int:
    """The most trials that can at some moment have been in the top 1/eta of those that had reached a rung."""
    return sum(1 for count in range(1, reached + 1) if count // eta >= 1)


def broken_above(simulation: Simulation, rung: int) -> int:
    """Trials that went on from the rung and were out later: each gives its place to another."""
    return sum(record.state == "out" and record.target > rung for record in simulation.records.values())


def test_order_of_records_changes_nothing():
    """The same records in another order give the same decision."""
    source = random.Random(5)
    curves = drawn_curves(source, 30, 3, levels=5)
    records = [
        TrialRecord(number=number, state="paused", values=curve[: 1 + number % 3], target=number % 3)
        for number, curve in curves.items()
    ]
    expected = next_step(halving(), "max", 3, 30, records)
    for _ in range(20):
        source.shuffle(records)
        assert next_step(halving(), "max", 3, 30, records) == expected


def test_all_equal_promotes_the_lower_numbers():
    """Of trials that are all equal the one with the lowest number goes on and wins."""
    assert Simulation(halving(trials=9), dict.fromkeys(range(1, 10), (0.5, 0.5, 0.5))).run() == (1,)


def test_all_out_has_no_winner():
    """A search whose trials all fail is decided without a winner."""
    assert Simulation(halving(trials=9), dict.fromkeys(range(1, 10), (math.nan, 0.5))).run() == ()


def test_value_that_never_came_is_never_promoted():
    """A trial without a value at a rung counts as having reached it and does not go on, even when nothing else is left."""
    records = [TrialRecord(number=number, state="paused", values=(math.nan,)) for number in (1, 2, 3)]
    assert next_step(halving(trials=3), "max", 2, 3, records) == Decided(())
    records[1] = TrialRecord(number=2, state="paused", values=(-5.0,))
    assert isinstance(next_step(halving(trials=3), "max", 2, 3, records), Promote)


@given(
    points=st.lists(st.tuples(st.floats(0, 30), st.floats(-1, 1) | st.just(math.nan)), max_size=40),
    judge=st.sampled_from(["best", "last"]), goal=st.sampled_from(["max", "min"]),
)  # fmt: skip
def test_later_readings_change_no_value(points, judge, goal):
    """A trial's values at rungs are those of its readings up to the rung: more readings only add values."""
    points = sorted(points, key=lambda point: point[0])
    rungs = (2.0, 6.0, 18.0)
    whole = rung_values(points, rungs, goal, judge)
    for count in range(len(points)):
        part = rung_values(points[:count], rungs, goal, judge)
        assert part == whole[: len(part)]
    for rung, value in zip(rungs, whole, strict=False):
        before = [reading for place, reading in points if place <= rung + 1e-9] or [points[0][1]]
        chosen = max(before) if goal == "max" else min(before)
        assert value == (before[-1] if judge == "last" else chosen)


def test_rungs_are_whole_epochs_or_shares():
    """Rungs are epochs where the stage has a number of them, and shares where it has none or where it is swept."""
    assert rung_positions(halving(), 20) == (2, 6, 18)
    assert rung_positions(halving(), 5) == (1, 2)
    assert rung_positions(halving(), 1) == ()
    assert rung_positions(halving()) == pytest.approx((0.1, 0.3, 0.9))
    swept = sweep_plan('method = "halving"\ntrials = 4', "epochs = [5, 10]", command='["train", "{epochs}"]').stages[0]
    assert not rungs_of(swept).in_epochs
    assert rungs_of(sweep_plan().stages[0]).positions == (2, 6, 18)
    assert rungs_of(sweep_plan('method = "random"\ntrials = 4').stages[0]).positions == ()


def test_decision_among_a_thousand_trials_is_quick():
    """With 1,000 trials one decision takes less than 5 ms of processor time."""
    source = random.Random(1)
    curves = drawn_curves(source, 1000, 3)
    records = [
        TrialRecord(number=number, state="paused", values=curve[: 1 + number % 3], target=number % 3)
        for number, curve in curves.items()
    ]
    times = []
    for _ in range(15):
        begin = time.process_time()
        next_step(halving(trials=1000), "max", 3, 1000, records)
        goes_on(halving(trials=1000), "max", records, 500)
        times.append(time.process_time() - begin)
    assert min(times) < 0.005
