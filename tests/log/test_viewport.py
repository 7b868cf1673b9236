"""Which rows are in a window, compared with a layout of the whole file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from autotrain_tui.text.ansi import SgrStyle
from autotrain_tui.text.escape_filter import styled
from autotrain_tui.tui.log.row_strip import RowStyles, rich_style, row_strip
from autotrain_tui.tui.log.viewport import Viewport
from tests.log.test_logfile import opened

TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "bc ", "世", "🚀", "e\u0301", "ж", "\x1b[31m", "0123456789"]), max_size=8).map(
        "".join
    ),
    max_size=30,
)
MOVES = st.lists(st.one_of(st.integers(-40, 40), st.sampled_from(["wrap", "end", "start", "grow"])), max_size=12)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("viewport") / "log"


def all_rows(lines: list[str], width: int, *, wrap: bool) -> list[str]:
    """Every row of the file, by a simple implementation."""
    rows = []
    for line in lines:
        text, row = styled(line.encode()).text, ""
        for character in text:
            if wrap and row and cell_len(row + character) > width:
                rows.append(row)
                row = ""
            row += character
        rows.append(row)
    return rows


def rows_of(view: Viewport) -> list[str]:
    return [row.shown.text[row.start : row.end] for row in view.rows]


@given(TEXTS, MOVES, st.integers(1, 12), st.integers(2, 15))
@example(lines=[], moves=[-1, "wrap", 2], height=1, width=2)  # past the end of a last line of many rows
def test_moving_a_window_is_moving_over_all_rows(
    place: Path, lines: list[str], moves: list[int | str], height: int, width: int
) -> None:
    """After any moves and any new lines, the window shows the rows that a full layout has there."""
    lines = [*lines, "last"]
    file = opened(place, "\n".join(lines).encode() + b"\n")
    view = Viewport(file)
    view.height, view.width = height, width
    view.layout()
    for move in moves:
        rows = all_rows(lines, width, wrap=view.wrap)
        assert view.rows == [] or rows_of(view) in [
            rows[at : at + height] for at in range(max(1, len(rows) - height + 1))
        ]
        if isinstance(move, int):
            before = len(rows) - height if view.follow else None
            top = before if before is not None else number_of_row(view, lines, width)
            view.move(move)
            wanted = max(0, min(top + move, len(rows) - height)) if len(rows) > height else 0
            assert rows_of(view) == rows[wanted : wanted + height]
        elif move == "grow":
            shown, follow = rows_of(view), view.follow
            with place.open("ab") as out:
                out.write(b"new\n")
            lines.append("new")
            file.refresh()
            view.layout()
            if not follow and len(rows) >= height:
                assert rows_of(view)[: len(shown)] == shown
        elif move == "wrap":
            view.wrap = not view.wrap
            view.layout()
        elif move == "end":
            view.follow = True
            view.layout()
            assert rows_of(view) == rows[-height:]
        else:
            view.go(0)
            assert rows_of(view) == rows[:height]


def number_of_row(view: Viewport, lines: list[str], width: int) -> int:
    """How many rows of the whole file are above the window."""
    first = view.rows[0]
    above = view.source.backward(first.shown.line.start, 10_000)
    return sum(len(view.shown(line).breaks(width)) if view.wrap else 1 for line in above) + first.part


@given(
    st.text(alphabet="ab世🚀éж ", max_size=40),
    st.integers(0, 50),
    st.integers(2, 30),
    st.booleans(),
    st.tuples(st.integers(0, 40), st.integers(-1, 40)),
)
def test_a_painted_row_has_the_width_it_was_asked_for(
    place: Path, text: str, x: int, width: int, hit: bool, span: tuple[int, int]
) -> None:
    """From any cell on, with matches and a selection, a row has exactly the requested width."""
    file = opened(place, text.encode() + b"\n")
    view = Viewport(file)
    view.layout()
    if not view.rows:
        return
    style = rich_style(SgrStyle(foreground=1))
    styles = RowStyles(*[style] * 7)
    strip = row_strip(view.rows[0], x, width, styles, matches=[(1, 3)], hit=hit, selected=span)
    assert strip.cell_length == sum(cell_len(segment.text) for segment in strip) == width
    whole = styled(text.encode()).text
    if x == 0 and cell_len(whole) <= width:
        assert strip.text.rstrip() == whole.rstrip()
