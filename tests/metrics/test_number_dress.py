"""Values in every dress, names that are not the thing, and steps that stand in a heading."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.alerts import Alerts
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading

BAR = "train: 12%|#2        | {} [10:00<1:13:00,  2.50s/it{}]\r"


def read(text: str) -> list[object]:
    reader = LogReader()
    return [*reader.feed(text.encode()), *reader.finish()]


def points(text: str) -> list[tuple[str, float, int | None, float | None]]:
    return [(event.name, event.value, event.step, event.epoch) for event in read(text) if isinstance(event, Reading)]


SETTINGS = "Training settings\nlearning_rate: 0.1\nloss: 0.5\nbatch_size: 32\n\nepoch 1 loss 0.25\nepoch 2 loss 0.2\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_lines_that_end_in_cr_lf_are_read_as_others(end: str, size: int) -> None:
    """A block of settings is one whatever its lines end with, in any split; its loss is no point."""
    data = SETTINGS.replace("\n", end).encode()
    reader = LogReader()
    events = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    found = [(event.name, event.value, event.epoch) for event in events if isinstance(event, Reading)]
    assert found == [("loss", 0.25, 1.0), ("loss", 0.2, 2.0)]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("epoch 3 loss: 0,7125", [("loss", 0.7125, None, 3.0)]),
        ("epoch 3 loss: -0,07", [("loss", -0.07, None, 3.0)]),
        ("epoch 3 loss=98,851.5", [("loss", 98851.5, None, 3.0)]),
        ("epoch 3 loss 1,234,567", [("loss", 1234567.0, None, 3.0)]),
        ("step 12,500/100,000 loss 0.5", [("loss", 0.5, 12500, None)]),
        ("step 7 loss tensor(0.125, device='cuda:0')", [("loss", 0.125, 7, None)]),
        ("step 7 loss: np.float32(0.5)", [("loss", 0.5, 7, None)]),
        ("step 7 loss 1.2e-04", [("loss", 0.00012, 7, None)]),
        ("step 7 acc 91.25%", [("acc", 91.25, 7, None)]),
        ("\x1b[36mstep 7\x1b[0m loss \x1b[1;32m0.5\x1b[0m", [("loss", 0.5, 7, None)]),
        ("Step: 19000. Mean Reward: -1.25", [("Mean_Reward", -1.25, 19000, None)]),
        ("Iter. 3 loss = 0.25", [("loss", 0.25, 3, None)]),
        ("step 7 loss=1.25k reward: -1.5K", [("loss", 1250.0, 7, None), ("reward", -1500.0, 7, None)]),
        ("step 7 loss 1.2345k score 2.05M", [("loss", 1234.5, 7, None), ("score", 2.05e6, 7, None)]),
        (
            '{"step": 7, "train": {"loss": 0.5, "acc": {"top1": 0.75}}, "lr": 0.1}',
            [("lr", 0.1, 7, None), ("train_loss", 0.5, 7, None), ("train.acc.top1", 0.75, 7, None)],
        ),
        ("{ epoch: 3, loss: 0.5, val: { acc: 0.75 } }", [("loss", 0.5, None, 3.0), ("val_acc", 0.75, None, 3.0)]),
    ],
)
def test_a_value_is_read_in_any_dress(line: str, wanted: list[tuple[str, float, int | None, float | None]]) -> None:
    """Commas, per cent, wrappers, colours and full stops leave a number's value what it is."""
    assert points(line + "\n") == wanted


def test_a_decimal_comma_settles_it_for_the_log() -> None:
    """Once a number can only have a decimal comma, a comma before three digits is one too."""
    assert [value for _, value, *_ in points("epoch 1 loss 0,693147\nepoch 2 loss 12,345\n")] == [0.693147, 12.345]


@pytest.mark.parametrize(
    "line", ["2026-11-28 10:00:00,123 - ready", "1,250,375", "[1, 250,375]", "gpus: 0,1,2", "shape (3,224,224)"]
)
def test_a_comma_between_numbers_is_no_part_of_one(line: str) -> None:
    """Times, rows and lists keep their commas."""
    assert read(line + "\n") == []


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("lr: 3.0e-04 loss: 2.5e-01", "lr: 2.9e-04 loss: 2.4e-01", {"lr", "loss"}),
        ("loss: 0.25 - lr: 3.0e-04", "loss: 0.24 - lr: 2.9e-04", {"lr", "loss"}),
        ("loss 0.25 | acc 0.75", "loss 0.24 | acc 0.76", {"loss", "acc"}),
        ("{'loss': 0.25, 'acc': 0.75}", "{'loss': 0.24, 'acc': 0.76}", {"loss", "acc"}),
        ("loss=0.25, acc=0.75", "loss=0.24, acc=0.76", {"loss", "acc"}),
        ("best loss: 0.25", "best loss: 0.24", {"best_loss"}),
    ],
)
def test_a_postfix_in_any_form_gives_its_names(first: str, second: str, wanted: set[str]) -> None:
    """What stands beside a bar is read under the names it prints, whatever stands between the parts."""
    found = points(BAR.format("240/2000", f", {first}") + BAR.format("260/2000", f", {second}") + "\n")
    assert {name for name, *_ in found} == wanted
    assert {step for _, _, step, _ in found} == {240, 260}


def test_a_postfix_never_uses_up_the_names() -> None:
    """A bar with a thousand redraws leaves room for the names of the lines after it."""
    text = "".join(BAR.format(f"{i}/2000", f", lr: {1e-4 - i * 5e-8:.3e} loss: 0.5") for i in range(1, 1200))
    assert points(text + "\nepoch 1 val_loss 0.25\n")[-1] == ("val_loss", 0.25, None, 1.0)


@pytest.mark.parametrize(
    "line",
    [
        "epoch 1 | std of loss: 0.25",
        "epoch 1 | Standard deviation of accuracy: 0.25",
        "epoch 1 variance of reward: 0.25",
        "epoch 1, estimator rf's best error=0.25",
        "epoch 1 min loss=0.25",
    ],
)
def test_a_figure_of_a_metric_is_not_the_metric(line: str) -> None:
    """A deviation, a variance or a running best does not run into the series of the thing itself."""
    assert points(line + "\n") == []


@pytest.mark.parametrize("epochs", [9, 50, 100, 1000, 20000])
def test_columns_of_any_width(epochs: int) -> None:
    """Ultralytics right-aligns its cells: the epoch's number is read with one to five digits."""
    text = ""
    for epoch in (epochs - 1, epochs):
        text += "\n" + ("%11s" * 4) % ("Epoch", "GPU_mem", "box_loss", "Size") + "\n"
        text += ("%11s" * 2 + "%11.4g" * 2) % (f"{epoch}/{epochs}", "2.5G", 1 / epoch, 640)
        text += ": 100%|##########| 4/4 [00:01<00:00,  2.8it/s]\n"
    assert [epoch for name, _, _, epoch in points(text) if name == "box_loss"] == [epochs - 1, epochs]


def test_a_step_in_a_heading_is_the_step_of_the_lines_below() -> None:
    """Blocks under `Learning iteration 66/30000` stand at that step."""
    text = "".join(
        f"{'#' * 60}\n{f'Learning iteration {i}/30000':^60}\n\n{'Mean reward:':>30} -7.{i}\n{'Mean value loss:':>30} 0.{i}\n"
        for i in (66, 67)
    )
    assert [(name, step) for name, _, step, _ in points(text)] == [
        ("Mean_reward", 66), ("Mean_value_loss", 66), ("Mean_reward", 67), ("Mean_value_loss", 67),
    ]  # fmt: skip
    assert [(event.step, event.total) for event in read(text) if isinstance(event, Progress)] == [(67, 30000)]


@pytest.mark.parametrize(
    "form", ["step {}/4 - loss: {}", "Step [{}/4] loss {}", "batch {}/4, loss={}", "iter {}/4 loss {}"]
)
def test_an_epoch_in_a_heading_counts_the_steps_below_it(form: str) -> None:
    """Steps that start again below each epoch's heading become steps of the run, and the evaluation gets its names."""
    text = ""
    for epoch in (1, 2, 3):
        text += f"Epoch {epoch}/3\n" + "".join(form.format(i, f"0.{epoch}{i}") + "\n" for i in (2, 4))
        text += "Eval begin...\n" + form.format(4, f"0.{epoch}9").replace("/4", "/5") + "\n"
    found = points(text)
    assert [(step, epoch) for name, _, step, epoch in found if name == "loss"] == [
        (2, 1.0), (4, 1.0), (6, 2.0), (8, 2.0), (10, 3.0), (12, 3.0),
    ]  # fmt: skip
    assert [(value, step) for name, value, step, _ in found if name == "eval_loss"] == [
        (0.19, 4),
        (0.29, 8),
        (0.39, 12),
    ]


def test_a_count_above_its_total_has_no_total() -> None:
    """`2048/2000` is 2048 of nobody knows how many."""
    assert [e for e in read("step 2048/2000 loss 0.5\n") if isinstance(e, Progress)] == [Progress(2048)]


def feed(alerts: Alerts, loss: float, gradient: float | None, step: int) -> list[str]:
    found = alerts.feed(Reading("loss", loss, step), float(step))
    event = NotFinite("grad_norm", step) if gradient is None else Reading("grad_norm", gradient, step)
    return [alert.kind for alert in [*found, *alerts.feed(event, float(step))]]


def test_a_lost_run_is_told_once() -> None:
    """A loss of 0 with a gradient that is nan at every step is one alert; a nan now and then is none."""
    alerts = Alerts()
    assert [kind for step in range(60) for kind in feed(alerts, 0.0, None, step)] == ["nan"]
    sound = Alerts()
    assert [kind for step in range(60) for kind in feed(sound, 0.5, None if step % 7 else 1.0, step)] == []


def test_a_record_under_names_that_no_list_knows() -> None:
    """JSON that recurs while its step counts is a report, whatever its keys; what never changes is none of it."""
    lines = [
        f'{{"step": {i}, "wobble": 0.{i}, "alpha": 0.5, "tokens_per_second": 12{i}.5, "seconds": {i}.25}}\n'
        for i in range(1, 6)
    ]
    found = points("".join(lines))
    assert {name for name, *_ in found} == {"wobble", "tokens_per_second"}
    assert [point for point in found if point[0] == "wobble"] == [("wobble", i / 10, i, None) for i in range(1, 6)]


def test_keys_that_stand_twice_in_a_record_are_not_mixed() -> None:
    """One key in two inner braces is two series, each with the way to it before its name."""
    found = points("".join(f'{{"step": {i}, "a": {{"x": 1.{i}}}, "b": {{"x": 2.{i}}}}}\n' for i in range(1, 6)))
    assert {(name, int(value)) for name, value, _, _ in found} == {("a.x", 1), ("b.x", 2)}


OBJECTS = {
    "json": '{{\n  "epoch": {0},\n  "train": {{\n    "loss": 0.{0}5\n  }},\n  "val_acc": 0.{0}\n}}\n',
    "json, sorted": '{{\n  "epoch": {0},\n  "train_loss": 0.{0}5,\n  "val_acc": 0.{0},\n  "zest": true\n}}\n',
    "json in a list": '  {{\n    "epoch": {0},\n    "train_loss": 0.{0}5,\n    "val_acc": 0.{0}\n  }},\n',
    "pprint": "{{'config': {{'lr': 0.1,\n            'seed': 3}},\n 'train_loss': 0.{0}5,\n 'val_acc': 0.{0},\n 'epoch': {0}}}\n",
    "javascript": "{{\n  epoch: {0},\n  train: {{ loss: 0.{0}5 }},\n  val_acc: 0.{0}\n}}\n",
    "javascript, commas": "{{\n  epoch: {0},\n  train_loss: 0.{0}5,\n  'val_acc': 0.{0},\n}}\n",
    "with a heading": 'results:\n{{\n  "epoch": {0},\n  "train_loss": 0.{0}5,\n  "val_acc": 0.{0}\n}}\n',
}


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("form", OBJECTS.values(), ids=list(OBJECTS))
def test_an_object_over_several_lines_is_read_as_on_one(form: str, size: int) -> None:
    """Every value is placed by the epoch in its braces, also one that is told behind it, in any split of the log."""
    data = "".join(form.format(i) for i in range(1, 5)).encode()
    reader = LogReader()
    events = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    found = sorted((event.name, event.epoch, event.value) for event in events if isinstance(event, Reading))
    loss = [("train_loss", float(i), float(f"0.{i}5")) for i in range(1, 5)]
    assert found == loss + [("val_acc", float(i), i / 10) for i in range(1, 5)]


@pytest.mark.parametrize(
    "text",
    [
        "const config = {{\n  lr: 0.{0},\n  loss: 0.{0}5,\n}}\n",
        "model.fit(x, {{\n  epochs: 3,\n  loss: 0.{0}5,\n}})\n",
        'config:\n{{\n  "epoch": {0},\n  "loss": 0.{0}5\n}}\n',
    ],
)
def test_settings_in_braces_are_no_reports(text: str) -> None:
    """An object under a heading of settings, or in a call, holds no points however often it comes."""
    assert not points("".join(text.format(i) for i in range(1, 6)))


def test_a_row_without_braces_is_a_line_as_any_other() -> None:
    """YAML under a heading is no object: its rows are read one by one."""
    assert points("train:\n  loss: 0.5\n  accuracy: 0.75\n") == [
        ("train_loss", 0.5, None, None),
        ("train_accuracy", 0.75, None, None),
    ]


NESTED = (
    '{{"step": {0}, "config": {{"zeal": 0.{0}}}, "agent": {{"zeal": 0.{0}, "grit": {{"now": 1.{0}}}, "seed": 0.5}}}}\n'
)


def test_unknown_names_in_inner_braces_are_learned_with_the_way_to_them() -> None:
    """A nested record whose names no list knows is a report once it recurs; settings and constants in it are not."""
    found = points("".join(NESTED.format(i) for i in range(1, 6)))
    assert sorted(found) == [("agent.grit.now", 1 + i / 10, i, None) for i in range(1, 6)] + [
        ("agent.zeal", i / 10, i, None) for i in range(1, 6)
    ]


def test_nested_records_of_requests_are_no_reports() -> None:
    """A server's log of requests counts nothing but its ids."""
    form = '{{"request": {{"id": {0}, "took": 0.{0}}}, "headers": {{"max-age": 0.5}}}}\n'
    assert not points("".join(form.format(i) for i in range(1, 6)))


HEADING = "  Progress     Draw   Divergences   Step size   Speed            Elapsed   Remaining  "
CHAIN = "  \x1b[38;5;237m━━━━━━━━━━\x1b[0m   {}    {}             {}       {} draws/s   0:00:04   {}    "


def chains(*rows: str) -> str:
    """One drawing of the table, and the way back to its first line."""
    table = [HEADING, " " + "─" * 84, *rows, " " * 84]
    return "\r\n".join(table) + "\r\x1b[2K" + "\x1b[1A\x1b[2K" * (len(table) - 1)


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_chains_side_by_side_are_series_of_their_own(size: int) -> None:
    """Each row of a redrawn table is a chain, at its own draw; one that waits or is done tells nothing again."""
    waits = CHAIN.format(0, 0, "0.000", "0.00", "-:--:--")
    data = (
        chains(CHAIN.format(100, 0, 0.5, 90.5, "0:00:09"), waits)
        + chains(CHAIN.format(600, 3, 1.25, 80.5, "0:00:00"), waits)
        + chains(CHAIN.format(600, 3, 1.25, 70.5, "0:00:00"), CHAIN.format(50, 0, 0.25, 60.5, "0:00:09"))
    ).encode()
    reader = LogReader()
    events = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    found = {(event.name, event.step): event.value for event in events if isinstance(event, Reading)}
    first = {("Divergences", 100): 0, ("Step_size", 100): 0.5, ("Speed", 100): 90.5}
    last = {("Divergences", 600): 3, ("Step_size", 600): 1.25, ("Speed", 600): 80.5}
    second = {("Divergences", 50): 0, ("Step_size", 50): 0.25, ("Speed", 50): 60.5}
    wanted = {(f"chain_1/{name}", step): value for (name, step), value in (first | last).items()}
    wanted |= {(f"chain_2/{name}", step): value for (name, step), value in second.items()}
    assert found == wanted


def test_bars_in_columns_without_a_heading_are_no_chains() -> None:
    """Rich's bars in columns, below no heading and rule, hold no points."""
    assert not points("".join(CHAIN.format(i, 0, f"0.{i}", 9.5, "0:00:09") + "\n" for i in range(1, 6)))


def test_a_table_of_chains_whose_names_are_cut_is_not_read() -> None:
    """A narrow terminal cuts the headings, and what is left of them names nothing."""
    table = chains(CHAIN.format(100, 0, 0.5, 90.5, "0:00:09")).replace("Divergences", "Diverg…")
    assert not points(table)
