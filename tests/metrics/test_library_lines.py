"""Lines as libraries of many kinds print them, each a kind that was once misread."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Reading

Point = tuple[str, float, int | None]


def points(text: str) -> list[Point]:
    reader = LogReader()
    events = [*reader.feed(text.encode()), *reader.finish()]
    return [(event.name, event.value, event.step) for event in events if isinstance(event, Reading)]


def series(text: str, name: str) -> list[tuple[int | None, float]]:
    """The (step, value) pairs of one series."""
    return [(step, value) for found, value, step in points(text) if found == name]


def test_a_number_that_is_whole_in_one_line_keeps_the_others_in_their_series() -> None:
    """iminuit prints 17 where another line has 1.075: both lines have the same words, and other names to believe."""
    text = "".join(
        f"I VariableMetricBuilder    {i} - FCN = {fcn:>17} Edm = {edm:>17} NCalls = {10 * i:>6}\n"
        for i, fcn, edm in [
            (0, "17", "11.66666753"),
            (1, "1.075718411", "0.5152579387"),
            (2, "0.3549310067", "0.07892432"),
            (3, "0.02676262037", "0.01386820"),
            (4, "3", "0.0079835"),
            (5, "0.0005545194", "0.0002873"),
        ]
    )
    assert series(text, "FCN") == [(1, 1.075718411), (2, 0.3549310067), (3, 0.02676262037), (5, 0.0005545194)]
    assert [point for point in series(text, "Edm") if point[0] in {3, 4, 5}] == [
        (3, 0.0138682),
        (4, 0.0079835),
        (5, 0.0002873),
    ]


@pytest.mark.parametrize(
    "words", ["Cost after step {:5d}: {: .7f}", "Loss after epoch {}: {}", "Error at step [{}] = {}"]
)
def test_a_metric_may_stand_before_its_step(words: str) -> None:
    """PennyLane's tutorials pad the number of the step."""
    found = points("".join(words.format(5 * i, 1 / i) + "\n" for i in range(1, 5)))
    assert [name for name, *_ in found] == [words.split(maxsplit=1)[0]] * 4
    assert [value for _, value, _ in found] == pytest.approx([1 / i for i in range(1, 5)], abs=1e-6)


def test_an_array_of_jax_is_its_number() -> None:
    """`Array(0.86, dtype=float32)` is a value, no name."""
    line = "Metrics after step {} {{'train_accuracy': Array({}, dtype=float32), 'train_loss': Array(0.5, dtype=float32)}}\n"
    found = points("".join(line.format(20 * i, i / 10) for i in range(1, 5)))
    assert {name for name, *_ in found} == {"train_accuracy", "train_loss"}
    assert [(step, value) for name, value, step in found if name == "train_accuracy"][0] == (20, 0.1)
    assert series("".join(f"step {i} loss: Array(0.{i}, dtype=float32)\n" for i in range(1, 4)), "loss")[0] == (1, 0.1)


def test_sentences_that_count_are_the_steps_of_the_lines_below() -> None:
    """scikit-optimize tells an iteration's begin and end, and the values in lines of their own."""
    text = "".join(
        f"Iteration No: {i} started. Searching for the next optimal point.\n"
        f"Iteration No: {i} ended. Search finished for the next optimal point.\n"
        f"Time taken: 0.4{i}10\nFunction value obtained: {i / 7:.4f}\nCurrent minimum: {1 / i:.4f}\n"
        for i in range(1, 7)
    )
    assert series(text, "Function_value_obtained") == [(i, round(i / 7, 4)) for i in range(1, 7)]
    assert series(text, "Current_minimum") == [(i, round(1 / i, 4)) for i in range(1, 7)]
    assert len(points(text)) == 12


def test_a_name_may_stand_before_with_value() -> None:
    """nevergrad: `Updating fitness with value 0.25`, between lines that count."""
    text = "".join(
        f"Launching 1 jobs with new suggestions\nAfter {i}, recommendation is Array{{(2,)}}:[0. 0.{i}]\n"
        f"Updating fitness with value 0.{9 - i}5\n{59 - i} remaining budget and 0 running jobs\n"
        for i in range(6)
    )
    assert [(name, value) for name, value, _ in points(text)] == [("fitness", float(f"0.{9 - i}5")) for i in range(6)]


def test_the_steps_of_the_validation_are_no_part_of_a_name() -> None:
    """Poutyne's summary of an epoch says how many steps of either part there were; the loss is the training's."""
    line = "Epoch: {0}/3 Train steps: 10 Val steps: 3 0.02s loss: 0.68{0} acc: 52.5{0} val_loss: 0.67{0} val_acc: 51.5{0}\n"
    found = points("".join(line.format(i) for i in range(1, 4)))
    assert [name for name, *_ in found] == ["loss", "acc", "val_loss", "val_acc"] * 3


def test_a_table_may_have_empty_cells_and_lines_between_its_rows() -> None:
    """Chainer's and pytorch-pfn-extras' report, with the bar of both printed before each row."""
    bar = "     total [##......] 12.50%\nthis epoch [####....] 50.00%\n     {} iter, 0 epoch / 4 epochs\n   9 iters/sec.\n"
    text = "epoch       iteration   train/loss  train/acc   lr          elapsed_time  \n"
    for i in range(1, 6):
        text += bar.format(5 * i)
        text += f"{i // 2}           {5 * i:<10}  0.73201{i}    0.{i}375      {'0.1' if i % 2 else '   '}         0.0228513     \n"
    assert series(text, "train/loss") == [(5 * i, float(f"0.73201{i}")) for i in range(1, 6)]
    assert series(text, "lr") == [(5, 0.1), (15, 0.1), (25, 0.1)]
    assert not series(text, "elapsed_time")


def test_a_cell_may_be_a_list() -> None:
    """DeepXDE prints a loss's parts; its summary of the best model repeats them added up, and is no point."""
    text = "Step      Train loss              Test loss               Test metric   \n"
    for i in range(4):
        text += f"{200 * i:<10}[{4 - i}.14e+01, 3.73e-0{i}]    [{4 - i}.73e+01, 3.73e-0{i}]    [6.7{i}e-01]    \n"
    text += "\nBest model at step 600:\n  train loss: 9.87e-04\n  test loss: 8.26e-04\n  test metric: [1.63e-03]\n"
    assert series(text, "Train_loss.0") == [(0, 41.4), (200, 31.4), (400, 21.4), (600, 11.4)]
    assert {name for name, *_ in points(text)} == {
        "Train_loss.0", "Train_loss.1", "Test_loss.0", "Test_loss.1", "Test_metric",
    }  # fmt: skip


def test_a_record_may_stand_before_the_place() -> None:
    """structlog prints its keys in order: d3rlpy's metrics, then the step."""
    line = "2026-11-29 01:31.41 [info     ] DQN_2026: epoch={0} step={1} epoch={0} metrics={{'time_step': 0.03, 'loss': 1.1{0}}} step={1}\n"
    assert series("".join(line.format(i, 100 * i) for i in range(1, 5)), "loss") == [
        (100 * i, float(f"1.1{i}")) for i in range(1, 5)
    ]


def test_a_bar_without_the_time_left_is_a_bar() -> None:
    """Pyro's bars have a format of their own, and another description when sampling begins."""
    text = "\r".join(
        f"{'Warmup' if n < 40 else 'Sample'}: {n:3d}%|#####     | {n}/100 [00:01, 11.87it/s, step size=3.43e-01, acc. prob=0.{n}]"
        for n in range(10, 100, 10)
    )
    assert series(text, "acc._prob") == [(n, n / 100) for n in range(10, 100, 10)]


def test_a_bar_whose_total_is_an_estimate_goes_on() -> None:
    """dynesty's total is a guess that changes at each redraw."""
    totals = [(71, 381), (133, 330), (183, 333), (227, 304)]
    text = "0it [00:00, ?it/s]\r" + "\r".join(
        f" 19%|##        | {n}/{total} [00:00<00:00, 614.44it/s, bound: 0 | logz: -{n}.5 +/-  0.168 | dlogz: 1{n}.3 >  0.500]"
        for n, total in totals
    )
    assert series(text, "logz") == [(n, -n - 0.5) for n, _ in totals]


def test_a_count_in_brackets_may_have_thousands() -> None:
    """river counts `[800]`, `[1,000]`, `[1,200]`; PyTorch's tutorial prints `[1, 2000]` for an epoch and a step."""
    text = "".join(f"[{n:,}] F1: {50 + n / 100:.2f}%\n" for n in range(200, 1600, 200))
    assert series(text, "F1") == [(n, 50 + n / 100) for n in range(200, 1600, 200)]
    assert series("".join(f"[1,{n}] loss: 0.{n}\n" for n in range(200, 1000, 200)), "loss")[0] == (200, 0.2)


def test_a_cell_of_dashes_is_an_empty_one() -> None:
    """Clarabel's first row has no step length."""
    rows = "  0  +3.0288e+01  2.43e-01   ------   \n" + "".join(
        f"  {i}  +3.{i}288e+01  2.{i}3e-0{i}  7.09e-01  \n" for i in range(1, 5)
    )
    found = series("iter    pcost       gap       step      \n---------------------------------------\n" + rows, "gap")
    assert found == [(0, 0.243)] + [(i, float(f"2.{i}3e-0{i}")) for i in range(1, 5)]


def test_an_epoch_that_starts_is_that_of_the_lines_below() -> None:
    """pytorch-accelerated says `Starting epoch 1`, then draws a bar, then tells the epoch's mean."""
    bar = "".join(f"\r {10 * n}%|#####     | {n}/10 [00:00<00:04,  2.21it/s]" for n in range(11))
    text = "".join(f"\nStarting epoch {i}\n{bar}\ntrain_loss_epoch: 0.{9 - i}89652\n" for i in range(1, 4))
    reader = LogReader()
    events = [*reader.feed(text.encode()), *reader.finish()]
    assert [(e.epoch, e.value) for e in events if isinstance(e, Reading)] == [
        (i, float(f"0.{9 - i}89652")) for i in range(1, 4)
    ]


def test_a_rate_with_a_separator_is_the_name_of_the_next_number() -> None:
    """DeepSpeed: `iter time (s): 0.25 samples/sec: 108.2`."""
    text = "".join(
        f"steps: {10 * i} loss: 2.{9 - i}3 iter time (s): 0.2{i} samples/sec: 10{i}.2\n" for i in range(1, 6)
    )
    assert series(text, "samples/sec") == [(10 * i, float(f"10{i}.2")) for i in range(1, 6)]


def test_a_label_and_its_prediction_are_no_series() -> None:
    """Vowpal Wabbit shows the example that it has just seen, beside the average loss and that of the last rows."""
    text = "average  since         example        example        current        current  current\n"
    text += "loss     last          counter         weight          label        predict features\n"
    for i in range(5):
        text += f"0.{9 - i}33956 0.133956            {2**i:2d}           {2**i:2d}.0         0.36{i}0         0.00{i}0        3\n"
    assert {name for name, *_ in points(text)} == {"average_loss", "since_last"}
    assert series(text, "average_loss")[-1] == (16, 0.533956)


def test_an_object_may_open_behind_other_text() -> None:
    """TensorFlow's object detection logs a dict over several lines; its first row is told once, with the others."""
    text = "".join(
        f"INFO:tensorflow:{{'Loss/classification_loss': 0.{9 - i}1,\n 'Loss/total_loss': 0.{9 - i}9,\n 'learning_rate': 0.0{i}}}\n"
        for i in range(1, 5)
    )
    assert [value for _, value in series(text, "Loss/classification_loss")] == [0.81, 0.71, 0.61, 0.51]
    assert len(points(text)) == 12
