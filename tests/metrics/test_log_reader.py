"""The log reader as a whole: chunking, limits, hostile bytes."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotrain_tui.metrics.log_parser import MAX_LINE, LogReader
from autotrain_tui.metrics.parsing.reading_events import NotFinite, Progress, Reading
from tests.metrics.truth import FOLDER, names

LOGS = {name: (FOLDER / f"{name}.log").read_bytes() for name in names()}


def read_all(data: bytes, sizes: list[int] | None = None, **options: object) -> list[object]:
    reader, events, at = LogReader(**options), [], 0
    for size in sizes or []:
        events += reader.feed(data[at : at + size])
        at += size
    return [*events, *reader.feed(data[at:]), *reader.finish()]


def values(events: list[object]) -> list[tuple[str, float, int | None, float | None]]:
    return [(event.name, event.value, event.step, event.epoch) for event in events if isinstance(event, Reading)]


@pytest.mark.parametrize("name", sorted(LOGS))
def test_chunks_do_not_matter(name: str) -> None:
    """A log gives the same readings in one piece, byte by byte, and in random pieces; and ends at the same progress."""
    data = LOGS[name]
    whole = read_all(data)
    chance = random.Random(name)
    for sizes in ([1] * len(data), [chance.randrange(1, 200) for _ in range(len(data) // 100)]):
        pieces = read_all(data, sizes)
        assert values(pieces) == values(whole)
        assert _last_progress(pieces) == _last_progress(whole)


def _last_progress(events: list[object]) -> object:
    found = [event for event in events if isinstance(event, Progress)]
    return found[-1] if found else None


_PIECES = st.lists(
    st.sampled_from(
        [
            b"\n", b"\r", b"\b\b", b"\x1b[A", b"\x1b[31m", b"\x1b]0;x\x07", b"epoch 1/3", b" step 5/10", b" loss=0.5",
            b" loss nan", b"| 40/90 [00:05<00:06,  8.01it/s", b"]", b"[5]\ttrain-auc:0.5", b"{'loss': '0.5', 'epoch': '1'}",
            b"Epoch 1/6\n", b"43/43 - 1s - loss: 0.5", b"  1   0.5  0.6\n", b"epoch loss acc\n", b"\xff\xfe", b"9" * 30,
            b" 1e999", b"[" * 40, b"wandb: Run summary:\n", b"wandb: a/loss 0.5\n", b"| rollout/ | |\n", b"|    a_mean | 1.5 |\n",
            b"------\n", b"44%|####|", b"\0",
        ]
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=150)
@given(_PIECES, st.lists(st.integers(1, 40), max_size=40))
def test_anything_in_any_chunks(pieces: list[bytes], sizes: list[int]) -> None:
    """Whatever is fed, in whatever pieces, raises nothing and gives the same readings."""
    data = b"".join(pieces)
    assert values(read_all(data, sizes)) == values(read_all(data))


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    """No bytes make the reader fail, and what it yields are numbers with names."""
    assert all(name and isinstance(value, float) for name, value, *_ in values(read_all(data + b"\n")))


def test_a_line_without_end() -> None:
    """Twenty megabytes without a newline cost no memory, and what comes after them is read."""
    reader, block = LogReader(), b"loss 0.5 " * 7000
    tracemalloc.start()
    for _ in range(320):
        assert reader.feed(block) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024
    assert values(reader.feed(b"\nstep 3 loss 0.25\n")) == [("loss", 0.25, 3, None)]
    assert reader.lines_left_out == 1


def test_a_long_line_is_left_out() -> None:
    """A line over the limit is no metric line, even where its end comes in the same piece."""
    reader = LogReader()
    assert reader.feed(b"step 1 loss 0.5 " + b"x" * MAX_LINE + b"\nstep 2 loss 0.25\n")[0] == Reading("loss", 0.25, 2)
    assert reader.lines_left_out == 1


def test_names_are_capped() -> None:
    """A thousand metric names are followed, the rest is counted."""
    reader = LogReader()
    events = reader.feed(b"".join(b"step 1 loss_a%d=0.5\n" % i for i in range(3000)))
    assert len({event.name for event in events if isinstance(event, Reading)}) == 1000
    assert reader.names_left_out == 2000


def test_hostile_names() -> None:
    """A name is never a path upwards, an escape sequence or a novel."""
    lines = [
        b'{"step": 1, "loss": 0.5, "../../x loss": 0.25}',
        b'{"step": 2, "loss\x1b[31m": 0.5}',
        b'{"step": 3, "' + b"loss" * 2000 + b'": 0.5}',
        b"step 4 " + b"loss" * 2000 + b"=0.5",
        '{"step": 5, "loss\u202etxt": 0.5}'.encode(),
    ]
    events = read_all(b"\n".join(lines) + b"\n")
    for name, *_ in values(events):
        assert name.isprintable()
        assert len(name) <= 120


def test_lines_shaped_like_records() -> None:
    """Our own records, printed by a stage, are no metrics; nor are numbers beyond a float."""
    lines = [
        b'{"seq": 5, "time": "2026-11-22T10:00:00.000Z", "type": "stage_finished", "exit_code": 0}',
        b'{"type": "reading", "name": "loss", "value": 0.5, "step": 3}',
        b'[12.5, "loss", 0.5, 3, null]',
        b"[" * 5000,
        b'{"a":' * 1500,
        b'{"loss": 1e999, "step": 1}',
        b'{"loss": NaN, "step": 2}',
    ]
    events = read_all(b"\n".join(lines) + b"\n")
    assert values(events) == []
    assert [event for event in events if isinstance(event, NotFinite)] == [NotFinite("loss", 1), NotFinite("loss", 2)]


def test_not_finite_is_told_apart() -> None:
    """nan and inf are no readings, but are told."""
    events = read_all(b"step 1 loss nan\nstep 2 loss: inf\nLoss: nan\n{'loss': 'nan', 'epoch': '1'}\n")
    assert [event.step for event in events if isinstance(event, NotFinite)] == [1, 2, None, None]
    assert values(events) == []


def test_skip_drops_the_line_it_cuts() -> None:
    """After a jump the reader goes on at the next line."""
    reader = LogReader()
    reader.feed(b"step 1 loss 0.5\nstep 2 lo")
    reader.skip(1_000_000)
    assert values(reader.feed(b"ss 99 loss 0.5\nstep 3 loss 0.25\n")) == [("loss", 0.25, 3, None)]


def test_a_bar_is_progress_before_its_line_ends() -> None:
    """A bar's present state stands on a line without an end."""
    events = LogReader().feed(b"\r 44%|####4     | 40/90 [00:05<00:06,  8.01it/s, loss=0.61]")
    assert events == [Progress(40, 90, None, None, 8.01)]


def test_the_last_line_needs_no_newline() -> None:
    """finish() reads what stands at the end."""
    reader = LogReader()
    assert reader.feed(b"step 1 loss 0.5") == []
    assert values(reader.finish()) == [("loss", 0.5, 1, None)]
    assert reader.finish() == []


def test_own_patterns() -> None:
    """The plan's patterns win over the readers on the lines they match."""
    patterns = [("quality", r"q=(?P<value>[-\w.,%]+)(?: at (?P<step>\d+))?(?: in (?P<epoch>[\d.]+))?")]
    events = read_all(
        b"q=1,234.5% at 7 in 2.5 loss=0.5 step 3\nstep 4 loss 0.25\nq=bad\nq=nan\n", None, patterns=patterns
    )
    assert values(events) == [("quality", 1234.5, 7, 2.5), ("loss", 0.25, 4, None)]
    assert [event for event in events if isinstance(event, NotFinite)] == [NotFinite("quality")]


@pytest.mark.parametrize("pattern", ["(", "no group", "(?P<step>1)"])
def test_a_pattern_that_can_not_be_used(pattern: str) -> None:
    """A bad pattern is refused with the metric's name."""
    with pytest.raises(ValueError, match="metric quality"):
        LogReader([("quality", pattern)])


def test_same_shape_other_digits() -> None:
    """Lines of a shape seen before are read by their own digits, also in their names."""
    events = read_all(b"step 1 acc1=0.25 acc5=0.50\nstep 2 acc2=0.75 acc9=0.10\n")
    assert values(events) == [("acc1", 0.25, 1, None), ("acc5", 0.5, 1, None), ("acc2", 0.75, 2, None), ("acc9", 0.1, 2, None)]  # fmt: skip


@pytest.mark.parametrize(
    "part",
    [
        "1 ",
        "| 1 ",
        "1,0.5,",
        " 0.5 1:2 ",
        "\u2502 1 ",
        "a: 0.5 ",
        " " * 40,
        "loss: 0.5 ",
        "{'a': 1, ",
        "train (",
        "1/2 ",
        "- 1 ",
    ],
)
def test_long_rows_that_are_none(part: str) -> None:
    """A line as long as may be, of parts that could each be read in several ways, is refused all the same."""
    body = (part * MAX_LINE)[: MAX_LINE // 3]
    for begin in ("", "      ", "1 ", "   Class ", '  "key": '):
        reader = LogReader()
        reader.feed(f"{begin}{body}!\n{begin}{body}1\n".encode())
        assert reader.lines_left_out == 0


@pytest.mark.parametrize("bar", ["9%|#| 1/2 [00:01<00:01, 1it/s]", "1it [00:01, 1it/s]"])
def test_hundreds_of_bars_on_one_line(bar: str) -> None:
    """A log whose carriage returns were taken out: its last bar is read, and what is glued to that."""
    events = LogReader().feed(f"{bar * 300} 40/90 step 7 loss 0.5\n".encode()[-MAX_LINE:])
    assert values(events) == [("loss", 0.5, 7, None)]


def test_numbers_without_end_before_a_rate() -> None:
    """Digits and points as long as a line may be are no count: they are passed over in one go."""
    line = "| 1/2 [00:01<00:01, 1it/s] " + "1." * (MAX_LINE // 2 - 20)
    assert values(LogReader().feed(f"{line}\n".encode())) == []
