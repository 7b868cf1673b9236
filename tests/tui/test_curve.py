"""Curves: no peak is lost, no gap is drawn, whatever the number of points."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.tui.charts.chart import axis_line, picture_lines, plot
from autotrain_tui.tui.charts.dot_canvas import ASCII, BRAILLE
from autotrain_tui.tui.charts.y_axis import robust_range, y_axis
from autotrain_tui.tui.model.axis import tick_texts, ticks
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from autotrain_tui.tui.widgets.line import width_of


def curve(points, colour="curve-1"):
    series = Series("loss")
    if points:
        times, values = zip(*points, strict=True)
        series.extend(values, times, [None] * len(values), [None] * len(values))
    return Curve(series, 0.0, colour)


def dots(lines, colour=None):
    """The set dots of braille lines as (column, row); those of one colour, if it is given."""
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
        text = "".join(part if colour in (None, own) else " " * len(part) for part, own in each)
        for x, character in enumerate(text):
            mask = ord(character) - 0x2800 if character != " " else 0
            found |= {(2 * x + dx, 4 * y + dy) for dx, dy, bit in places if mask & bit}
    return found


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=200))
def test_a_curve_has_a_dot_in_every_column_without_gaps(values):
    """Neighbouring columns touch: the curve is one line, however steep, whatever band lies under it."""
    points = [(float(at), value) for at, value in enumerate(values)]
    lines = plot([curve(points)], 20, 5, (0.0, float(len(values) - 1)), (-10.0, 10.0), dots=BRAILLE)
    found = dots(lines, "curve-1")
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


def text_of(lines):
    """The lines as text."""
    return "\n".join("".join(part for part, _ in each) for each in lines)


def places_of(lines, sign):
    """The (row, cell) of each occurrence of a sign."""
    return [(y, x) for y, row in enumerate(text_of(lines).split("\n")) for x, one in enumerate(row) if one == sign]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(3, 60))
def test_labels_stand_at_equal_distances(low, span, rows):
    """The values are inside, and labels that are equally many rows apart are equally far apart in value."""
    axis = y_axis(low, low + span, rows)
    assert axis.low <= low + span * 1e-6
    assert axis.top >= low + span * (1 - 1e-6)
    places = sorted(row for row, _ in axis.labels)
    assert len({after - before for before, after in zip(places, places[1:], strict=False)}) <= 1
    assert all(0 <= row < rows for row in places)


@given(st.floats(1e-12, 1e9), st.floats(1.1, 1e12), st.integers(3, 60))
def test_a_logarithmic_axis_holds_all_values(low, factor, rows):
    """The lowest and the highest value are inside, and every label is in its row."""
    axis = y_axis(low, low * factor, rows, log=True)
    assert axis.low <= low * 1.001
    assert axis.top >= low * factor * 0.999
    assert all(axis.row(float(text)) == row for row, text in axis.labels if text.replace(".", "").isdigit())


def test_a_spike_does_not_decide_the_range():
    """A few columns far from the others are outside of the range; the last and the best value never are."""
    values = [1.0 + 0.01 * at for at in range(100)]
    assert robust_range([*values, 1.0], [*values, 900.0]) == (1.0, 1.99)
    assert robust_range([*values, 1.0], [*values, 900.0], [900.0]) == (1.0, 900.0)
    assert robust_range([0.0] * 99, [0.0] * 98 + [1.0]) == (0.0, 1.0)


def test_a_cut_spike_is_marked_with_its_value():
    """Where the curve leaves the picture a sign stands at the edge, with the value beside it."""
    points = [(float(at), 900.0 if at == 0 else 1.0 + at / 200) for at in range(200)]
    lines = picture_lines(Picture("loss", (curve(points),)), 80, 20)
    [(row, _)] = places_of(lines, "▲")
    assert row == 0
    assert "▲900" in text_of(lines)


def test_the_best_point_is_marked():
    """A star stands in the best value's own column, at its height, and nowhere else."""
    points = [(0.0, 5.0), (1.0, 1.0), (2.0, 4.0), (3.0, 6.0)]
    lines = picture_lines(Picture("loss", (curve(points),), best=(1.0, 1.0)), 80, 16)
    [(row, column)] = places_of(lines, "★")
    assert row == 13
    start, end = text_of(lines).split("\n")[14].index("└") + 1, 80 - len(" 6.000") - 1
    assert abs(column - start - (end - start) / 3) <= 2
    assert not places_of(picture_lines(Picture("loss", (curve(points),)), 80, 16), "★")


def test_the_last_value_stands_at_the_right_edge():
    """It is at the height of the curve's end."""
    points = [(float(at), float(at % 70)) for at in range(100)]
    lines = picture_lines(Picture("loss", (curve(points),)), 80, 16)
    [row] = [row for row, text in enumerate(text_of(lines).split("\n")) if text.split()[-1].startswith("29")]
    assert 6 <= row <= 9


def test_noise_is_a_band_under_one_line():
    """A noisy curve is drawn as its mean, the values around it in the band's colour; a smoothed one has no band."""
    points = [(float(at), at % 2 + at / 500) for at in range(1000)]
    lines = picture_lines(Picture("loss", (curve(points),)), 80, 20)
    assert {colour for each in lines for _, colour in each} >= {"curve-1", "band-1"}
    line = dots(plot([curve(points)], 60, 18, (0.0, 999.0), (0.0, 3.0), dots=BRAILLE), "curve-1")
    assert max(len([row for x, row in line if x == column]) for column in range(120)) <= 4
    smooth = Curve(curve(points).series, smooth=True)
    assert "band-1" not in {colour for each in picture_lines(Picture("loss", (smooth,)), 80, 20) for _, colour in each}


def test_stages_are_joined_by_a_dotted_line():
    """Between two curves of one line faint dots lead from the end to the next start; not between other lines."""
    first, then = [(float(at), 0.0) for at in range(40)], [(float(at), 1.0) for at in range(60, 100)]
    one, two = curve(first), curve(then)
    faint = dots(plot([one, two], 40, 10, (0.0, 100.0), (0.0, 1.0), dots=BRAILLE), "faint")
    assert 5 < len(faint) < 30
    other = Curve(two.series, label="another session")
    assert not dots(plot([one, other], 40, 10, (0.0, 100.0), (0.0, 1.0), dots=BRAILLE), "faint")


def test_a_pane_without_room_for_axes_still_draws_values():
    """Two lines show the curve, not a sentence that says there is none."""
    points = [(float(at), float(at)) for at in range(50)]
    drawn = text_of(picture_lines(Picture("loss", (curve(points),), empty="no loss yet"), 40, 2))
    assert "no loss" not in drawn
    assert drawn.strip()


def test_ascii_curves_are_ascii():
    """Without braille and blocks a curve is made of strokes."""
    points = [(float(at), (at % 30) / 30) for at in range(300)]
    drawn = text_of(plot([curve(points)], 60, 10, (0.0, 299.0), (0.0, 1.0), dots=ASCII))
    assert drawn.isascii()
    assert {"/", "|"} & set(drawn)


def test_names_of_wide_letters_keep_the_rule_as_long_as_it_is():
    """A letter of two cells takes two of the rule, so that the stages after it begin where they do."""
    drawn = "".join(text for text, _ in axis_line((0.0, 100.0), ((0.0, "1 基础训练"), (50.0, "2 x")), 40))
    assert width_of(((drawn, ""),)) == 40
    assert drawn.startswith("─1 基础训练─")
    assert width_of(((drawn[: drawn.index("┴")], ""),)) == 20
