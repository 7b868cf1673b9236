"""Lines as values: nothing is wider than its room, nothing is cut without a sign."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from autotrain_tui.tui.widgets.line import (
    blocks,
    columns,
    cut,
    fit,
    flow,
    level,
    line,
    meter,
    spark,
    spread,
    tint,
    width_of,
)

TEXTS = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=40)


@given(TEXTS, st.integers(1, 60))
def test_a_fitted_text_takes_exactly_its_room(text, width):
    """`fit` returns exactly the requested cells, in any script."""
    assert cell_len(fit(text, width)) == width


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["", "muted"])), max_size=5), st.integers(1, 60))
def test_a_cut_line_is_never_wider_than_its_room(spans, width):
    """`cut` never exceeds the room, and a line that fits stays as it is."""
    whole = line(*spans)
    short = cut(whole, width)
    assert width_of(short) <= width
    if width_of(whole) <= width:
        assert short == whole


def test_a_cut_text_ends_with_an_ellipsis():
    """Text that does not fit ends with an ellipsis."""
    assert fit("consolidation", 8) == "consoli…"
    assert "".join(text for text, _ in cut(line("abc", ("defgh", "muted")), 6)) == "abcde…"


@given(st.floats(0, 1), st.integers(3, 40))
def test_a_bar_fills_by_its_fraction_and_keeps_its_width(fraction, width):
    """A bar has its width, is empty only at 0 and full only at 1."""
    filled, empty = blocks(fraction, width)
    assert len(filled) + len(empty) == width
    assert (filled == "") == (fraction == 0)
    assert (filled == "█" * width) == (fraction == 1)
    assert width_of(meter(fraction, width + 2, "accent")) == width + 2


def test_the_right_side_of_a_line_is_kept_when_room_is_short():
    """`spread` cuts the left side."""
    drawn = "".join(text for text, _ in spread(line("a long name of a thing"), line("12:34"), 15))
    assert drawn.endswith("12:34")
    assert "…" in drawn
    assert len(drawn) == 15


def test_a_spark_curve_shows_the_newest_values_at_the_right():
    """Older values fall off at the left, gaps stay gaps."""
    assert spark([0, 50, None, 100], 4) == "▁▅ █"
    assert spark([100, 0], 1) == "▁"
    assert spark([], 3) == "   "


def test_columns_read_downwards_and_have_the_same_width():
    """Cells fill the first column first."""
    drawn = columns([line(str(number)) for number in range(5)], 2, 21)
    texts = ["".join(text for text, _ in each) for each in drawn]
    assert texts[0].startswith("0")
    assert "3" in texts[0]
    assert {len(text) for text in texts} == {21}


def test_flowing_text_breaks_between_words_and_ends_with_an_ellipsis():
    """A sentence with too many lines is cut in its last one."""
    lines = flow("one two three four five six seven", 9, limit=2)
    assert [text for each in lines for text, _ in each] == ["one two", "three fo…"]


def test_gauges_warn_at_80_and_alarm_at_95_percent():
    """A gauge is normal below 80 %, a warning from there, an error from 95 %."""
    assert [level(share) for share in (None, 0, 79.9, 80, 94.9, 95)] == [
        "muted",
        "gauge",
        "gauge",
        "warning",
        "warning",
        "error",
    ]


def test_a_cursor_covers_the_whole_row():
    """The cursor's colour token is on every span, up to the edge."""
    drawn = tint(line(("a", "accent"), "b"), "cursor", 5)
    assert width_of(drawn) == 5
    assert all(colour.endswith("cursor") for _, colour in drawn)
