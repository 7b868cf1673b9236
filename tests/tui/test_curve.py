"""Curves: no peak is lost, no gap is drawn, whatever the number of points."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.tui.charts.curve_pane import axis_line, picture_lines, plot, ticks
from autotrain_tui.tui.charts.dot_canvas import BRAILLE
from autotrain_tui.tui.model.axis import tick_texts
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.widgets.line import width_of


def curve(points, colour="curve-1"):
    series = Series("loss")
    for at, value in points:
        series.append(value, at)
    return Curve(series, 0.0, colour)


def dots(lines):
    """The set dots of braille lines as (column, row)."""
    places = (
        (0, 0, 0x01),
        (0, 1, 0x02),
        (0, 2, 0x04),
        (0, 3, 0x40),
        (1, 0, 0x08),
        (1, 1, 0x10),
        (1, 2, 0x20),
        (1, 3, 0x80),
    )
    found = set()
    for y, each in enumerate(lines):
        text = "".join(part for part, _ in each)
        for x, character in enumerate(text):
            mask = ord(character) - 0x2800 if character != " " else 0
            found |= {(2 * x + dx, 4 * y + dy) for dx, dy, bit in places if mask & bit}
    return found


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=200))
def test_a_curve_has_a_dot_in_every_column_without_gaps(values):
    """Neighbouring columns touch: the curve is one line, however steep."""
    points = [(float(at), value) for at, value in enumerate(values)]
    found = dots(plot([curve(points)], 20, 5, (0.0, float(len(values) - 1)), (-10.0, 10.0), dots=BRAILLE))
    for column in range(40):
        rows = {row for x, row in found if x == column}
        assert rows
        assert rows == set(range(min(rows), max(rows) + 1))
        if column:
            before = {row for x, row in found if x == column - 1}
            assert min(rows) <= max(before) + 1
            assert max(rows) >= min(before) - 1


def test_a_single_peak_among_many_points_is_seen():
    """One outlier of 100,000 values reaches the top row."""
    points = [(float(at), 1.0 if at == 54321 else 0.0) for at in range(100_000)]
    found = dots(plot([curve(points)], 30, 6, (0.0, 99_999.0), (0.0, 1.0), dots=BRAILLE))
    assert min(row for _, row in found) == 0


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(1, 12))
@example(900719925.671875, 1e-06, 10)  # a range of eight floating-point numbers
def test_ticks_are_round_and_within_the_range(low, span, most):
    """Ticks are in the range, and no more than requested."""
    found = ticks(low, low + span, most)
    assert len(found) <= most + 1
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in found)


@given(st.integers(20, 80), st.integers(3, 20), st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=30))
def test_a_picture_fits_its_pane(width, height, values):
    """No line is wider than the pane, and there are not more lines than it has."""
    points = [(float(at), value) for at, value in enumerate(values)]
    lines = picture_lines(Picture("loss", (curve(points),), ((0.0, "1"),)), width, height)
    assert len(lines) <= height
    assert all(width_of(each) <= width for each in lines)


def test_where_a_resumed_attempt_counts_again_is_marked():
    """A thin line stands in the column of the place where it began, and nowhere else."""
    points = [(float(x), 0.0) for x in range(100)]
    for marks in ((), (50.0,)):
        lines = picture_lines(Picture("loss", (curve(points),), marks=marks), 80, 16)
        columns = {"".join(part for part, _ in each).find("┆") for each in lines} - {-1}
        assert len(columns) == len(marks)


def test_an_empty_picture_says_so():
    """Without values there is a text, not an empty pane."""
    text = "".join(part for each in picture_lines(Picture("loss", empty="no loss yet"), 30, 8) for part, _ in each)
    assert "no loss yet" in text


def test_the_axis_names_where_stages_begin():
    """Of borders in the same cell the last one is named; labels never overlap."""
    drawn = "".join(text for text, _ in axis_line((0.0, 100.0), ((0.0, "1"), (50.0, "2"), (50.5, "3")), 40))
    assert len(drawn) == 40
    assert "1" in drawn
    assert "2" not in drawn
    assert "3" in drawn
    drawn = "".join(text for text, _ in axis_line((0.0, 90.0), ((0.0, "1 one"), (30.0, "2 a long name")), 12))
    assert drawn == "─1──┴2──────"


def test_no_two_ticks_read_alike():
    """A series that is nearly constant has labels that differ; small values with enough room stay short."""
    assert tick_texts([0.00095, 0.001, 0.00105]) == ["0.00095", "0.00100", "0.00105"]
    assert tick_texts([0.00005, 0.0001, 0.00015]) == ["5.0e-5", "1.0e-4", "1.5e-4"]


def test_the_best_point_is_marked():
    """A star stands in the best value's own column, at its height, and nowhere else."""
    points = [(0.0, 5.0), (1.0, 1.0), (2.0, 4.0), (3.0, 6.0)]
    lines = picture_lines(Picture("loss", (curve(points),), best=(1.0, 1.0)), 80, 16)
    texts = ["".join(part for part, _ in each) for each in lines]
    assert [row for row, text in enumerate(texts) if "★" in text] == [13]
    room = width_of(lines[13]) - texts[13].index("┤") - 1
    assert abs(texts[13].index("★") - texts[13].index("┤") - 1 - room / 3) <= 1
    assert all(width_of(each) <= 80 for each in lines)
