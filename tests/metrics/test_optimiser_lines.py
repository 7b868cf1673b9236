"""Evolution, swarms and searches: what their libraries print, with their lines as they were printed."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Progress, Reading

Point = tuple[str, float, int | None]


def read(text: str) -> list[object]:
    reader = LogReader()
    return [*reader.feed(text.encode()), *reader.finish()]


def points(text: str) -> list[Point]:
    return [(event.name, event.value, event.step) for event in read(text) if isinstance(event, Reading)]


def test_a_table_may_count_by_a_name_that_begins_with_n() -> None:
    """pymoo's table counts in `n_gen`; its count of evaluations is no series, an average and a least value are."""
    head = "=======\nn_gen  |  n_eval  |     f_avg     |     f_min\n=======\n"
    rows = "".join(f"     {i} |      {20 * i} |  0.{9 - i}373204501 |  0.{9 - i}530771268\n" for i in range(1, 6))
    found = points(head + rows)
    assert {name for name, *_ in found} == {"f_avg", "f_min"}
    assert [point for point in found if point[0] == "f_min"] == [
        ("f_min", float(f"0.{9 - i}530771268"), i) for i in range(1, 6)
    ]


@pytest.mark.parametrize("name", ["t_max", "mem_max", "ep_len_max", "val_loss_best"])
def test_the_greatest_of_a_time_or_a_size_is_no_column(name: str) -> None:
    """A figure at the end of a name is one of what stands before it."""
    rows = "".join(f"{i}  0.{i}5  1.{9 - i}5\n" for i in range(1, 6))
    assert {found for found, *_ in points(f"gen  wobble  {name}\n{rows}")} == {"wobble"}


MEALPY = (
    "2026/11/28 11:00:34 PM, INFO, mealpy.swarm_based.PSO.OriginalPSO: >>>Problem: P, Epoch: {}, "
    "Current best: {}, Global best: {}, Runtime: 0.00210 seconds\n"
)


def test_running_bests_alone_are_the_series() -> None:
    """mealpy's lines tell a generation's best and the best so far, and no other value."""
    values = [(1, 12.139, 12.139), (2, 8.859, 8.859), (3, 9.484, 8.859), (4, 3.604, 3.604)]
    wanted = [("Current_best", now, i) for i, now, _ in values], [("Global_best", ever, i) for i, _, ever in values]
    found = points("".join(MEALPY.format(*row) for row in values))
    assert tuple([point for point in found if point[0] == name] for name in ("Current_best", "Global_best")) == wanted


def test_running_bests_beside_a_value_are_none() -> None:
    """A best so far says nothing more than the value beside it."""
    text = "".join(f"Gen {i}: wobble: 0.{i}, current best: 0.{i}, global best: 0.1{i}\n" for i in range(1, 6))
    assert {name for name, *_ in points(text)} == {"wobble"}


SWARM = "swarm.single.global_best: {:3d}%|{:10}|{}/20{}\r"


@pytest.mark.parametrize("size", [1, 64, 10_000])
def test_a_bar_without_times(size: int) -> None:
    """pyswarms' bar has its count, its total and the best cost, and neither a time nor a rate."""
    rows = [
        (0, "", ""),
        (0, "", ", best_cost=0.0375"),
        (4, "██", ", best_cost=0.0375"),
        (8, "████", ", best_cost=0.00878"),
    ]
    data = "".join(SWARM.format(5 * n, bar, n, post) for n, bar, post in rows).encode()
    reader = LogReader()
    events = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    events += reader.finish()
    found = [(event.name, event.value, event.step) for event in events if isinstance(event, Reading)]
    assert found == [("best_cost", 0.0375, 0), ("best_cost", 0.00878, 8)]
    assert [(event.step, event.total) for event in events if isinstance(event, Progress)][-1] == (8, 20)


@pytest.mark.parametrize("tail", ["", " [00:05]", ", loss=0.5", " [00:05], loss=0.5"])
def test_a_bar_with_a_format_of_its_own(tail: str) -> None:
    """A program's `bar_format` may leave out the rate, or all times."""
    events = read(f"fit:  30%|###       | 3/10{tail}\n")
    assert [(event.step, event.total) for event in events if isinstance(event, Progress)] == [(3, 10)]
    assert [(e.name, e.value, e.step) for e in events if isinstance(e, Reading)] == [("loss", 0.5, 3)] * (
        "loss" in tail
    )


@pytest.mark.parametrize(
    "line", ["used 30%| of |3/10 shares", "cpu 30%|## | 3/10 free", "a 30%|#|3/10, best_epoch=3.5, loss"]
)
def test_a_share_in_a_drawn_line_is_no_value(line: str) -> None:
    """Only a bar that ends with its count, or with `a=1, b=2`, is read."""
    assert not points(line + "\n")
