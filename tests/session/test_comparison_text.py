"""What a comparison says: the best value, what is in common, what differs first."""

from __future__ import annotations

import pytest

from autotrain_tui.session.history.comparison import comparison
from autotrain_tui.session.history.comparison_text import better, goals_of, in_common, what_differs
from autotrain_tui.text.metric_goal import best_places


def document(name: str, stages: dict[str, dict[str, float]], metric: str = "accuracy", goal: str = "max") -> dict:
    """A `show` document with the keys that a comparison reads; each stage has its last metrics."""
    return {
        "id": name,
        "plan": "digits",
        "title": "",
        "mode": "development",
        "host": "here",
        "budget_seconds": None,
        "outcome": "succeeded",
        "state": "finished",
        "elapsed_seconds": 60.0,
        "metric": {"name": metric, "goal": goal, "best": 0.9, "last": 0.8},
        "stages": [
            {"name": stage, "state": "succeeded", "elapsed_seconds": 60.0, "params": {}, "metrics": metrics}
            for stage, metrics in stages.items()
        ],
    }


@pytest.mark.parametrize(
    ("values", "goal", "places"),
    [
        ([1.0, 3.0, 2.0], "max", [1]),
        ([1.0, 3.0, 2.0], "min", [0]),
        ([2.0, None, 2.0], "max", []),
        ([2.0, None, 1.0], "min", [2]),
        ([None, 1.0], "max", []),
        ([3.0, 3.0, 2.0], "max", [0, 1]),
        ([1.0, 2.0], "", []),
    ],
)
def test_the_best_of_some_values(values: list[float | None], goal: str, places: list[int]) -> None:
    """The best value is marked if there are two that differ and a goal."""
    assert best_places(values, goal) == places


def test_a_value_is_better_by_the_plan_then_by_its_name() -> None:
    """The plan's goal wins over the name's; a time is never better; goals that contradict each other mark nothing."""
    goals = goals_of([document("a", {}, "loss", "max")])
    assert better({"stage": None, "name": "last loss", "values": [1.0, 2.0]}, goals) == [1]
    assert better({"stage": None, "name": "last val_loss", "values": [1.0, 2.0]}, goals) == [0]
    assert better({"stage": "one", "name": "elapsed_seconds", "values": [1.0, 2.0]}, goals) == []
    split = goals_of([document("a", {}, "loss", "max"), document("b", {}, "loss", "min")])
    assert better({"stage": None, "name": "last loss", "values": [1.0, 2.0]}, split) == []


def test_nothing_in_common_is_said() -> None:
    """Sessions that share neither stages nor metrics get a sentence for each, and no row of empty cells."""
    one, two = document("a", {"one": {"accuracy": 0.9}}), document("b", {"two": {"wer": 0.1}}, "wer", "min")
    found = comparison([one, two])
    assert in_common(found) == [
        "no stage in common",
        "no metric in common",
        "only in a: stage one; metric accuracy",
        "only in b: stage two; metric wer",
    ]
    assert {entry["stage"] for entry in what_differs(found)["results"]} == {None}


def test_little_in_common_is_counted() -> None:
    """If fewer than half of the metrics are shared, they are counted and named; many names end with their number."""
    many = {f"m{number}": 1.0 for number in range(9)}
    found = comparison([document("a", {"one": {"loss": 1.0, **many}}), document("b", {"one": {"loss": 2.0}})])
    assert in_common(found) == [
        "1 of 10 metrics in common: loss",
        "only in a: metrics m0, m1, m2, m3, m4, m5 and 3 more",
    ]


def test_what_differs_is_first() -> None:
    """Results that differ come before those that are the same, and stages only have rows that differ."""
    one = document("a", {"one": {"accuracy": 0.9, "loss": 0.3}})
    two = document("b", {"one": {"accuracy": 0.8, "loss": 0.3}})
    names = [(entry["stage"], entry["name"]) for entry in what_differs(comparison([one, two]))["results"]]
    assert names.index(("one", "accuracy")) < names.index((None, "outcome"))
    assert ("one", "state") not in names
    assert (None, "last loss") in names
