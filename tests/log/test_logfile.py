"""Reading a log by offset, compared with simple implementations; and what other programs do to it meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.logs import log_file as logfile_module
from autotrain_tui.logs.block_counts import BLOCK, BlockCounts
from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogChange, LogFile
from autotrain_tui.text.escape_filter import LINE_LIMIT, styled

LINES = st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 3000).map(lambda n: b"x" * n)), max_size=60)


def opened(path: Path, data: bytes) -> LogFile:
    path.write_bytes(data)
    file = LogFile(str(path))
    file.refresh()
    return file


def starts_of(data: bytes) -> list[int]:
    """Where lines start, by a simple implementation."""
    return [0] * bool(data) + [at + 1 for at, byte in enumerate(data[:-1]) if byte == 10]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "log"


@given(LINES, st.booleans(), st.integers(1, 70), st.sampled_from([64, 1000, 64 * 1024]))
def test_lines_are_the_file_s_own(place: Path, pieces: list[bytes], ended: bool, count: int, chunk: int) -> None:
    """Forward, backward and single look-ups agree with splitting the whole file, however small the reads are."""
    data = b"\n".join(pieces) + b"\n" * ended
    if data[:1] == b"\0":
        data = b"a" + data
    usual, logfile_module._CHUNK = logfile_module._CHUNK, chunk
    try:
        file = opened(place, data)
        starts = starts_of(data)
        everything = file.forward(0, len(starts) + 1)
        assert [line.start for line in everything] == starts
        assert all(line.data == data[line.start : line.end] for line in everything)
        assert [line.complete for line in everything] == [data[line.end : line.end + 1] == b"\n" for line in everything]
        assert file.last(count) == everything[-count:]
        for at in {0, len(starts) // 2, len(starts) - 1} if starts else ():
            assert file.backward(starts[at], count) == everything[max(0, at - count) : at]
            assert file.forward(starts[at], count) == everything[at : at + count]
            assert file.start_of(everything[at].end - (everything[at].size > 0)) == starts[at]
    finally:
        logfile_module._CHUNK = usual


def test_the_end_of_a_big_log_needs_no_index(tmp_path: Path) -> None:
    """The last lines are read from the last bytes: nothing else of the file is touched."""
    path = tmp_path / "log"
    with path.open("wb") as out:
        out.truncate(2**30)
        out.seek(2**30)
        out.write(b"\none\ntwo\nthree")
    file = LogFile(str(path))
    file.refresh()
    assert [line.data for line in file.last(3)] == [b"one", b"two", b"three"]
    assert file.newlines.known == 0


def test_a_giant_line_is_one_line_once_counted(tmp_path: Path) -> None:
    """A line of 64 MiB (between two others) is read as its head and its size; counted blocks are skipped unread."""
    path = tmp_path / "log"
    with path.open("wb") as out:
        out.write(b"first\nbegin")
        out.truncate(2**26)
        out.seek(2**26)
        out.write(b"end\nlast\n")
    file = LogFile(str(path))
    file.refresh()
    index = LineIndex(file)
    while index.step():
        pass
    first, giant, last = file.last(5)
    assert (first.data, last.data) == (b"first", b"last")
    assert giant.size == 2**26 + 3 - 6
    assert len(giant.data) <= 2 * LINE_LIMIT + 1
    text = styled(giant.data, size=giant.size).text
    assert text.startswith("begin")
    assert text.endswith("64.0 MiB line cut")
    assert index.total() == 3
    assert index.number_of(last.start) == 2
    assert index.offset_of(2) == last.start


def test_before_it_is_counted_a_giant_line_comes_in_parts(tmp_path: Path) -> None:
    """Without an index a giant line is read after a bounded search, and still shows its end."""
    path = tmp_path / "log"
    with path.open("wb") as out:
        out.write(b"first\nbegin")
        out.truncate(2**28)
        out.seek(2**28)
        out.write(b"end")
    file = LogFile(str(path))
    file.refresh()
    (line,) = file.last(1)
    assert line.end == file.size
    assert line.size < 2**26


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_line_numbers_agree_with_counting(tmp_path: Path, size: int) -> None:
    """Numbers to offsets and back, at block borders and after growth."""
    data = (b"line %d of it\n" * (size // 8 + 1) % tuple(range(size // 8 + 1)))[:size]
    file = opened(tmp_path / "log", data)
    index = LineIndex(file)
    while index.step():
        pass
    starts = starts_of(data)
    assert index.total() == len(starts)
    for number in range(0, len(starts), max(1, len(starts) // 50)):
        assert index.offset_of(number) == starts[number]
        assert index.number_of(starts[number]) == number
    if starts:
        assert index.offset_of(len(starts) + 5) == starts[-1]


def test_the_index_follows_a_growing_file(tmp_path: Path) -> None:
    """What is appended is counted without counting the rest again."""
    file = opened(tmp_path / "log", b"a\n" * BLOCK)
    index = LineIndex(file)
    while index.step():
        pass
    with Path(file.path).open("ab") as out:
        out.write(b"b\n" * BLOCK + b"c")
    assert file.refresh() is LogChange.GREW
    while index.step():
        pass
    assert index.total() == 2 * BLOCK + 1


@pytest.mark.parametrize("lengths", [[0], [104], [3, 900], [39, 41], [BLOCK], [0, 1, 7, 20, 38, 40, 104, 900, 90_000]])
def test_newlines_are_counted_whatever_the_lines_length(tmp_path: Path, lengths: list[int]) -> None:
    """Blocks of short lines and of long ones, in turn: each block's count is that of its bytes."""
    blocks = [((b"x" * length + b"\n") * (BLOCK // (length + 1) + 1))[:BLOCK] for length in 2 * lengths]
    file = opened(tmp_path / "log", b"".join(blocks))
    index = LineIndex(file)
    while index.step():
        pass
    assert [file.newlines[number] for number in range(len(blocks))] == [block.count(b"\n") for block in blocks]


def test_growth_truncation_and_replacement_are_told_apart(tmp_path: Path) -> None:
    """Each change by another program is reported as itself, and old text is never taken for new."""
    path = tmp_path / "log"
    file = LogFile(str(path))
    assert file.refresh() is LogChange.SAME
    path.write_bytes(b"one\n")
    assert file.refresh() is LogChange.APPEARED
    assert file.refresh() is LogChange.SAME
    with path.open("ab") as out:
        out.write(b"two\n")
    assert file.refresh() is LogChange.GREW
    generation = file.generation
    os.truncate(path, 0)
    assert file.refresh() is LogChange.TRUNCATED
    assert (file.size, file.last(5), file.generation) == (0, [], generation + 1)
    os.rename(path, tmp_path / "log.1")
    path.write_bytes(b"new\n")
    assert file.refresh() is LogChange.REPLACED
    assert [line.data for line in file.last(5)] == [b"new"]


def test_a_log_truncated_and_refilled_between_two_looks_is_noticed(tmp_path: Path) -> None:
    """The bytes before the old end are read again, so a bigger new file is not taken for growth."""
    file = opened(tmp_path / "log", b"old text " * 10)
    Path(file.path).write_bytes(b"new text " * 100)
    assert file.refresh() is LogChange.TRUNCATED


def test_a_removed_log_is_still_read(tmp_path: Path) -> None:
    """The text of a removed log stays, appended text still arrives, and the reason is reported."""
    path = tmp_path / "log"
    file = opened(path, b"kept\n")
    with path.open("ab") as writer:
        path.unlink()
        file.refresh()
        assert file.problem == "the log was removed"
        writer.write(b"more\n")
    assert file.refresh() is LogChange.GREW
    assert [line.data for line in file.last(2)] == [b"kept", b"more"]


def test_what_is_not_a_file_is_named_and_never_waited_for(tmp_path: Path) -> None:
    """A FIFO or a folder in place of the log is reported, and nothing blocks."""
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        file = LogFile(str(tmp_path / name))
        file.refresh()
        assert "not a regular file" in file.problem or "directory" in file.problem
        assert file.last(3) == []


def test_a_dropped_head_is_skipped(tmp_path: Path) -> None:
    """A log whose head was punched out starts at its first text."""
    path = tmp_path / "log"
    with path.open("wb") as out:
        out.truncate(8 * BLOCK)
        out.seek(8 * BLOCK)
        out.write(b"rest\nof it\n")
    file = LogFile(str(path))
    file.refresh()
    if file.first == 0:
        pytest.skip("this file system does not tell holes")
    assert [line.data for line in file.last(9)] == [b"rest", b"of it"]
    assert file.start_of(3) == file.first


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 9)), max_size=40))
def test_counts_add_up(changes: list[tuple[int, int]]) -> None:
    """Sums, totals and look-ups agree with a plain list, whatever was set, forgotten and set again."""
    counts, model = BlockCounts(), {}
    for block, count in changes:
        counts[block] = count
        model[block] = count
    known = {block: count for block, count in model.items() if count >= 0}
    assert (counts.known, counts.total) == (len(known), sum(known.values()))
    assert all(counts[block] == known.get(block, -1) for block in range(14))
    assert all(counts.before(block) == sum(c for b, c in known.items() if b < block) for block in range(14))
    things = [(block, nth) for block in sorted(known) for nth in range(known[block])]
    assert [counts.locate(number) for number in range(len(things))] == things
