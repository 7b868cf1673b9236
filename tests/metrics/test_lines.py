"""Single lines as people's programs print them: what counts, and what must not."""

from __future__ import annotations

import math

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from tests.metrics.lines import NO_METRICS, SESSIONS, SINGLE


def read(text: str) -> list[object]:
    reader = LogReader()
    return [*reader.feed(text.encode()), *reader.finish()]


@pytest.mark.parametrize(("line", "wanted"), SINGLE, ids=[line[:40] for line, _ in SINGLE])
def test_single_line(line: str, wanted: dict[str, float]) -> None:
    """A line gives exactly its metrics, with the place it states (`@step`, `@epoch`)."""
    wanted = dict(wanted)
    step, epoch = wanted.pop("@step", None), wanted.pop("@epoch", None)
    readings = [event for event in read(line + "\n") if isinstance(event, Reading)]
    assert {reading.name: reading.value for reading in readings} == wanted
    assert len(readings) == len(wanted)
    assert {reading.step for reading in readings} <= {step}
    assert {reading.epoch for reading in readings} <= {epoch}


@pytest.mark.parametrize("line", NO_METRICS, ids=[line[:40] for line in NO_METRICS])
def test_no_metric(line: str) -> None:
    """A number that is no metric does not become one."""
    assert [event for event in read(line + "\n") if not isinstance(event, Progress)] == []


@pytest.mark.parametrize(("text", "wanted"), SESSIONS.values(), ids=list(SESSIONS))
def test_lines_that_need_others(text: str, wanted: list[tuple[str, float, int | None, float | None]]) -> None:
    """Lines whose place or name stands elsewhere: headings, tables, boxes, bars."""
    readings = [event for event in read(text) if isinstance(event, Reading)]
    assert [(reading.name, reading.value, reading.step, reading.epoch) for reading in readings] == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Epoch 3/10", Progress(None, None, 3.0, 10)),
        ("epoch 5/12 step 1180/1250 loss 0.2123", Progress(1180, 1250, 5.0, 12, within_epoch=True)),
        ("Epoch 3/10 train_loss: 0.5", Progress(None, None, 3.0, 10, within_epoch=True)),
        ("step 20/500", Progress(20, 500)),
        ("iter 10: loss 2.1000, time 3.00ms", Progress(10)),
        ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 1.1", Progress(640, 60000, 1.0, None, within_epoch=True)),
        ("Train: 0 [  50/1251 (  4%)]  Loss: 6.9", Progress(50, 1251, 1.0, None, within_epoch=True)),
        ("[5]\ttrain-auc:0.98", Progress(5)),
        ("[3/12] 10 trees, 18 leaves, train loss: 1.5, in 0.022s", Progress(3, 12)),
        ("stream: 80ex [00:04, 19.9ex/s]", Progress(80, None, None, None, 19.9)),
        (" 44%|####4     | 40/90 [00:05<00:06,  1.25s/it]", Progress(40, 90, None, None, 0.8)),
        ("  2%|2    | 1.20k/60.0k [00:01<01:00, 1.20kex/s]", Progress(1200, 60000, None, None, 1200.0)),
        ("Epoch 1:  97%|#| 29/30 [00:01<00:00, 23.6it/s]", Progress(29, 30, 1.0, None, 23.6, within_epoch=True)),
        ("{'loss': '0.5', 'epoch': '0.33'}", Progress(None, None, 1.0)),
    ],
)
def test_progress(line: str, wanted: Progress) -> None:
    """How far it is, as the line says."""
    assert [event for event in read(line + "\n") if isinstance(event, Progress)] == [wanted]


@pytest.mark.parametrize(
    "line",
    [
        "Validation:  50%|#####     | 1/2 [00:00<00:00, 10.0it/s]",
        "Map: 100%|##########| 1000/1000 [00:00<00:00, 12345.67 examples/s]",
        "model.safetensors:  45%|####4     | 200M/440M [00:05<00:06, 38.2MB/s]",
        "Writing model shards: 100%|##########| 1/1 [00:00<00:00, 644.09it/s]",
        "Sanity Checking: |          | 0/? [00:00<?, ?it/s]",
        "Test: [  10/97]  Time: 0.104 (0.2)  Loss:  1.2 (1.3)",
        "Step 1/3: Download data",
        "Resuming from checkpoint at step 500",
        "best epoch: 3",
        "Total optimization steps = 90",
    ],
)
def test_what_is_no_progress(line: str) -> None:
    """Evaluation, downloads, saving and settings do not move the stage's bar."""
    assert [event for event in read(line + "\n") if isinstance(event, Progress)] == []


def test_nested_bars_are_epochs_and_steps() -> None:
    """A bar of epochs around bars of steps is one progress."""
    text = "\rEpochs:   0%|   | 0/3 [00:00<?, ?it/s]\n"
    text += "".join(f"\rbatches: {n:3}%|###| {n}/100 [00:01<00:02, 50.0it/s]\x1b[A" for n in (0, 40, 100))
    text += (
        "\n\rEpochs:  33%|#  | 1/3 [00:02<00:04, 2.00s/it]\n\rbatches:   5%|   | 5/100 [00:00<00:02, 50.0it/s]\x1b[A\n"
    )
    last = [event for event in read(text) if isinstance(event, Progress)][-1]
    assert last == Progress(5, 100, 2.0, 3, 50.0, within_epoch=True)


def test_an_evaluation_inside_leaves_the_outer_bar() -> None:
    """transformers' evaluation bar, without a description, is not the training's."""
    text = "\r 33%|###  | 8/24 [00:03<00:07,  2.27it/s]\n\r  0%|   | 0/2 [00:00<?, ?it/s]\x1b[A"
    text += "\r100%|###| 2/2 [00:00<00:00, 19.5it/s]\x1b[A\r 38%|###  | 9/24 [00:03<00:08,  1.87it/s]\n"
    assert {event.total for event in read(text) if isinstance(event, Progress)} == {24}


def test_epochs_counted_from_zero() -> None:
    """A log whose epochs count from 0 is in its first epoch at 0, and never beyond its last."""
    text = "".join(f"Epoch {epoch}/2 step 5/10 loss 0.{epoch + 1}\n" for epoch in range(3))
    assert [(event.epoch, event.epochs) for event in read(text) if isinstance(event, Progress)] == [
        (1.0, 3), (2.0, 3), (3.0, 3),
    ]  # fmt: skip


def test_steps_of_the_run() -> None:
    """Steps counted in each epoch become steps of the run; steps that go on stay as they are."""
    within = "".join(f"epoch {e} step {s}/100 loss 0.5{e}{s}\n" for e in (1, 2, 3) for s in (50, 100))
    running = "".join(f"epoch {e} step {s}/300 loss 0.5{s}\n" for e, s in ((1, 50), (1, 100), (2, 150), (3, 250)))
    assert [event.step for event in read(within) if isinstance(event, Reading)] == [50, 100, 150, 200, 250, 300]
    assert [event.step for event in read(running) if isinstance(event, Reading)] == [50, 100, 150, 250]


def test_running_means_inside_a_long_epoch() -> None:
    """Keras' figures inside an epoch count only when the epoch is long; at its end always."""
    short = "Epoch 1/2\n 1/100 \u2501 1s 30ms/step - loss: 0.5\b\b\r100/100 \u2501 3s 30ms/step - loss: 0.4\n"
    assert [(event.value, event.step) for event in read(short) if isinstance(event, Reading)] == [(0.4, None)]
    slow = short.replace("30ms", "900ms")
    assert [(event.value, event.step) for event in read(slow) if isinstance(event, Reading)] == [(0.5, 1), (0.4, 100)]


def test_a_cut_postfix_loses_its_last_value_only() -> None:
    """Where the terminal cut the bar, the last value may be cut too."""
    text = "\r 44%|##  | 40/90 [00:05<00:06,  8.01it/s, acc=0.512, loss=0.6\n"
    assert [event.name for event in read(text) if isinstance(event, Reading)] == ["acc"]


def test_text_glued_to_a_bar() -> None:
    """A bar without newline, with the next message behind it: both are read."""
    text = "\r100%|##| 90/90 [00:05<00:00,  8.01it/s, loss=0.5]step 91 val_loss 0.25\n"
    readings = [event for event in read(text) if isinstance(event, Reading)]
    assert [(reading.name, reading.step) for reading in readings] == [("loss", 90), ("val_loss", 91)]


def test_nan_everywhere() -> None:
    """Not a number, in each way it is printed."""
    for line in (
        "step 3 loss nan",
        "loss: NaN",
        "step=3, loss=inf",
        "{'loss': 'nan', 'epoch': '1'}",
        "[3]\ttrain-rmse:-nan",
    ):
        events = [event for event in read(line + "\n") if not isinstance(event, Progress)]
        assert [type(event) for event in events] == [NotFinite], line
    assert not math.isnan(0)
