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


CMA = """\
Iterat #Fevals   function value  axis ratio  sigma  min&max std  t[m:s]
    1      8 1.843031719357374e+00 1.0e+00 4.49e-01  4e-01  5e-01 0:00.0
    2     16 8.673355838291622e-01 1.3e+00 4.45e-01  4e-01  5e-01 0:00.0
    3     24 9.219710714800868e-01 1.4e+00 4.80e-01  4e-01  6e-01 0:00.0
    5     40 5.394154285988534e-01 1.9e+00 3.83e-01  3e-01  4e-01 0:00.0
   25    200 1.185435983873785e-03 1.6e+00 6.29e-02  2e-02  3e-02 0:00.0 -\r\x1b[2K\
  100    800 2.164774193586297e-06 1.5e+00 1.10e-02  1e-03  2e-03 0:00.1 -\r\x1b[2K
termination on {'maxiter': 100} (Sat Nov 28 23:00:31 2026)
"""


def test_a_heading_with_another_number_of_cells_than_its_rows() -> None:
    """cma's columns have names of two words, one name for two columns, and a sign behind rows that are drawn over."""
    found = points(CMA)
    assert {name for name, *_ in found} == {"function_value", "axis_ratio", "sigma"}
    assert [(value, step) for name, value, step in found if name == "axis_ratio"] == [
        (1.0, 1), (1.3, 2), (1.4, 3), (1.9, 5), (1.6, 25), (1.5, 100),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "above", ["iter values of the whole run", "Iterat shown below", "iter", "iter    a  b  c  d  e  f  g  h  i"]
)
def test_words_above_figures_are_no_heading_unless_they_stand_over_them(above: str) -> None:
    """A word over no column, or a column under no word, makes no table."""
    assert not points(above + "\n" + "".join(f"    {i}     0.{i}5    1.{9 - i}5   2.{i}5\n" for i in range(1, 7)))


DEAP = """\
   \t      \t                            fitness                             \t                       size
   \t      \t----------------------------------------------------------------\t---------------------------------------------
gen\tnevals\tavg     \tgen\tmax    \tmin      \tnevals\tstd     \tavg     \tgen\tmax
0  \t30    \t0.565356\t0  \t1.36684\t0.0414313\t30    \t0.318675\t0.796932\t0  \t0.992543
1  \t19    \t0.24271 \t1  \t0.772947\t0.0314313\t19    \t0.172499\t0.617831\t1  \t0.899819
2  \t15    \t0.0861781\t2  \t0.501105\t0.00867884\t15    \t0.0879141\t0.47681 \t2  \t0.788723
"""


def test_groups_of_columns_are_as_wide_as_the_dashes_below_their_names() -> None:
    """DEAP's chapters have columns of one name, in groups whose title stands in the middle, between tabs."""
    last = {name: value for name, value, step in points(DEAP) if step == 2}
    assert last == {
        "fitness_avg": 0.0861781, "fitness_max": 0.501105, "min": 0.00867884, "std": 0.0879141,
        "size_avg": 0.47681, "size_max": 0.788723,
    }  # fmt: skip


def test_a_first_row_with_empty_cells() -> None:
    """scipy's least_squares has nothing to tell of two columns in its first row; the table begins with the next."""
    head = "   Iteration     Total nfev        Cost      Cost reduction    Step norm     Optimality   \n"
    first = "       0              1         2.0450e+02                                    8.03e+02    \n"
    rows = "".join(
        f"       {i}              {i + 1}         {9 - i}.7821e+01      1.17e+02       2.83e+00       2.{i}6e+02    \n"
        for i in range(1, 6)
    )
    for start in (first, first.replace("e+02", "    ")):
        found = points(head + start + rows)
        assert {name for name, *_ in found} == {"Cost", "Step_norm", "Optimality"}
        assert [(value, step) for name, value, step in found if name == "Cost"] == [
            (float(f"{9 - i}7.821"), i) for i in range(1, 6)
        ]


def test_columns_that_change_late_keep_their_start() -> None:
    """scipy's trust-constr counts in `niter`; a column that stays the same at first is read from its first row on."""
    rows = "".join(
        f"|   {i}   |   {4 * i}   | +{9 - i}.2420e+02 | {0.1 * (i > 4):.2e} |   0   |\n" for i in range(1, 7)
    )
    found = points(
        "| niter |f evals|  obj func   |  c viol  |CG stop|\n|-------|-------|-------------|----------|-------|\n"
        + rows
    )
    assert {name for name, *_ in found} == {"obj_func", "c_viol"}
    assert [(value, step) for name, value, step in found if name == "c_viol"] == [
        (0.1 * (i > 4), i) for i in range(1, 7)
    ]


def test_an_abbreviation_belongs_to_the_name() -> None:
    """arch's negative log-likelihood is not the likelihood, and the greatest loss not the loss; a sentence is no name."""
    form = "Iteration:     {0},   Func. Count:     2{0},   Neg. LLF: 70{1}.3457052970375\n"
    assert points("".join(form.format(i, 9 - i) for i in range(1, 5)))[0] == ("Neg._LLF", 708.3457052970375, 1)
    found = points("".join(f"step {i} Max. loss: 1.{i} loss: 0.{i}\n" for i in range(1, 5)))
    assert [value for name, value, _ in found if name == "loss"] == [0.1, 0.2, 0.3, 0.4]
    assert {name for name, *_ in found} == {"loss", "Max._loss"}
    assert points("step 3 is done. loss: 0.25\n") == [("loss", 0.25, 3)]


def test_a_name_behind_its_number_ends_before_the_data_it_is_on() -> None:
    """gensim tells two values of a held-out corpus, each before its name."""
    form = "10:00:0{0},097 : INFO : -5.{0}39 per-word bound, 3{0}.9 perplexity estimate based on a held-out corpus of 150 documents with 3000 words\n"
    turn = "10:00:0{0},200 : INFO : PROGRESS: pass {0}, at document #300/300\n"
    found = points("".join((form + turn).format(i) for i in range(1, 6)))
    assert {name: value for name, value, _ in found} == {"per-word_bound": -5.539, "perplexity_estimate": 35.9}


@pytest.mark.parametrize(
    "heading", ["Generation = {}", "Iteration: {}", "--- Step {} ---", "=== Round {}", "INFO: Gen {}:"]
)
def test_a_count_alone_on_a_line_is_the_place_of_what_is_below(heading: str) -> None:
    """PyGAD's examples print the generation and its fitness on lines of their own."""
    text = "".join(f"{heading.format(i)}\nFitness    = {i}.8618961332814217\n" for i in range(1, 5))
    assert points(text) == [("Fitness", float(f"{i}.8618961332814217"), i) for i in range(1, 5)]


def test_an_inner_count_alone_on_a_line_is_no_place() -> None:
    """Where the log tells its steps, the count of an inner loop does not place what comes behind it."""
    text = "".join(f"step {i}00/900 loss 0.{i}\nIteration: 2\nval_loss: 0.2{i}\n" for i in range(1, 5))
    assert {step for _, _, step in points(text)}.isdisjoint({2})


def test_the_steps_of_an_average_stand_in_brackets() -> None:
    """numpyro's bar says of which steps its loss is the average; the loss before the first is a setting."""
    form = (
        "{0}0%|{2:10}| {0}00/1000 [00:00<00:00, 566.99it/s, init loss: 86.0344, avg. loss [{1}51-{0}00]: 7{0}.6318]\r"
    )
    found = points("".join(form.format(i, i - 1, "#" * i) for i in range(2, 6)))
    assert found == [("avg._loss", float(f"7{i}.6318"), i * 100) for i in range(2, 6)]


def test_a_bar_without_a_stroke_behind_it() -> None:
    """umap's bar ends with the elapsed time, and its messages are glued to it."""
    rows = [(0, "           ", "\tcompleted  0  /  60 epochs\n"), (2, "▏          ", "\r"), (50, "█████      ", "\r")]
    events = read("".join(f"\rEpochs completed: {n:3}%| {bar}{n * 60 // 100}/60 [00:00]{end}" for n, bar, end in rows))
    assert not [event for event in events if isinstance(event, Reading)]
    assert [(event.epoch, event.epochs) for event in events if isinstance(event, Progress)][-1] == (31.0, 60)
