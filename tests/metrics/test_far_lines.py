"""Lines of simulators, samplers, optimisers and reinforcement learning, each a kind that was once misread."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Progress
from tests.metrics.test_library_lines import points, series
from tests.metrics.truth import FOLDER


def test_rows_behind_a_name_are_rows_of_the_table_above() -> None:
    """ASE prints its optimiser's name before each row, and nothing over it in the heading."""
    text = (FOLDER / "ase_optimizer.log").read_text()
    assert [step for step, _ in series(text, "Energy")][:3] == [0, 1, 2]
    assert points("loss: 3 0.5 0.25\nTotal: 4 0.5 0.25\n") == []


def test_a_csv_whose_heading_is_a_comment_tells_steps_and_per_cent() -> None:
    """OpenMM's reporter quotes the names of its columns behind a `#`, and its per cent is the run's."""
    data = (FOLDER / "openmm_csv.log").read_bytes()
    assert [step for step, _ in series(data.decode(), "Temperature_(K)")] == [*range(1000, 21000, 1000)]
    reader = LogReader()
    events = [event for line in data.splitlines(keepends=True) for event in reader.feed(line)]
    told = [event.fraction for event in events if isinstance(event, Progress)]
    assert told == pytest.approx([part / 20 for part in range(1, 21)])


def test_a_count_between_stars_is_the_step_of_the_lines_below() -> None:
    """neat-python prints ` ****** Running generation 3 ****** ` over each generation's figures."""
    text = (FOLDER / "neat_generations.log").read_text()
    for name in ("Population's_average_fitness", "stdev", "Average_adjusted_fitness"):
        assert [step for step, _ in series(text, name)] == [*range(12)]


def test_an_evaluation_under_a_name_that_no_list_knows_stays_apart() -> None:
    """PFRL's `R` of an evaluation is no `R` of the training, and its episodes are no steps."""
    text = (FOLDER / "pfrl_episodes.log").read_text()
    assert [step for step, _ in series(text, "R")] == [*range(20, 820, 20)]
    assert {step for step, _ in series(text, "evaluation_R")} == {200, 400, 600, 800}
    assert [step for step, _ in series(text, "average_loss")] == [*range(100, 820, 20)]
    lines = "".join(
        f"train ({i}/8) gain: 0.{i}1 | gain/std: 0.1{i}\nvalid ({i}/8) gain: 0.{i}2 | gain/std: 0.2{i}\n"
        for i in range(1, 9)
    )
    assert [value for _, value in series(lines, "valid_gain/std")] == pytest.approx(
        [0.2 + i / 100 for i in range(1, 9)]
    )
    assert [value for _, value in series(lines, "gain/std")] == pytest.approx([0.1 + i / 100 for i in range(1, 9)])


def test_words_may_stand_in_cells_between_bars() -> None:
    """nautilus says in the first cell what it does, and counts calls; a count may have several rows."""
    rows = [("Sampling", 0, "1.0000", "N/A"), ("Computing", 0, "1.0000", "N/A"), ("Sampling", 100, "1.0000", "-4.87")]
    rows += [
        ("Computing", 100, "0.9000", "-4.87"),
        ("Sampling", 200, "0.8000", "-4.51"),
        ("Finished", 300, "N/A", "-4.20"),
    ]
    text = "Status    | Bounds | Ellipses | Calls    | f_live | log Z    \n" + "".join(
        f"{word:9} | {1:<6} | {0:<8} | {calls:<8} | {live:6} | {evidence:8}\n" for word, calls, live, evidence in rows
    )
    assert series(text, "log_Z") == [(100, -4.87), (200, -4.51), (300, -4.20)]
    assert points("a | b | c | 0.5 | d\n" * 4) == []


def test_a_size_that_grows_is_no_step() -> None:
    """sentencepiece counts its rounds in `sub_iter` alone; the number of tokens only shows that it goes on."""
    text = "".join(
        f"I0000 00:00:1795926120.18{i}181   31650 unigram_model_trainer.cc:903] EM sub_iter={i % 2} size={4000 - i}"
        f" obj=1{i}.25 num_tokens={45000 + 100 * i} bytes/tok=6.{i}1\n"
        for i in range(6)
    )
    assert points(text) == [("obj", 10.25 + i, None) for i in range(6)]


def test_a_rate_whose_name_ends_in_step_is_no_step() -> None:
    """rl_games prints `fps step: 9610` beside its epoch."""
    text = "".join(f"fps step: {9000 + i} fps total: {4000 + i} epoch: {i}/8 frames: {128 * i}\n" for i in range(1, 9))
    assert [step for step, _ in series(text, "fps_step")] == [*range(1, 9)]


def test_a_bar_slower_than_a_step_a_second_counts_without_a_total() -> None:
    """pocomc's `5it [00:12,  2.55s/it, calls=320` is at step 5, not at its calls."""
    text = "".join(
        f"Iter: {i}it [00:1{i},  2.5{i}s/it, calls={64 * i}, logZ=-1.3{i}, acc=0.7{i}, steps={i}]\r" for i in range(6)
    )
    assert series(text, "acc") == [(i, 0.7 + i / 100) for i in range(6)]
    assert series(text, "logZ") == [(i, -1.3 - i / 100) for i in range(6)]


def test_a_bar_tells_the_names_before_it() -> None:
    """CEBRA describes its bar with names that no list knows; catalyst counts the epoch before the word."""
    text = "".join(
        f"pos: -0.9{i} neg:  5.1{i} total:  4.2{i}:  10%|#  | {i}/60 [00:00<00:03, 18.34it/s]\r" for i in range(1, 5)
    )
    assert series(text, "neg") == [(1, 5.11), (2, 5.12), (3, 5.13), (4, 5.14)]
    text = "".join(
        f"{epoch}/2 * Epoch (train):  50%|#  | {i}/4 [00:00<00:03, 18.34it/s, loss=0.{epoch}{i}]\r"
        for epoch in (1, 2)
        for i in range(1, 5)
    )
    assert [step for step, _ in series(text, "loss")] == [*range(1, 9)]


def test_names_before_an_evaluations_bar_are_of_the_evaluation() -> None:
    """`val pos: -0.9:  10%|` is no value of the training, and a download's bar has none."""
    text = "".join(f"val pos: -0.9{i}, gap: 0.1{i}:  10%|#  | {i}/6 [00:00<00:03, 18.34it/s]\r" for i in range(1, 5))
    assert {name for name, _, _ in points(text)} == {"val_pos", "val_gap"}
    assert points("Downloading part: 1.5:  10%|#  | 1/6 [00:00<00:03, 18.34it/s]\r") == []


def test_what_a_metric_is_measured_in_stands_in_brackets() -> None:
    """PyPOTS prints `training loss (MAE): 1.71`, flair `time (sec): 0.1`."""
    line = "Epoch 001 - training loss (MAE): 1.7158, validation MSE: 0.8732, time (sec): 0.12\n"
    assert points(line) == [("training_loss_(MAE)", 1.7158, None), ("validation_MSE", 0.8732, None)]


def test_news_of_a_best_is_no_metric() -> None:
    """MONAI prints `Got new best metric of val_mean_dice: 0.8125` beside the evaluation's own line."""
    assert points("Epoch: 1/3, Iter: 4/4 -- train_loss: 0.4775\nGot new best metric of val_mean_dice: 0.8125\n") == [
        ("train_loss", 0.4775, 4)
    ]


def test_a_bar_of_strokes_tells_its_per_cent() -> None:
    """geneticalgorithm draws `||||______ 12.5% GA is running...`."""
    reader = LogReader()
    events = reader.feed(
        b"".join(b"|" * i + b"_" * (40 - i) + b" %.1f%% GA is running...\r" % (2.5 * i) for i in range(1, 41))
    )
    told = [event.fraction for event in events if isinstance(event, Progress)]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_what_a_solver_finds_on_its_way_is_no_metric() -> None:
    """Gurobi's and SCIP's bounds before the search are of other problems, and Ipopt's summary has two columns."""
    assert (
        points(
            "Found heuristic solution: objective 720.0000000\nRoot relaxation: objective 1.610392e+03, 20 iterations\n"
        )
        == []
    )
    assert (
        points("feasible solution found by trivial heuristic after 0.0 seconds, objective value 0.000000e+00\n") == []
    )
    assert points("Objective...............:   1.0625894116417316e+00    1.2793576516166448e+01\n") == []


def test_words_of_solvers_are_no_reason_to_leave_a_report_out() -> None:
    """A training may have a relaxation or a heuristic too."""
    assert points("Epoch 1 relaxation loss: 0.5\nEpoch 2 loss: 0.4, heuristic 0.3\n") != []
    assert [value for name, value, *_ in points("Epoch 1 heuristic loss: 0.5\n")] == [0.5]


def test_only_a_heading_with_a_per_cent_sign_tells_per_cents() -> None:
    """A column `progress` may go from 0 to 1, and one of per cents may hold no number."""

    def fractions(text: str) -> list[float | None]:
        events = LogReader().feed(text.encode())
        return [event.fraction for event in events if isinstance(event, Progress)]

    assert fractions("step,progress,loss\n1,0.1,0.9\n2,0.2,0.8\n") == [None]
    assert fractions("step,progress (%),loss\n1,10.0,0.9\n2,nan,0.8\n") == [0.1]
    assert fractions("step,progress (%),loss\n1,10.0,0.9\n2,20.0,0.8\n") == [0.2]


def test_a_table_that_compares_models_is_no_series() -> None:
    """Each of its rows has another name, and what the columns tell is of another model."""
    rows = [("resnet", 10, 0.91), ("vit", 20, 0.92), ("mlp", 30, 0.93), ("cnn", 40, 0.94)]
    heading = "| model  | epoch | loss | acc  | f1   |\n"
    assert (
        points(heading + "".join(f"| {name:6} | {epoch} | 0.5 | {acc} | {acc} |\n" for name, epoch, acc in rows)) == []
    )
    heading = "         epoch    loss    acc\n"
    assert points(heading + "".join(f"{name}:  {epoch}    0.5    {acc}\n" for name, epoch, acc in rows)) == []
