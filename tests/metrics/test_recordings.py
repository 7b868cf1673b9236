"""What real libraries print, read and held against their own records."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Progress
from autotrain_tui.metrics.progress_tracker import ProgressTracker
from tests.metrics.table import table
from tests.metrics.truth import FOLDER, judge, names, read

# What the plan would know, and the logs that then say when they are done.
EPOCHS = {"lightning_tqdm": 3, "skorch": 6, "sklearn_hgb": None}
COMPLETE = {
    "fastai", "ignite", "keras_bar", "keras_bar_pty", "keras_lines", "lightning_rich", "lightning_rich_pty", "lightning_tqdm",
    "sklearn_hgb", "skorch", "tqdm_ascii", "tqdm_nested", "tqdm_nested_pty", "transformers_trainer", "transformers_trainer_4",
    "trl_sft", "tqdm_described", "tqdm_epochs", "keras_outputs_bar", "keras_outputs_lines", "lightning_slashes_narrow_pty",
    "transformers_tokens", "rich_report", "poutyne_lines",
}  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_recording_is_read_without_error(name: str) -> None:
    """Every reading is in the library's record, and every recorded value that was printed is read."""
    found = judge(name)
    assert found.wrong == []
    assert found.missed == []
    assert found.found > 0


@pytest.mark.parametrize("name", names())
def test_no_recording_is_large(name: str) -> None:
    """Recordings stay small enough to be looked at."""
    assert (FOLDER / f"{name}.log").stat().st_size <= 20 * 1024


def test_evaluation_keeps_its_own_names() -> None:
    """Keras' evaluate() prints the training's names; they do not run into the training's lines."""
    values = {reading.name: reading.value for reading in read((FOLDER / "keras_lines.log").read_bytes())}
    assert {"loss", "val_loss", "eval_loss", "accuracy", "val_accuracy", "eval_accuracy"} <= values.keys()


def test_the_table_in_the_docs_is_what_it_says() -> None:
    """docs/metrics.md shows the figures that the recordings give."""
    assert table() in (FOLDER.parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_progress_of_a_recording_only_grows(name: str) -> None:
    """Fed as it was printed, piece by piece, a log's fraction never runs back, and its ETA is never negative."""
    data = (FOLDER / f"{name}.log").read_bytes()
    reader, tracker, seen, now = LogReader(), ProgressTracker(epochs=EPOCHS.get(name)), [], 0.0
    for at in range(0, len(data), 100):
        now += 1.0
        for event in reader.feed(data[at : at + 100]):
            if isinstance(event, Progress):
                tracker.feed(event, now)
        estimate = tracker.estimate_at(now)
        if estimate.fraction is not None:
            seen.append(estimate.fraction)
        assert estimate.eta_seconds is None or estimate.eta_seconds >= 0
    assert seen == sorted(seen)
    if name in COMPLETE:
        assert seen[-1] == pytest.approx(1.0)
