"""What real libraries print, read and held against their own records."""

from __future__ import annotations

import pytest

from tests.metrics.table import table
from tests.metrics.truth import FOLDER, judge, names, read


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
