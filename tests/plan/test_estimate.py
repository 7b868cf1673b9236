"""Estimates: the classic figures, history, and the timeline they make."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.plan.estimate import Estimate, Estimator, Observation, classic_minutes, estimate_stage
from autotrain_tui.plan.model import PlanStage
from autotrain_tui.plan.timeline import Bar, timeline, total_seconds
from tests.plan.plans import LADDER, ladder, one


def seen(stage: PlanStage, seconds: float, session: str = "s", ended_at: str = "2026-01-01") -> Observation:
    return Observation(
        stage=stage.name,
        seconds=seconds,
        dataset_limit=stage.dataset_limit,
        epochs=stage.epochs,
        batch_size=stage.batch_size,
        scale=stage.scale,
        params=stage.params,
        session=session,
        ended_at=ended_at,
    )


def test_the_classic_figures() -> None:
    """The five development stages give 8, 10.5, 16.8, 16 and 25 minutes; small data have their own least."""
    assert [classic_minutes(*sizes, "development") for sizes in LADDER] == pytest.approx([8, 10.5, 16.8, 16, 25])
    assert classic_minutes(50000, 5, 128, "research") == pytest.approx(62.5)
    assert classic_minutes(50000, 5, 128, "production") == pytest.approx(125)
    assert classic_minutes(2000, 20, None, "development") == 8
    assert [classic_minutes(limit, 1, 32, "development") for limit in (100, 101, 1000, 1001)] == [12, 10, 10, 8]


def test_without_history_it_is_the_classic_guess_or_nothing() -> None:
    """A stage without sizes has no guess; the plan's own figure comes before everything."""
    stage = ladder().stages[0]
    assert estimate_stage(stage, "development") == Estimate(480.0, "classic guess", None)
    assert estimate_stage(one().stages[0], "development") == Estimate(None, "none", None)
    own = replace(stage, estimate_minutes=3.0)
    assert estimate_stage(own, "development", [seen(own, 10)]) == Estimate(180.0, "estimate_minutes of the plan", None)


def test_the_same_stage_earlier_is_what_counts_most() -> None:
    """The median of the same amounts, with the spread and the number of sessions it comes from."""
    stage = ladder().stages[0]
    history = [seen(stage, seconds, session=str(seconds)) for seconds in (90, 100, 112)]
    assert estimate_stage(stage, "development", history) == Estimate(100, "3 earlier sessions, ±12 %", 0.12)
    assert estimate_stage(stage, "development", history[:1]) == Estimate(90, "1 earlier session", None)


def test_a_stage_without_sizes_learns_from_its_own_name() -> None:
    """Without amounts nothing else says that it is the same work."""
    stage = one().stages[0]
    other = replace(stage, name="b")
    assert estimate_stage(stage, "development", [seen(other, 5)]) == Estimate(None, "none")
    assert estimate_stage(stage, "development", [seen(other, 5), seen(stage, 7)]).seconds == 7


def test_other_amounts_are_fitted_with_a_fixed_start() -> None:
    """30 s of start-up and 1 ms an example and epoch are found again, whatever single run went wrong."""
    stages = [replace(stage, batch_size=32) for stage in ladder().stages]
    history = [seen(stage, 30 + 0.001 * (stage.dataset_limit or 0) * (stage.epochs or 0)) for stage in stages[:4]]
    history.append(seen(stages[0], 5000, ended_at="2025-01-01"))
    half = replace(stages[1], epochs=7)
    found = estimate_stage(half, "development", history)
    assert found.seconds == pytest.approx(30 + 35, rel=0.02)
    assert found.source.startswith("1 earlier session scaled, ±")
    assert found.spread is not None
    assert 0 < found.spread < 0.5


def test_one_amount_alone_is_scaled_in_proportion_and_less_sure() -> None:
    """Twice the work, twice the time, with a wide spread that grows with the distance."""
    stage = ladder().stages[0]
    near = estimate_stage(replace(stage, epochs=40), "development", [seen(stage, 100)])
    far = estimate_stage(replace(stage, epochs=400), "development", [seen(stage, 100)])
    assert near.seconds == 200
    assert near.spread is not None
    assert far.spread is not None
    assert 0.25 < near.spread < far.spread <= 1.0


def test_the_running_session_counts_first() -> None:
    """A stage like one that it did already takes as long again."""
    stage = ladder().stages[0]
    history = [seen(stage, 100, "old"), seen(stage, 150, "now", "2026-02-01")]
    assert Estimator(history, "development", session="now").estimate(stage) == Estimate(150, "this session", None)
    assert Estimator(history, "development").estimate(stage).source == "2 earlier sessions, ±20 %"
    again = Estimator(history[1:], "development", session="now").estimate(replace(stage, name="s1-2", epochs=40))
    assert (again.seconds, again.source) == (300, "this session scaled, ±35 %")


def test_the_session_s_pace_corrects_what_earlier_ones_promise() -> None:
    """Where the first stage took half as long again, the others are expected to as well; within reason."""
    first, second = ladder().stages[:2]
    earlier = [seen(first, 100, "old"), seen(second, 200, "old")]
    slow = Estimator([*earlier, seen(first, 150, "now")], "development", session="now")
    assert slow.estimate(second).seconds == pytest.approx(300, rel=0.1)
    assert slow.estimate(second).source == "1 earlier session, x1.4 as so far"
    absurd = Estimator([*earlier, seen(first, 1e6, "now")], "development", session="now")
    assert absurd.estimate(second).seconds == 800
    same = Estimator([*earlier, seen(first, 101, "now")], "development", session="now")
    assert same.estimate(second) == Estimate(200, "1 earlier session", None)


def test_the_pace_is_what_the_spread_does_not_explain() -> None:
    """A stage within its own ±20 % says nothing of the next; several that agree do, and the doubt left is shown."""
    stages = ladder().stages
    earlier = [
        seen(stage, seconds, session) for session, seconds in (("a", 80), ("b", 100), ("c", 120)) for stage in stages
    ]
    quick = Estimator([*earlier, seen(stages[0], 85, "now")], "development", session="now")
    assert quick.estimate(stages[1]) == Estimate(100, "3 earlier sessions, ±20 %", 0.2)
    steady = Estimator([*earlier, *(seen(stage, 70, "now") for stage in stages[:4])], "development", session="now")
    found = steady.estimate(stages[4])
    assert found.seconds is not None
    assert found.spread is not None
    assert 70 < found.seconds < 80
    assert 0.2 < found.spread < 0.3


def test_few_that_agree_by_chance_are_no_surer_than_is_usual() -> None:
    """The spread of three equal runs is what the runs of other stages show."""
    first, second = ladder().stages[:2]
    history = [seen(first, 100, session) for session in "abc"]
    noisy = [seen(second, seconds, session) for session, seconds in (("a", 150), ("b", 200), ("c", 250))]
    assert estimate_stage(first, "development", history).spread == 0
    assert estimate_stage(first, "development", [*history, *noisy]).spread == pytest.approx(0.125)


def test_other_parameters_are_other_work() -> None:
    """A stage with other params is not taken for the same, only for alike where nothing nearer is known."""
    stage = ladder("params = { width = 1 }").stages[0]
    wide = replace(stage, params={"width": 9})
    assert estimate_stage(stage, "development", [seen(wide, 900), seen(stage, 100)]).seconds == 100
    assert "scaled" in estimate_stage(stage, "development", [seen(wide, 900)]).source


observations = st.builds(
    Observation,
    stage=st.sampled_from(["s1", "s2", "x"]),
    seconds=st.floats(-1, 1e9) | st.sampled_from([float("nan"), float("inf"), 1e300]),
    dataset_limit=st.none() | st.integers(1, 10**9),
    epochs=st.none() | st.integers(1, 1000),
    batch_size=st.none() | st.sampled_from([32, 64]),
    session=st.sampled_from(["a", "b", ""]),
)


@given(st.lists(observations, max_size=80))
def test_any_history_gives_a_sane_estimate(history: list[Observation]) -> None:
    """Seconds are above 0 and finite or unknown, the spread is a fraction, and the source says something."""
    estimators = [Estimator(history, "development", session) for session in (None, "a")]
    for estimator, stage in itertools.product(estimators, ladder().stages):
        found = estimator.estimate(stage)
        assert found.seconds is not None
        assert 0 < found.seconds < math.inf
        assert found.spread is None or 0 <= found.spread < 1e12
        assert found.source


def test_a_timeline_follows_needs_and_jobs() -> None:
    """Stages side by side share the axis; unknown times make the total unknown."""
    plan = ladder("jobs = 2\nneeds = []", sizes=((1, 1, 1),) * 3)
    estimates = {"s1": Estimate(10, ""), "s2": Estimate(4, ""), "s3": Estimate(8, "")}
    bars = timeline(plan, estimates)
    assert bars == [Bar("s1", 0, 10, True), Bar("s2", 0, 4, True), Bar("s3", 4, 12, True)]
    assert total_seconds(bars) == 12
    chain = timeline(ladder(sizes=((1, 1, 1),) * 3), {**estimates, "s2": Estimate(None, "none")}, frozenset({"s1"}))
    assert chain == [Bar("s2", 0, 0, False), Bar("s3", 0, 8, True)]
    assert total_seconds(chain) is None
