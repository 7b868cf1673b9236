"""The one sentence about held-out data: never a false one on any recording, and nothing where noise could be it."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from autotrain_tui.metrics.held_out_tracker import HeldOutTracker
from autotrain_tui.metrics.parsing.metric_split import split_of
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.metrics.past_best import HeldOut, find_past_best

from .held_out import judge, recordings, table

TRAIN = [1.0, 0.8, 0.65, 0.55, 0.47, 0.4, 0.34, 0.29, 0.25, 0.21, 0.18, 0.15]
PASSED = [1.1, 0.9, 0.75, 0.66, 0.6, 0.55, 0.52, 0.514, 0.53, 0.56, 0.59, 0.612]


def fed(rows: list[dict[str, float]]) -> HeldOutTracker:
    tracker = HeldOutTracker()
    for epoch, row in enumerate(rows, 1):
        for name, value in row.items():
            tracker.feed(Reading(name, value, None, float(epoch)), float(epoch))
    return tracker


def rows(**series: list[float]) -> list[dict[str, float]]:
    return [dict(zip(series, values, strict=True)) for values in zip(*series.values(), strict=True)]


def test_no_recording_gets_a_false_sentence():
    """What is said of each recording stands in the library's own record, and most that a person would say is said."""
    judged = [judge(*each) for each in recordings()]
    assert [one for one in judged if one.false] == []
    assert sum(bool(one.text) for one in judged) >= 5
    assert sum(one.missed for one in judged) <= 2


def test_the_documented_table_is_what_the_recordings_give():
    """docs/metrics.md shows what is said of each recording."""
    page = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert table(recordings()) in page.read_text(encoding="utf-8")


def test_the_sentence_names_place_value_and_change():
    """Best at which epoch of how many, how much worse now, and what training did meanwhile."""
    found = fed(rows(train_loss=TRAIN, val_loss=PASSED)).find()
    assert found is not None
    assert found.text == (
        "val_loss was best at epoch 8 of 12 (0.514) and has risen by 19 % since, while train_loss fell"
    )
    accuracy = fed(rows(acc=[1.2 - v for v in TRAIN], val_acc=[1.2 - v for v in PASSED])).find()
    assert accuracy is not None
    assert "has fallen by 14 % since, while acc rose" in accuracy.text


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"val_acc": [0.5 + 0.02 * i for i in range(12)]}, "a score on the same data still rises"),
        ({"accuracy": [0.5 + 0.02 * i for i in range(12)]}, "a bare score that is of no training still rises"),
        ({"train_loss": [0.3 + 0.01 * i for i in range(12)]}, "training became worse too"),
        ({"val_loss": [0.6 - 0.01 * i for i in range(12)]}, "it is still falling"),
        ({"val_loss": PASSED[:8] + [0.53, 0.55, 0.52, 0.515]}, "it came back"),
        ({"val_loss": [0.6, 0.5, 0.61, 0.48, 0.6, 0.52, 0.62, 0.5, 0.6, 0.53, 0.61, 0.6]}, "the rise is its noise"),
        ({"val_loss": PASSED[:8] + [0.515, 0.516, 0.517, 0.518]}, "the rise is too small to matter"),
    ],
)
def test_nothing_is_said_where_a_person_could_disagree(more, why):
    """A rise counts only if nothing else speaks against it."""
    assert fed(rows(**{"train_loss": TRAIN, "val_loss": PASSED, **more})).find() is None, why


def test_several_runs_in_one_log_are_no_curve():
    """Steps that go back are another fold or another run."""
    tracker = HeldOutTracker()
    for at in range(12):
        tracker.feed(Reading("train_loss", TRAIN[at], at % 6, None), 0.0)
        tracker.feed(Reading("val_loss", PASSED[at], at % 6, None), 0.0)
    assert tracker.find() is None


def test_training_is_the_mean_between_two_evaluations():
    """Hundreds of steps of training stand beside one evaluation; the bare name is the training's."""
    tracker = HeldOutTracker()
    for epoch, (train, val) in enumerate(zip(TRAIN, PASSED, strict=True), 1):
        for step in range(50):
            noise = 0.05 * math.sin(7.0 * step)
            tracker.feed(Reading("loss", train + noise, epoch * 50 + step, None), 0.0)
        tracker.feed(Reading("eval_loss", val, epoch * 50 + 50, None), float(epoch))
    found = tracker.find()
    assert found is not None
    assert (found.train_name, found.best_at) == ("loss", (450, None))
    assert tracker.times(found)[found.index] == 8.0


def test_batches_of_an_evaluation_are_one_value() -> None:
    """Of an evaluation that tells each batch and then what all came to, at its epoch alone, only the last counts."""
    tracker = HeldOutTracker()
    for epoch, (train, val) in enumerate(zip(TRAIN, PASSED, strict=True), 1):
        for step in (1, 2, 3):
            tracker.feed(Reading("loss", train, 3 * epoch - 3 + step, float(epoch)), 0.0)
        for part in (0.4, 1.5, 1.1):
            tracker.feed(Reading("val_loss", part * val, 3 * epoch, float(epoch)), 0.0)
        tracker.feed(Reading("val_loss", val, None, float(epoch)), 0.0)
    found = tracker.find()
    assert found is not None
    assert (found.count, found.best, found.best_at[1]) == (12, 0.514, 8.0)


def test_noise_alone_is_hardly_ever_taken_for_a_rise():
    """Of a thousand series without any trend at most three are, whatever the noise."""
    chance = random.Random(5)
    said = 0
    for trial in range(1000):
        count, noise = (6, 8, 12, 30)[trial % 4], (0.01, 0.03, 0.1)[trial % 3]
        train = [2 * math.exp(-3 * i / count) for i in range(count)]
        values = [0.5 + chance.gauss(0, noise) for _ in range(count)]
        places = [(None, float(i)) for i in range(count)]
        said += find_past_best(HeldOut("val_loss", "min", values, places, "train_loss", train), []) is not None
    assert said <= 3


@pytest.mark.parametrize(
    ("name", "measure", "part"),
    [
        ("val_loss", "loss", "val"),
        ("train/loss_epoch", "loss", "train"),
        ("train_loss_step", "loss", "train"),
        ("Valid Loss", "loss", "val"),
        ("loss", "loss", ""),
        ("eval-loss", "loss", "eval"),
        ("valid_1's_binary_logloss", "binary logloss", "val"),
        ("training's_binary_logloss", "binary logloss", "train"),
        ("validation_0-mlogloss", "mlogloss", "val"),
        ("TrainDeviance", "deviance", "train"),
        ("learn", "", "train"),
        ("learning_rate", "learning rate", ""),
    ],
)
def test_a_name_says_what_and_on_which_data(name, measure, part):
    """Spellings of the libraries come to the same measure."""
    assert split_of(name) == (measure, part)
