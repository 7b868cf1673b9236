"""A log's text before it is cut into lines: what of it does not matter for its readings."""

from __future__ import annotations

import pytest

from autotrain_tui.metrics.parsing.block_text import shapes_of, without_drawings


def bar(done: int, drawing: str) -> bytes:
    return f"Epoch 1:  {done:2d}%|{drawing}| {done}/90 [00:05<00:06,  8.01it/s, loss=0.61]".encode()


@pytest.mark.parametrize(
    "drawings", [("█▍        ", "████▌     "), ("#5        ", "####6     "), ("█         ", "██████████")]
)
def test_the_redraws_of_a_bar_have_one_shape(drawings: tuple[str, str]) -> None:
    """How far a bar is filled is taken out: a bar of any length is learned once."""
    first, second = (without_drawings(bar(done, drawing)) for done, drawing in zip((14, 46), drawings, strict=True))
    assert shapes_of(first) == shapes_of(second)
    assert first == bar(14, "")


@pytest.mark.parametrize("text", ["| 45%|  12 | 0.5 |", "|50%|5 | 7 |", "100%|### done", "50%|abc| 1/2"])
def test_cells_are_no_drawings(text: str) -> None:
    """Between bars of a table, and in other text, nothing is taken out."""
    assert without_drawings(text.encode()) == text.encode()
