"""Objects over several lines: two inner ones side by side, hundreds of rows, closing braces without end."""

from __future__ import annotations

import json

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Reading

Point = tuple[str, int | None, float]


def points(data: bytes, size: int = 1 << 16) -> list[Point]:
    reader = LogReader()
    events = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    events += reader.finish()
    return sorted((event.name, event.step, event.value) for event in events if isinstance(event, Reading))


def report(step: int, layers: int) -> dict[str, object]:
    norms = {f"layer_{i}": {"weight_norm": i + step / 8, "bias": 0.5} for i in range(layers)}
    return {
        "step": step,
        "train": {"loss": 2 / step},
        "layers": norms,
        "eval": {"loss": 4 / step, "accuracy": step / 8},
    }


@pytest.mark.parametrize("size", [1, 300, 1 << 16])
@pytest.mark.parametrize("layers", [0, 2, 100])
def test_inner_objects_are_read_with_the_outermost(layers: int, size: int) -> None:
    """Each value stands once, at its object's step, whether the object has ten rows or four hundred."""
    steps = [1, 2, 4]
    data = "\n".join(json.dumps(report(step, layers), indent=2) for step in steps).encode() + b"\n"
    found = points(data, size)
    wanted = [("eval_accuracy", step, step / 8) for step in steps]
    wanted += [("eval_loss", step, 4 / step) for step in steps] + [("train_loss", step, 2 / step) for step in steps]
    assert [point for point in found if "norm" not in point[0]] == wanted


def test_an_object_of_more_rows_than_are_kept_is_left_out() -> None:
    """None of its inner objects is taken for a report."""
    assert points(json.dumps(report(4, 300), indent=2).encode() + b"\n") == []


@pytest.mark.parametrize("line", [b"}\n", b'  "a": 1 }\n'])
def test_closing_braces_are_not_looked_through_each_time(line: bytes) -> None:
    """A log of closing braces holds no object; each looks back at a few lines at most."""
    looks = 0

    class Lines(list[bytes]):
        def __getitem__(self, index):  # type: ignore[no-untyped-def, override]
            nonlocal looks
            looks += isinstance(index, int)
            return super().__getitem__(index)

    reader = LogReader()
    reader.feed(line * 600)
    state = reader._state
    state.lines, state.index = Lines([line] * 600), 599
    layout = next(layout for layout in reader._shapes.values() if layout is not None)
    layout.read(line, state)
    assert looks <= 32
