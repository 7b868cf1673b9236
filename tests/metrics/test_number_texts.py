"""Numbers cut out of many lines at once: the same as cut and parsed one by one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.number_texts import LineCutter, float_of, floats_of, whole_numbers_of

_SPANS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: (min(pair), max(pair))), min_size=1
)


@given(_SPANS, st.lists(st.binary(min_size=20, max_size=20), min_size=1, max_size=5))
def test_cut_is_slicing(spans: list[tuple[int, int]], lines: list[bytes]) -> None:
    """Places in any order, empty ones and ones that overlap give the texts that slices give."""
    cutter = LineCutter(spans, 20)
    rows = [tuple(line[begin:end] for begin, end in spans) for line in lines]
    assert [tuple(cutter.cut(line)) for line in lines] == rows
    assert cutter.columns(lines) == list(zip(*rows, strict=True))


@given(st.lists(st.floats(allow_nan=False).map(repr) | st.sampled_from(["+1", ".5", "5.", "007", "1e999", "-inf"])))
def test_floats_are_those_of_python(texts: list[str]) -> None:
    """A column of numbers is parsed as float() parses each, whatever way they are written."""
    column = [text.encode() for text in texts]
    assert floats_of(column) == list(map(float, column))
    assert [float_of(text) for text in column] == list(map(float, column))


@given(st.lists(st.integers(0, 10**30).map(str) | st.sampled_from(["007", "0"])))
def test_whole_numbers_are_those_of_python(texts: list[str]) -> None:
    """A column of whole numbers is parsed as int() parses each, also beyond 64 bits."""
    column = [text.encode() for text in texts]
    assert whole_numbers_of(column) == list(map(int, column))


def test_what_is_no_number() -> None:
    """A text that is no number raises ValueError, alone and in a column."""
    for parse in (lambda: float_of(b"x"), lambda: floats_of([b"1", b"x"]), lambda: whole_numbers_of([b"1", b"1.5"])):
        with pytest.raises(ValueError):
            parse()


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_backspaces_in_pieces(size: int) -> None:
    """A run of backspaces ends one line wherever the log was cut: what looks back sees the same lines above."""
    data = b"scores:" + b"\b" * 40 + b"\n  accuracy: 0.5\n" + b"\b" * 9 + b"  f1: 0.25\nstep 3 loss 0.5\n"
    reader, pieces = LogReader(), LogReader()
    whole = [*reader.feed(data), *reader.finish()]
    parts = [event for at in range(0, len(data), size) for event in pieces.feed(data[at : at + size])]
    assert [*parts, *pieces.finish()] == whole
    assert whole


def test_rows_go_on_after_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read for a moment gives the rest of its rows later, and none twice."""
    path = tmp_path / "readings.jsonl"
    path.write_bytes(b"".join(b'[%d,"loss",0.5,%d,null]\n' % (i, i) for i in range(10_000)))
    read, calls = os.pread, 0

    def fails_once(descriptor: int, count: int, offset: int) -> bytes:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", fails_once)
    tail = ReadingsTail(path, insists=True)
    steps: list[int | None] = []

    def take() -> None:
        for row in tail.rows():
            steps.append(row[3])  # noqa: PERF401  what came before the error is kept

    with pytest.raises(OSError, match="Input/output"):
        take()
    assert 0 < len(steps) < 10_000
    take()
    assert steps == list(range(10_000))
