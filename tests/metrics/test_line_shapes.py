"""Lines that no list of words knows: learned by their recurrence, told in order, bounded whatever comes."""

from __future__ import annotations

import random
import time

import pytest

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.line_shapes import MAX_HELD_BYTES, MAX_SHAPES
from autotrain_tui.metrics.parsing.reading_events import Progress, Reading


def read(text: str) -> list[object]:
    reader = LogReader()
    return [*reader.feed(text.encode()), *reader.finish()]


def points(text: str) -> list[tuple[str, float, int | None]]:
    return [(event.name, event.value, event.step) for event in read(text) if isinstance(event, Reading)]


def series(line: str, count: int = 5) -> dict[str, list[tuple[float, int | None]]]:
    """The series of a line that comes again and again: `{i}` counts, `{a}` and `{b}` change, the rest stays."""
    chance = random.Random(line)
    text = "".join(
        line.format(i=i, k=i * 50, a=f"{chance.random():.4f}", b=f"{1 + chance.random():.3f}") + "\n"
        for i in range(1, count + 1)
    )
    found: dict[str, list[tuple[float, int | None]]] = {}
    for name, value, step in points(text):
        found.setdefault(name, []).append((value, step))
    assert all(len(values) == count for values in found.values())
    return found


@pytest.mark.parametrize(
    ("line", "names", "steps"),
    [
        ("Gen {i}: diversity {a} wobble {b}", {"diversity", "wobble"}, [1, 2, 3, 4, 5]),
        ("Train tree {i}/400 train-loss:{a} gizmo:{b}", {"train-loss", "gizmo"}, [1, 2, 3, 4, 5]),
        ("Iter.  {i},  how = expand,    nf =   {k},  f = {a}", {"f"}, [1, 2, 3, 4, 5]),
        ("{k}, {b}: 0.5, {a} avg, 0.5 rate, 0.035 seconds, 64 images", {"avg"}, [50, 100, 150, 200, 250]),
        ("step {i} loss {a} ({b})", {"loss", "loss_avg"}, [1, 2, 3, 4, 5]),
        ("step {i} loss {a} tokens/s {b}", {"loss", "tokens/s"}, [1, 2, 3, 4, 5]),
        ("step {i} | loss {a} | 123.{i} samples/s", {"loss", "samples/s"}, [1, 2, 3, 4, 5]),
        ("step {i} loss {a} mfu {b}% step_time {i}.5ms", {"loss", "mfu", "step_time"}, [1, 2, 3, 4, 5]),
        ("[I 2026-11-28 07:15:39,30{i}] Trial {i} finished with value: {a} and parameters: {{'lr': {b}}}.", {"value"}, [1, 2, 3, 4, 5]),
        ("score at round {i}: wobble={a}, depth=5, size=3.5, time=0.1{i}s", {"wobble"}, [1, 2, 3, 4, 5]),
    ],
)  # fmt: skip
def test_a_shape_that_recurs_gives_its_names(line: str, names: set[str], steps: list[int]) -> None:
    """What changes under a name becomes a series from its first value on, at the number that counts."""
    found = series(line)
    assert set(found) == names
    assert {tuple(step for _, step in values) for values in found.values()} == {tuple(steps)}


@pytest.mark.parametrize(
    "line",
    [
        "shard {i} read in {a} s by worker 3",
        "config: lr=0.1, wobble=0.25, depth={i}",
        "GPU {i} memory {a} GB",
        '  {i}: "f{i}" NUMERICAL mean:{a} min:-1.5 max:{b} sd:0.5',
        "estimator {i} rf's best error={a}, best estimator rf's best error={b}",
        "checkpoint {i} saved to out/ckpt_{i}.pt in {a}s",
        "topic #{i} (0.333): {a}*word + {b}*other",
        "ping {i}: time={a} ms, size={b}",
    ],
)  # fmt: skip
def test_what_recurs_and_is_no_report(line: str) -> None:
    """Times, sizes, settings, statistics of data and figures of one learner among several are no series."""
    assert series(line) == {}


def test_nothing_that_counts_is_no_report() -> None:
    """Numbers that change while nothing counts are not believed."""
    assert points("".join(f"heap: 0.{i} wobble: 1.{9 - i % 7}\n" for i in (3, 1, 4, 1, 5, 2, 6, 3))) == []


def test_a_counter_in_a_line_nearby() -> None:
    """A line without a count of its own is believed when its neighbour counts."""
    text = "".join(f"=== pass {i} of the data\nwobble: 0.{i}5, depth: 3\n" for i in range(1, 6))
    assert [(name, value) for name, value, _ in points(text)] == [("wobble", float(f"0.{i}5")) for i in range(1, 6)]


def test_what_was_held_back_comes_first() -> None:
    """A series is in order: the values before belief are told before the one that brings it."""
    reader = LogReader()
    assert reader.feed(b"Gen 1: wobble 0.5\nGen 2: wobble 0.4\n") == []
    found = [event for event in reader.feed(b"Gen 3: wobble 0.3\n") if isinstance(event, Reading)]
    assert [(event.value, event.step) for event in found] == [(0.5, 1), (0.4, 2), (0.3, 3)]


def test_a_number_that_changes_late_keeps_its_start() -> None:
    """A value that stays the same at first is a series from its first line on."""
    values = [0.0] * 8 + [0.5, 0.6]
    text = "".join(f"Gen {i}: wobble 0.{i} plateau {value:.1f}\n" for i, value in enumerate(values))
    assert [(value, step) for name, value, step in points(text) if name == "plateau"] == list(
        zip(values, range(10), strict=True)
    )


def test_progress_by_a_learned_count() -> None:
    """`tree 3/400` is progress, from the first line on."""
    events = read("".join(f"Train tree {i}/400 train-loss:0.{i}\n" for i in (1, 2, 3)))
    assert [(e.step, e.total) for e in events if isinstance(e, Progress)][-1] == (3, 400)


def test_tables_with_any_heading() -> None:
    """A table whose names no list knows is learned when its first column counts and says so."""
    rows = "".join(f"{i:4d}  {1 / i:.4f}   0.1000   {i * i / 7:.4f}\n" for i in range(1, 6))
    text = "Iter  TrainWobble  StepSize  Improve\n" + rows
    assert {name for name, *_ in points(text)} == {"TrainWobble", "Improve"}
    assert [step for name, _, step in points(text) if name == "Improve"] == [1, 2, 3, 4, 5]
    text = "| iter | target | learni... | dropout |\n------------\n" + "".join(
        f"| {i} | 0.{i} | 0.5 | 0.{9 - i} |\n" for i in range(1, 5)
    )
    assert points(text) == [("target", float(f"0.{i}"), i) for i in range(1, 5)]


def test_a_heading_in_two_rows_tells_columns_apart() -> None:
    """Columns of one name take the name of their group."""
    text = "    |  Population Average |  Best Individual  |\n---- ------- ----------- -------- -------- ---------\n"
    text += " Gen  Length      Fitness   Length   Fitness  Time Left\n" + "".join(
        f"   {i}   38.2{i}      {9 - i}.25       7      0.{i}5     1.3{i}s\n" for i in range(3)
    )
    assert {name for name, *_ in points(text)} == {"Population_Average_Fitness", "Best_Individual_Fitness"}


def test_a_table_on_its_side() -> None:
    """Folds in columns are points; times are none."""
    text = "                Fold 1  Fold 2  Fold 3  Mean\nRMSE (test)     1.25    1.5     1.75    1.5\nFit time        0.1     0.2     0.3     0.2\n"
    assert points(text) == [("RMSE_(test)", 1.25, 1), ("RMSE_(test)", 1.5, 2), ("RMSE_(test)", 1.75, 3)]


def test_frames_of_data_are_no_tables() -> None:
    """The rows of a data set that a program prints are no points."""
    text = "   sepal  petal\n" + "".join(f"{i}  5.{i}    1.{i}\n" for i in range(9))
    assert points(text) == []


def test_a_shape_bomb() -> None:
    """Lines of ever another shape cost bounded memory, and what is printed between them is still learned."""
    chance, lines = random.Random(11), []
    for i in range(4000):
        word = "".join(chance.choice("abcdefghijklmnop") for _ in range(12))
        lines.append(f"{word} {i}: {word[::-1]}={chance.random():.4f}")
        if i % 50 == 0:
            lines.append(f"step {i} loss 0.{i}")
    data = ("\n".join(lines) + "\n").encode()
    reader = LogReader()

    events = reader.feed(data)

    assert {event.name for event in events if isinstance(event, Reading)} == {"loss"}
    assert len(reader.shapes()) <= MAX_SHAPES
    assert reader.held_bytes <= MAX_HELD_BYTES


def test_long_numbers_and_long_lines() -> None:
    """Numbers of ten thousand digits and lines of ten megabytes make no series and no delay."""
    begin = time.process_time()
    text = "".join(f"Gen {i}: wobble {'7' * 7000}\n" for i in range(20)) + "Gen 1: wobble " + "3" * 10_000_000 + "\n"
    assert points(text) == []
    assert time.process_time() - begin < 5


def test_a_config_printed_in_each_step() -> None:
    """Settings that a program repeats are no series; the loss beside them is."""
    text = "".join(
        f"step {i} loss 0.{i}\nconfig: lr=0.1 wobble=0.5 temperature=0.7\n  depth: 3.5\n  wobble: 0.5\n"
        for i in range(1, 30)
    )
    assert {name for name, *_ in points(text)} == {"loss"}


def test_ranks_side_by_side() -> None:
    """Sixty-four ranks that print the same lines interleaved share the names, and none is made of a rank."""
    text = "".join(
        f"[rank{rank}]: step {step} loss 0.{step}{rank} wobble 1.{rank}{step}\n"
        for step in range(1, 9)
        for rank in range(64)
    )
    assert {name for name, *_ in points(text)} == {"loss", "wobble"}


def test_binary() -> None:
    """Bytes of any kind give no series."""
    chance = random.Random(3)
    data = bytes(chance.randrange(256) for _ in range(400_000))
    reader = LogReader()
    assert [event for event in [*reader.feed(data), *reader.finish()] if isinstance(event, Reading)] == []


@pytest.mark.parametrize("size", [1, 7, 64])
def test_what_is_learned_does_not_depend_on_the_pieces(size: int) -> None:
    """Fed in pieces of any size, a log gives the same readings."""
    chance = random.Random(5)
    lines = []
    for i in range(1, 60):
        lines.append(f"Gen {i}: wobble 0.{chance.randrange(1000)} plateau {i // 20}.5")
        lines.append(
            chance.choice(["pass 3", "note", f"heap={chance.random():.3f}, depth=3", f"tree {i}/60 gizmo: 0.{i}"])
        )
    data = ("\n".join(lines) + "\n").encode()
    whole, pieces = LogReader(), LogReader()
    wanted = [event for event in whole.feed(data) if isinstance(event, Reading)]
    found = [
        event
        for at in range(0, len(data), size)
        for event in pieces.feed(data[at : at + size])
        if isinstance(event, Reading)
    ]
    assert found == wanted
    assert wanted
