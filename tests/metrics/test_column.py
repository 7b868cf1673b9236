"""Long series: the points that lie in a file are the same points, and memory stays small."""

from __future__ import annotations

import gc
import random
from array import array
from bisect import bisect_left, bisect_right
from functools import cache

import pytest

from autotrain_tui.metrics.curves import column as module
from autotrain_tui.metrics.curves.column import FINE, SPILL_FROM, Column
from autotrain_tui.metrics.curves.column_search import WHOLE
from autotrain_tui.metrics.curves.series import Series

COUNT = 60_000


@cache
def climbing(count: int = COUNT) -> list[float]:
    """Places that never go back, with repeats and jumps; made once, so that no test may change them."""
    rng, at, found = random.Random(3), 0.0, []
    for _ in range(count):
        at += rng.choice([0.0, 1.0, 1.0, 50.0])
        found.append(at)
    return found


@cache
def noise(count: int) -> list[float]:
    """Values of a normal distribution; made once, as `climbing` is."""
    rng = random.Random(7)
    return [rng.gauss(0, 1) for _ in range(count)]


def filled(values: list[float], part: int = 997) -> Column:
    column = Column()
    for begin in range(0, len(values), part):
        column.extend(array("d", values[begin : begin + part]))
        if column.spills:
            column.spill()
    return column


def test_what_lies_in_the_file_is_what_was_put_in() -> None:
    """Every index, slice and iteration gives the value that a list would give."""
    values = climbing()
    column = filled(values)
    assert len(column._tail) < SPILL_FROM < len(column)  # most of it is not in memory
    assert list(column) == values
    for place in (0, 1, 63, 64, 4095, 4096, COUNT - 1, -1, -COUNT):
        assert column[place] == values[place]
    for part in (slice(10, 9000), slice(4090, 4100), slice(COUNT - 3, None), slice(0, COUNT, 7), slice(5, 5)):
        assert list(column[part]) == values[part]
    with pytest.raises(IndexError):
        column[COUNT]
    with pytest.raises(IndexError):
        column[-COUNT - 1]


def test_searches_agree_with_bisect() -> None:
    """Left and right searches in any part find what bisect finds in a list."""
    values, rng = climbing(), random.Random(5)
    column = filled(values)
    for _ in range(2000):
        begin = rng.randrange(COUNT)
        end = rng.randrange(begin, COUNT + 1)
        x = rng.choice([rng.uniform(-1, values[-1] + 1), values[rng.randrange(COUNT)]])
        assert column.search(x, begin, end) == bisect_left(values, x, begin, end)
        assert column.search(x, begin, end, right=True) == bisect_right(values, x, begin, end)


@pytest.mark.parametrize("keep", [0, 1, 4095, 4096, 4097, 30_000, COUNT - 1, COUNT])
def test_a_column_is_cut_and_goes_on(keep: int) -> None:
    """After a cut anywhere it holds what was before the cut, then what is added."""
    values = climbing()
    column = filled(values)
    column.truncate(keep)
    assert list(column) == values[:keep]
    more = [1e9 + place for place in range(SPILL_FROM + 5000)]
    column.extend(array("d", more))
    column.spill()
    assert list(column) == values[:keep] + more


def test_without_room_points_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no file can be written, nothing is lost."""
    broken = module._ChunkFile()
    monkeypatch.setattr(module, "_FILE", broken)
    monkeypatch.setattr(module, "_open", lambda: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    values = climbing()
    column = filled(values)
    assert (len(column._tail), list(column)) == (COUNT, values)


def test_a_dropped_column_gives_its_place_back() -> None:
    """The file grows no further when a session's curves are replaced by another's."""
    filled(climbing())
    gc.collect()
    end = module._FILE._end
    for _ in range(3):
        filled(climbing())
        gc.collect()
    assert module._FILE._end == end


@pytest.mark.parametrize("grows_shown", [False, True])
@pytest.mark.parametrize("axis", ["step", "time", "index"])
def test_a_long_series_is_drawn_truly(axis: str, grows_shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each column of a drawing has the first, least, greatest and last value of its points, at any zoom; where columns
    hold many points, an edge is off by less than a block. So it is whether the curve was looked at while it grew or not.
    """
    values = noise(COUNT * 5)
    steps = climbing(COUNT * 5)
    long, short = Series("a"), Series("a")
    for series, limit in ((short, 1 << 60), (long, SPILL_FROM)):
        monkeypatch.setattr(module, "SPILL_FROM", limit)
        for begin in range(0, len(values), 5000):
            part = slice(begin, begin + 5000)
            series.extend(values[part], steps[part], steps[part], [None] * 5000, listed=list(values[part]))
            assert not grows_shown or series.low == min(values[: begin + 5000])
    assert len(short.ys._tail) == len(values)
    assert len(long.ys._tail) < SPILL_FROM
    places, index = list(long.xs(axis)), {value: at for at, value in enumerate(values)}
    for lo, hi in ((0, 1), (0.2, 0.7), (0.5, 0.51), (0.5, 0.5001), (0.99, 1)):
        window = places[-1] * lo, places[-1] * hi
        buckets = long.reduce(100, *window, axis)
        inside = [value for place, value in zip(places, values, strict=True) if window[0] <= place <= window[1]]
        assert min(bucket.low for bucket in buckets) == min(inside)
        assert max(bucket.high for bucket in buckets) == max(inside)
        assert (buckets[0].first, buckets[-1].last) == (inside[0], inside[-1])
        if len(inside) < 100 * WHOLE:  # edges at blocks' edges in longer ones
            assert buckets == short.reduce(100, *window, axis)
        starts = [index[bucket.first] for bucket in buckets]
        for bucket, begin, end in zip(buckets, starts, [*starts[1:], index[buckets[-1].last] + 1], strict=True):
            part = values[begin:end]
            assert bucket[1:5] == (part[0], min(part), max(part), part[-1])
            assert bucket.mean == pytest.approx(sum(part) / len(part))
            edge = int((bucket.x - window[0]) / (window[1] - window[0]) * 100)
            edges = [window[0] + (edge + more) / 100 * (window[1] - window[0]) for more in (0, 1)]
            assert any(0 <= bisect_left(places, place) - begin < FINE for place in edges)
    assert (long.low, long.high, long.last) == (min(values), max(values), values[-1])
    long.cut(steps[100_000], None)
    short.cut(steps[100_000], None)
    assert list(long.ys) == list(short.ys)
    window = places[50_000], places[90_000]
    assert long.reduce(50, *window, axis) == short.reduce(50, *window, axis)
