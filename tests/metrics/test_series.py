"""Series, curves over attempts, and readings.jsonl behind them."""

from __future__ import annotations

import math
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotrain_tui.metrics.curves.curves import Smoothed, StageCurves, stage_offsets
from autotrain_tui.metrics.curves.readings_file import ReadingsTail, ReadingsWriter, Row, load_values
from autotrain_tui.metrics.curves.series import Bucket, Series


def series_of(values: list[float], **places: list[float]) -> Series:
    series = Series("m")
    none = [None] * len(values)
    times = places.get("times", [float(i) for i in range(len(values))])
    series.extend(values, times, places.get("steps", none), places.get("epochs", none))
    return series


def test_appending_one_by_one_and_at_once_agree() -> None:
    """A series is the same whichever way its points came."""
    one, many = Series("m"), Series("m")
    for i in range(500):
        one.append(i * 0.5, i * 1.0, i, None)
    many.extend([i * 0.5 for i in range(500)], [i * 1.0 for i in range(500)], list(range(500)), [None] * 500)
    assert list(one.xs()) == list(many.xs())
    assert (one.low, one.high, one.last, len(one)) == (many.low, many.high, many.last, 500)


def test_axis() -> None:
    """Step where every point has one, else epoch, else index; steps that start again are no axis."""
    assert series_of([1, 2], steps=[5, 6]).axis == "step"
    assert series_of([1, 2], steps=[5, None], epochs=[1, 2]).axis == "epoch"
    assert series_of([1, 2], epochs=[1, None]).axis == "index"
    assert series_of([1.0] * 6, steps=[0, 50, 99, 0, 50, 99]).axis == "index"
    assert series_of([1, 2], steps=[None, 6], epochs=[None, None]).axis == "index"


def test_ranks_that_overtake_each_other() -> None:
    """A step that falls behind by little stays on the line; places never go back."""
    series = series_of([1.0] * 6, steps=[10, 11, 10, 12, 11, 13])
    assert series.axis == "step"
    assert list(series.xs()) == sorted(series.xs())


def test_best_by_goal() -> None:
    """The best is the highest or the lowest."""
    series = series_of([0.5, 0.9, 0.1, 0.7])
    assert (series.best("max"), series.best("min"), series.last) == (0.9, 0.1, 0.7)
    assert Series("m").best("max") is None


@settings(max_examples=60)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=400), st.sampled_from(["min", "max"]))
def test_the_best_point_is_the_first_of_the_best(values: list[int], goal: str) -> None:
    """Its index is that of the first point with the best value, and its place that point's step."""
    series = series_of([float(value) for value in values], steps=[float(10 * i) for i in range(len(values))])
    at = series.best_index(goal)
    assert at == values.index((max if goal == "max" else min)(values))
    assert series.place(at) == (10.0 * at, None)


def test_a_series_without_points_has_no_best_point() -> None:
    """Neither has it a place."""
    assert Series("m").best_index("min") is None
    assert series_of([1.0, 2.0], epochs=[1, None]).place(0) == (None, None)


@settings(max_examples=60)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400),
    st.integers(1, 50),
    st.integers(0, 400),
    st.integers(1, 400),
    st.integers(1, 60),
)
def test_no_extreme_is_lost(values: list[float], width: int, lo: int, span: int, repeat: int) -> None:
    """Every column's extremes are those of its points, at any zoom, however many levels answer."""
    values = values * repeat
    series = series_of(values, steps=list(range(len(values))))
    hi = min(len(values) - 1, lo + span)
    buckets = series.reduce(width, lo, hi)
    inside = values[lo : hi + 1]
    if not inside or lo > hi:
        assert buckets == []
        return
    assert len(buckets) <= width
    assert min(bucket.low for bucket in buckets) == min(inside)
    assert max(bucket.high for bucket in buckets) == max(inside)
    starts = [int(bucket.x) for bucket in buckets] + [hi + 1]
    for bucket, begin, end in zip(buckets, starts, starts[1:], strict=False):
        part = values[begin:end]
        assert bucket[:5] == (begin, part[0], min(part), max(part), part[-1])
        assert bucket.low <= bucket.mean <= bucket.high
        assert bucket.mean == pytest.approx(sum(part) / len(part))


def test_a_spike_among_a_million_is_seen() -> None:
    """One high point is in the drawing of a million."""
    values = [0.0] * 1_000_000
    values[654_321] = 9.0
    series = series_of(values, steps=list(range(1_000_000)))
    tall = [bucket for bucket in series.reduce(300, 0, 999_999) if bucket.high == 9.0]
    assert len(tall) == 1
    assert tall[0].x <= 654_321 < tall[0].x + 1_000_000 / 300


def test_reduce_of_nothing() -> None:
    """Empty series, empty ranges and no width give nothing; one place gives one column."""
    assert Series("m").reduce(10, 0, 1) == []
    series = series_of([1.0, 2.0, 3.0], steps=[5, 5, 5])
    assert series.reduce(0, 0, 9) == []
    assert series.reduce(10, 6, 9) == []
    assert series.reduce(10, 5, 5) == [Bucket(5.0, 1.0, 1.0, 3.0, 3.0, 2.0)]


def test_nearest() -> None:
    """A cursor finds the point nearest to it."""
    series = series_of([1.0, 2.0, 3.0], steps=[0, 10, 20])
    assert [series.nearest(x) for x in (-5, 4, 6, 16, 99)] == [0, 0, 1, 2, 2]
    assert Series("m").nearest(1) is None


def rows(attempt: range, name: str = "loss", *, per_epoch: int = 0) -> list[Row]:
    return [
        (float(i), name, step * 1.0, step, step // per_epoch if per_epoch else None) for i, step in enumerate(attempt)
    ]


def test_a_resumed_attempt_overrides_what_it_repeats() -> None:
    """The line of two attempts is continuous, and holds each step once."""
    curves = StageCurves()
    curves.begin_attempt()
    curves.extend(rows(range(150)))
    curves.extend([(150.0, "val", 0.5, 149, None)])
    curves.begin_attempt(resumed=True)
    curves.extend(rows(range(100, 200)))
    loss = curves.series["loss"]
    assert list(loss.xs()) == list(range(200))
    assert list(loss.ts) == sorted(loss.ts)
    assert len(curves.series["val"]) == 0
    assert loss.version == 1


def test_an_attempt_from_scratch_replaces_the_line() -> None:
    """A retry from scratch begins at step 0: nothing of the attempt before stays."""
    curves = StageCurves()
    for _ in range(2):
        curves.begin_attempt()
        curves.extend(rows(range(50)))
    assert len(curves.series["loss"]) == 50


def test_attempts_joined_by_epochs() -> None:
    """Where there are no steps, epochs decide what is repeated."""
    curves = StageCurves()
    curves.begin_attempt()
    curves.extend([(float(i), "acc", float(i), None, float(i)) for i in range(6)])
    curves.begin_attempt()
    curves.extend([(float(i), "acc", 9.0, None, float(i)) for i in range(4, 8)])
    assert list(curves.series["acc"].xs()) == list(range(8))
    assert list(curves.series["acc"].ys) == [0, 1, 2, 3, 9, 9, 9, 9]


def test_a_resumed_attempt_that_counts_from_its_start_goes_on_behind() -> None:
    """What is left is counted from 0, from 1, or in the logging interval: the curve before the pause stays whole."""
    for begin, every in ((0, 1), (1, 1), (10, 10)):
        curves = StageCurves()
        curves.begin_attempt()
        curves.extend(rows(range(begin, 300, every)))
        before = len(curves.series["loss"])
        curves.begin_attempt(resumed=True)
        again = range(begin, 100, every)
        curves.extend(rows(again))
        loss = curves.series["loss"]
        assert len(loss) == before + len(again)
        assert list(loss.xs()) == sorted(loss.xs())
        assert loss.xs()[-1] == loss.xs()[before - 1] + again[-1]
        assert curves.joints["loss"].offset == loss.xs()[before - 1]
        assert curves.restarts == {"loss": [before]}


def test_a_validation_before_the_first_step_takes_nothing_away() -> None:
    """A resumed program that validates at step 0 first: its points then go on where the line was."""
    curves = StageCurves()
    curves.begin_attempt()
    for step in range(1, 101):
        curves.extend([(float(step), "loss", 1.0, step, None)])
        if step % 20 == 0:
            curves.extend([(float(step), "val_loss", 2.0, step, None)])
    curves.begin_attempt(resumed=True)
    curves.extend([(0.0, "val_loss", 3.0, 0, None)])
    for step in range(91, 141):
        curves.extend([(float(step), "loss", 1.5, step, None)])
        if step % 20 == 0:
            curves.extend([(float(step), "val_loss", 2.5, step, None)])
    assert list(curves.series["loss"].xs()) == list(range(1, 141))
    assert list(curves.series["val_loss"].xs())[:4] == [20, 40, 60, 80]
    assert list(curves.series["val_loss"].xs())[-3:] == [100, 120, 140]
    assert 2.0 in list(curves.series["val_loss"].ys)[:4]


def test_the_joint_is_the_same_in_any_split_of_the_rows() -> None:
    """Rows that come one at a time or all at once give the same line."""
    first = [(float(i), name, i * 1.0, i, i / 9) for i in range(1, 90) for name in ("a", "b")]
    for begin in (0, 1, 40, 95):
        again = [(float(i), name, i * 2.0, begin + i, None) for i in range(50) for name in ("a", "b")]
        made = []
        for size in (1, 7, len(again)):
            curves = StageCurves()
            curves.begin_attempt()
            curves.extend(first)
            curves.begin_attempt(resumed=True)
            for at in range(0, len(again), size):
                curves.extend(again[at : at + size])
            made.append({name: (list(series.xs()), list(series.ys)) for name, series in curves.series.items()})
        assert made[0] == made[1] == made[2], begin


def test_names_in_any_order() -> None:
    """Rows whose names repeat in order and rows whose names do not give the same series."""
    chance = random.Random(5)
    steady = [(float(i), name, i * 1.0, i, None) for i in range(50) for name in ("a", "b", "c")]
    mixed = sorted(steady, key=lambda row: (row[3], chance.random()))
    made = []
    for feed in (steady, mixed):
        curves = StageCurves()
        curves.begin_attempt()
        curves.extend(feed)
        made.append({name: list(series.ys) for name, series in curves.series.items()})
    assert made[0] == made[1]


def test_smoothing() -> None:
    """The smoothed line starts at the first value, follows new points, and begins anew after a cut."""
    series = series_of([1.0] * 10, steps=list(range(10)))
    smoothed = Smoothed(series, 0.9)
    assert list(smoothed.update().ys) == pytest.approx([1.0] * 10)
    series.append(2.0, 10.0, 10)
    assert 1.0 < smoothed.update().ys[-1] < 2.0
    assert list(smoothed.series.xs()) == list(series.xs())
    series.cut(5, None)
    assert len(smoothed.update()) == 5
    with pytest.raises(ValueError, match="weight"):
        Smoothed(series, 1.0)


def test_smoothing_in_pieces() -> None:
    """Following a growing series gives what smoothing it at once gives."""
    values = [math.sin(i / 5) for i in range(200)]
    growing = Series("m")
    following = Smoothed(growing, 0.6)
    for i, value in enumerate(values):
        growing.append(value, float(i), i)
        following.update()
    assert list(following.series.ys) == pytest.approx(list(Smoothed(series_of(values), 0.6).update().ys))


def test_stages_drawn_as_one() -> None:
    """Each stage begins where the furthest of those before ended."""
    first = [series_of([1, 2], steps=[0, 100]), series_of([1], epochs=[7])]
    second = [series_of([1, 2], steps=[0, 40])]
    assert stage_offsets([first, second, second], "step") == [0.0, 100.0, 140.0]


# -- readings.jsonl -------------------------------------------------------------------------------------------------


def test_the_tail_follows_the_writer(tmp_path: Path) -> None:
    """Each poll gives what is new, without the marks; nothing while the file is not there."""
    path = tmp_path / "readings.jsonl"
    tail = ReadingsTail(path)
    assert tail.poll() == []
    writer = ReadingsWriter(path)
    writer.append([(0.5, "loss", 0.25, 3, None), (0.5, "val loss [x]", 1e-7, None, 1.5)], 100, 0)
    assert tail.poll() == [(0.5, "loss", 0.25, 3, None), (0.5, "val loss [x]", 1e-7, None, 1.5)]
    assert tail.poll() == []
    writer.append([(1.0, "loss", 0.125, 4, None)], 200, 0)
    assert tail.poll() == [(1.0, "loss", 0.125, 4, None)]
    writer.close()
    assert load_values(path, "loss") == [0.25, 0.125]


def test_the_tail_waits_for_a_torn_line(tmp_path: Path) -> None:
    """Half a row is not read, and is read once its other half is there."""
    path = tmp_path / "readings.jsonl"
    path.write_bytes(b'[0.5,"loss",0.25,3,null]\n[1.0,"lo')
    tail = ReadingsTail(path)
    assert len(tail.poll()) == 1
    with path.open("ab") as file:
        file.write(b'ss",0.5,4,null]\n')
    assert tail.poll() == [(1.0, "loss", 0.5, 4, None)]


def test_the_tail_passes_over_garbage(tmp_path: Path) -> None:
    """Lines that are no rows are skipped and counted, whatever they are."""
    path = tmp_path / "readings.jsonl"
    good = b'[0.5,"loss",0.25,3,null]\n'
    path.write_bytes(good + b"hello\n[1,2]\n\xff\xfe\n" + b"[" * 5000 + b"\n" + b"x" * 300_000 + b"\n" + good)
    for way in ("rows", "columns"):
        tail = ReadingsTail(path)
        if way == "rows":
            assert len(tail.poll()) == 2
        else:
            assert sum(len(columns) for columns in tail.columns()) == 2
        assert tail.skipped >= 5


def test_rows_and_columns_agree(tmp_path: Path) -> None:
    """Both ways of reading give the same points, also for odd names and over blocks."""
    path = tmp_path / "readings.jsonl"
    names = ["loss", "a,b", "x[0]", 'quo"te', "é", "back\\slash", "nl\n"]
    writer = ReadingsWriter(path)
    wanted: list[Row] = [(i * 0.25, names[i % len(names)], i / 7, i, i / 3 if i % 2 else None) for i in range(9000)]
    for at in range(0, len(wanted), 1000):
        writer.append(wanted[at : at + 1000], at, at)
    writer.close()
    assert ReadingsTail(path).poll() == wanted
    columns = [list(zip(*block, strict=True)) for block in ReadingsTail(path).columns()]
    assert [tuple(row) for block in columns for row in block] == wanted


@pytest.mark.parametrize(
    "damage",
    [
        '[1,"loss",null,3,4]',
        '[null,"loss",2,3,4]',
        '[1,"loss","loss",3,4]',
        "[1,2,3,4,5]",
        "[1,null,3,4,5]",
        '[1,"loss",2,3]\n[1,"loss",2,3,4,5]',
        '["loss",1,2,3,4]',
        '[1,"new",null,3,4]',
        '[[1,"loss",2,3,4]]',
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_damaged_row_takes_no_other_with_it(tmp_path: Path, damage: str, known: bool) -> None:
    """Both ways pass over what is no row, whether its name was met before or not, and a curve is drawn of the rest."""
    path = tmp_path / "readings.jsonl"
    good = [f'[{at},"loss",{at}.5,{at},null]' for at in range(6)]
    tail, curves, found = ReadingsTail(path), StageCurves(), []
    curves.begin_attempt()
    for lines in (good[:3] if known else [], [*good[3:5], damage, good[5]]):
        with path.open("a") as file:
            file.write("".join(f"{line}\n" for line in lines))
        for columns in tail.columns():
            found += list(zip(*columns, strict=True))
            curves.extend_columns(columns)
    assert found == ReadingsTail(path).poll()
    assert list(curves.series["loss"].ys) == [at + 0.5 for at in range(0 if known else 3, 6)]
    assert tail.skipped


def test_more_names_than_are_remembered(tmp_path: Path) -> None:
    """A log of hundreds of metrics, new ones all the time, comes out whole."""
    path = tmp_path / "readings.jsonl"
    rows: list[Row] = [(float(at), f"m{at // 7}", at / 3, at, None) for at in range(9000)]
    path.write_text("".join(f'[{when},"{name}",{value!r},{step},null]\n' for when, name, value, step, _ in rows))
    assert [row for block in ReadingsTail(path).columns() for row in zip(*block, strict=True)] == rows


def test_places_that_are_missing_in_between() -> None:
    """A place that is no number stands where the one before stood, and the axis gives way to one that is whole."""
    series = Series("loss")
    series.extend([1.0, 2.0, 3.0], [0.0, 1.0, 2.0], [5.0, None, 7.0], [0.1, 0.2, 0.3])
    assert (list(series.xs("step")), series.axis) == ([5.0, 5.0, 7.0], "epoch")


def test_a_repaired_file_is_read_on(tmp_path: Path) -> None:
    """When the writer's successor cuts off a torn end, the tail goes on behind it."""
    path = tmp_path / "readings.jsonl"
    writer = ReadingsWriter(path)
    writer.append([(0.5, "loss", 0.25, 3, None)], 10, 0)
    writer.close()
    tail = ReadingsTail(path)
    tail.poll()
    with path.open("ab") as file:
        file.write(b'[9,"torn')
    assert tail.poll() == []
    successor = ReadingsWriter(path)
    assert successor.mark == (10, 0)
    successor.append([(1.5, "loss", 0.125, 4, None)], 20, 0)
    successor.close()
    assert tail.poll() == [(1.5, "loss", 0.125, 4, None)]


def test_no_link_is_followed(tmp_path: Path) -> None:
    """A link or a pipe in the file's place has no rows."""
    (tmp_path / "real").write_bytes(b'[0.5,"loss",0.25,3,null]\n')
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "fifo")
    assert ReadingsTail(tmp_path / "link").poll() == []
    assert ReadingsTail(tmp_path / "fifo").poll() == []
