"""Columns of text, whatever stands in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.cli.text_table import table


@given(
    st.lists(st.lists(st.text("az 09.é–…Жя漢字かな한글！", max_size=12), min_size=3, max_size=3), max_size=5),
    st.integers(10, 60),
)
def test_columns_line_up_in_any_width(rows: list[list[str]], room: int) -> None:
    """Every line has the same cells; only the column that may shrink is cut, and says so with …."""
    from rich.cells import cell_len

    lines = list(zip(*table([*zip("ABC", *rows, strict=True)], right=(1,), shrinks=(2,), room=room), strict=True))
    assert len({tuple(map(cell_len, line)) for line in lines}) == 1
    for row, line in zip(rows, lines[1:], strict=True):
        assert [cell.strip() for cell in line[:2]] == [cell.strip() for cell in row[:2]]
        assert line[2].rstrip() == row[2].rstrip() or line[2].rstrip().endswith("…")
