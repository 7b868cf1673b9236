"""Finding lines: queries, scans and filters, compared with simple implementations."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autotrain_tui.logs import filtered_lines
from autotrain_tui.logs import scanner as log_scan
from autotrain_tui.logs.background_worker import BackgroundWorker
from autotrain_tui.logs.block_counts import BLOCK
from autotrain_tui.logs.filtered_lines import FilteredLines
from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import ErrorQuery, Pattern, TextQuery, WarningQuery, parse_filter
from autotrain_tui.logs.scanner import LineScan, Unknown
from tests.log.test_logfile import opened

WORDS = st.sampled_from(["loss", "Loss", "ERROR", "эпоха", "a", "b", " ", "0.5", "\x1b[1m", "x" * 20, "世"])
TEXTS = st.lists(st.lists(WORDS, max_size=4).map("".join), max_size=40)
PATTERNS = st.sampled_from(
    [("loss", False, True), ("loss", False, False), ("эпоха", False, None), ("ЭПОХА", False, False), ("a.b", True, True),
     ("^a", True, True), ("b$", True, None), (r"\d\.\d", True, None), ("[^a]", True, True), (r"a\s*b", True, True),
     ("^$", True, True), ("世|x+", True, None), (r"\bloss\b", True, False), ("$", True, None)]
)  # fmt: skip
ESCAPES = re.compile(r"\x1b\[1m")
ESCAPES_BYTES = re.compile(rb"\x1b\[31m")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search") / "log"


@pytest.fixture
def small_blocks() -> Iterator[None]:
    usual = log_scan.BLOCK, log_scan._TAIL
    set_blocks(64, 8)
    yield
    set_blocks(*usual)


def set_blocks(block: int, tail: int) -> None:
    """Let scans read in blocks of this size."""
    log_scan.BLOCK, log_scan._TAIL = block, tail
    filtered_lines.BLOCK = block


def plain_matches(text: str, pattern: tuple[str, bool, bool | None]) -> bool:
    """Does a line match? A simple implementation."""
    word, regex, case = pattern
    case = word != word.lower() if case is None else case
    return (
        re.search(word if regex else re.escape(word), ESCAPES.sub("", text), 0 if case else re.IGNORECASE) is not None
    )


def finished(scan: LineScan) -> LineScan:
    while scan.step():
        pass
    return scan


@given(TEXTS, PATTERNS)
def test_a_block_is_asked_as_its_lines_would_be(lines: list[str], pattern: tuple[str, bool, bool | None]) -> None:
    """Searching many lines at once finds exactly the lines that match one by one, without their colours."""
    block = "\n".join(lines).encode()
    word, regex, case = pattern
    starts = [sum(len(line.encode()) + 1 for line in lines[:number]) for number in range(len(lines))]
    naive = [start for start, line in zip(starts, lines, strict=True) if plain_matches(line, pattern)]
    if block:  # an empty text after the last newline is no line
        naive = [start for start in naive if start < len(block)]
        assert TextQuery((Pattern(word, regex=regex, case=case),)).lines(block) == naive


@given(st.lists(TEXTS, min_size=1, max_size=4), PATTERNS)
def test_a_block_that_lacks_what_is_sought_has_no_match(
    blocks: list[list[str]], pattern: tuple[str, bool, bool | None]
) -> None:
    """One query asks many blocks and remembers which byte was missing: it never skips a line that matches."""
    word, regex, case = pattern
    query = TextQuery((Pattern(word, regex=regex, case=case), Pattern("s", case=False)))
    for lines in blocks:
        block = "\n".join(lines).encode()
        if query.lacking(block):
            assert query.lines(block) == []


def test_a_missing_byte_is_enough_to_skip_a_block() -> None:
    """In either case of its letter, unless case counts; the byte that was missing is tried first from then on."""
    block = b"LOSS 0.5 at the end\n" * 10
    assert not Pattern("loss", case=False).lacking(block)
    assert Pattern("loss", case=True).lacking(block)
    sought = Pattern("the end of line", case=True)
    for text in (block, b"an end of line, then another", block):
        assert sought.lacking(text)
    assert Pattern("end the", case=True).lacking(block)  # all of its bytes are there
    assert not Pattern("end the", case=True).lacking(b"\x1b[1m" + block)  # escapes may stand in it
    assert not Pattern("l.ss", regex=True).lacking(b"nothing")


@given(TEXTS, PATTERNS, PATTERNS)
def test_excluded_lines_are_left_out(
    lines: list[str], wanted: tuple[str, bool, bool | None], unwanted: tuple[str, bool, bool | None]
) -> None:
    """Lines must match all of the one and none of the other."""
    lines = [*lines, "end"]
    block = "\n".join(lines).encode()
    query = TextQuery(
        (Pattern(wanted[0], regex=wanted[1], case=wanted[2]),),
        (Pattern(unwanted[0], regex=unwanted[1], case=unwanted[2]),),
    )
    only_not = TextQuery((), query.none)
    texts = [block[start:].split(b"\n")[0].decode() for start in query.lines(block)]
    assert texts == [line for line in lines if plain_matches(line, wanted) and not plain_matches(line, unwanted)]
    rest = [block[start:].split(b"\n")[0].decode() for start in only_not.lines(block)]
    assert rest == [line for line in lines if not plain_matches(line, unwanted)]


@given(TEXTS, st.booleans(), st.integers(0, 3000), st.integers(0, 2))
def test_a_scan_finds_what_splitting_finds(place: Path, lines: list[str], ended: bool, near: int, context: int) -> None:
    """Totals, neighbours, ranks and filtered lines are right, wherever the scan starts and whatever the blocks."""
    usual, tail = log_scan.BLOCK, log_scan._TAIL
    set_blocks(128, 8)
    try:
        data = "\n".join(lines).encode() + b"\n" * ended
        file = opened(place, data)
        everything = file.forward(0, 1000)
        wanted = [number for number, line in enumerate(everything) if b"loss" in line.data]
        starts = [everything[number].start for number in wanted]
        scan = finished(LineScan(file, TextQuery((Pattern("loss", case=True),)), near))
        assert (scan.total, scan.complete, scan.progress) == (len(wanted), True, 1.0)
        for place_ in {0, near, file.size}:
            assert list(scan.after(place_)) == [start for start in starts if start >= place_]
            assert list(scan.before(place_)) == [start for start in reversed(starts) if start < place_]
            assert scan.rank(place_) == sum(start < place_ for start in starts)
        seen = sorted(
            {near_ for number in wanted for near_ in range(number - context, number + context + 1)}
            & set(range(len(everything)))
        )
        filtered = FilteredLines(file, scan, context)
        assert filtered.forward(0, 1000) == [everything[number] for number in seen]
        assert filtered.backward(file.size, 1000) == [everything[number] for number in seen]
        assert filtered.backward(file.size, 3) == [everything[number] for number in seen][-3:]
        for number in seen[::3]:
            here = everything[number].start
            assert filtered.forward(here, 2) == [everything[other] for other in seen if other >= number][:2]
            assert filtered.backward(here, 2) == [everything[other] for other in seen if other < number][-2:]
    finally:
        set_blocks(usual, tail)


@pytest.mark.usefixtures("small_blocks")
def test_a_match_deep_in_a_long_line_is_found(place: Path) -> None:
    """A line of many blocks is found wherever the match is in it."""
    for at in (0, 60, 130, 300, 900, 995):
        long = bytearray(b"-" * 1000)
        long[at : at + 4] = b"loss"
        file = opened(place, b"first\n" + bytes(long) + b"\nlast\n")
        scan = finished(LineScan(file, TextQuery((Pattern("loss"),))))
        assert scan.total >= 1
        assert [line.start for line in FilteredLines(file, scan).forward(0, 9)] == [6]
        assert [line.start for line in FilteredLines(file, scan).backward(file.size, 9)] == [6]


@pytest.mark.usefixtures("small_blocks")
def test_a_scan_follows_a_growing_log(place: Path) -> None:
    """Lines that arrive, and the rest of an unfinished line, are found without scanning from the start."""
    file = opened(place, b"loss 1\nnothing\n" * 20 + b"lo")
    scan = finished(LineScan(file, TextQuery((Pattern("loss"),))))
    assert scan.total == 20
    for piece, total in ((b"ss", 21), (b" 3\n", 21), (b"x" * 200, 21), (b"\nloss\n", 22)):
        with place.open("ab") as out:
            out.write(piece)
        file.refresh()
        assert not scan.complete
        assert finished(scan).total == total


def test_what_is_not_scanned_yet_says_so(place: Path) -> None:
    """A hit beyond the scanned part, and beyond what a key press may scan, is unknown at first, and known later."""
    file = opened(place, b"begin\n" + b"nothing here\n" * 400_000 + b"needle\n")
    scan = LineScan(file, TextQuery((Pattern("needle"),)))
    assert next(scan.after(0)) is Unknown.YET
    finished(scan)
    assert next(scan.after(0)) == file.size - 7


def test_errors_are_told_from_metrics_called_error() -> None:
    """Tracebacks (once each), error levels and the words of CUDA are errors; error rates and counts are not."""
    trouble = [
        "Traceback (most recent call last):",
        "ValueError: bad value",
        "[rank1]: Traceback (most recent call last):",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.16 GiB.",
        "2026-11-22 12:00:00 ERROR trainer: lost worker",
        "train.py: error: unrecognized arguments: --x",
        "fatal: not a repository",
        "Segmentation fault (core dumped)",
        "OSError: [Errno 28] No space left on device",
        "script.sh: line 3:  8341 Killed   python train.py",
        "│ Traceback (most recent call last) │",
        "slurmstepd: error: Detected 1 oom_kill event",
        "KeyboardInterrupt",
    ]
    quiet = [
        "train-error:0.0123", "mean squared error 0.3", "0 errors", "error: 0.25", "epoch 3 error=0.1",
        "[5]\ttrain-error:0.20268", "no fatal problems", "exception rate 0", "Exited loop", "Errors: 0",
    ]  # fmt: skip
    query = ErrorQuery()
    for line in trouble:
        assert query.lines(f"before\n{line}\nafter".encode()) == [7], line
    for line in quiet:
        assert query.lines(f"before\n{line}\nafter".encode()) == [], line
    traceback = (
        'x\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\nValueError: bad\ny\n'
    )
    assert query.lines(traceback.encode()) == [2]
    ranks = "".join(f"[rank1]: {line}\n" for line in traceback.splitlines()[1:-1])
    assert query.lines(ranks.encode()) == [0]
    assert query.lines(b"fine\n\x1b[31mERROR\x1b[0m red\n") == [5]


SAYINGS = st.sampled_from(
    ["Traceback (most recent call last)", "ValueError", "torch.OutOfMemoryError:", "Exception", "MyException:", "Error:",
     "KeyboardInterrupt", ":", ": ", "ERROR", "CRITICAL", "FATAL", "error", "fatal", "fatal error", "[E0382]", "[rank0]: ",
     "a/b.cc: ", "CUDA", "HIP", " ", " error", "Segmentation fault", "core dumped", "No space left on device", "line 3: 77",
     "terminate called after", "Out of memory: Killed process", " Killed", "WARN", "WARNING", "UserWarning:", "warning",
     "Warning", "warned", "error: x", "loss 0.5", "mean squared error", "    ", "x", "\x1b[31m"]
)  # fmt: skip


@given(st.lists(st.lists(SAYINGS, max_size=4).map("".join), max_size=6))
def test_no_line_that_an_error_or_a_warning_begins_is_passed_over(lines: list[str]) -> None:
    """Only lines that hold one of some texts are tried; to try each line finds the same."""
    block = "\n".join([*lines, "end"]).encode()
    for query in (ErrorQuery(), WarningQuery()):
        starts = [sum(len(line.encode()) + 1 for line in lines[:number]) for number in range(len(lines))]
        plain = [ESCAPES_BYTES.sub(b"", line.encode()) for line in lines]
        tried = [start for start, line in zip(starts, plain, strict=True) if query._pattern.search(line)]
        found = query.lines(block)
        assert set(found) <= set(tried)
        if isinstance(query, WarningQuery) or not any(line.startswith(b"    ") for line in plain):
            assert found == tried
        assert not (query.lacking(block) and found)


def test_a_filter_is_read_as_typed() -> None:
    """Words must be there, words after ! must not, quotes keep spaces; a mistake raises an error with a text."""
    query = parse_filter('loss !debug "val acc" !"two words"')
    assert query is not None
    assert [one.text for one in query.every] == ["loss", "val acc"]
    assert [one.text for one in query.none] == ["debug", "two words"]
    assert parse_filter("  ") is None
    assert parse_filter('an "open quote') is not None
    with pytest.raises(ValueError, match="not a regular expression"):
        parse_filter("(", regex=True)


def test_capitals_matter_when_there_are_some() -> None:
    """With smart case, lower-case letters match both cases, capitals only themselves."""
    assert Pattern("loss").spans("Loss loss") == [(0, 4), (5, 9)]
    assert Pattern("Loss").spans("Loss loss") == [(0, 4)]
    assert Pattern("loss", case=True).spans("Loss loss") == [(5, 9)]


def test_background_work_takes_turns_and_ends() -> None:
    """Jobs step in turns in one thread, a job that is added again steps again, a removed one does not."""

    class Counter:
        def __init__(self, steps: int) -> None:
            self.left = steps

        def step(self) -> bool:
            self.left -= 1
            return self.left > 0

    background = BackgroundWorker()
    jobs = [Counter(50), Counter(3)]
    for job in jobs:
        background.add(job)
    while not background.idle:
        pass
    assert [job.left for job in jobs] == [0, 0]
    gone = Counter(10**9)
    background.add(gone)
    background.remove(gone)
    while not background.idle:
        pass
    assert gone.left > 0


def test_a_job_that_fails_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a job that raised, the others still run."""
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: None)

    class Broken:
        def step(self) -> bool:
            raise ValueError("a mistake of ours")

    background = BackgroundWorker()
    background.add(Broken())
    while not background.idle:
        pass
    done: list[int] = []

    class Works:
        def step(self) -> bool:
            done.append(1)
            return False

    background.add(Works())
    while not background.idle:
        pass
    assert done == [1]


def test_a_scan_of_other_text_stops(tmp_path: Path) -> None:
    """When the file was truncated, a scan of its old text ends by itself."""
    file = LogFile(str(tmp_path / "log"))
    Path(file.path).write_bytes(b"loss\n" * 1000)
    file.refresh()
    scan = LineScan(file, TextQuery((Pattern("loss"),)))
    Path(file.path).write_bytes(b"")
    file.refresh()
    assert (scan.step(), scan.current) == (False, False)


def test_errors_are_counted_once_across_blocks(tmp_path: Path) -> None:
    """A traceback that lies over the edge of two blocks is one error, wherever the edge is."""
    trace = b'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: bad\n'
    path = tmp_path / "log"
    for shift in range(0, len(trace) + 2, 7):
        path.write_bytes(b"x" * (BLOCK - shift - 1) + b"\n" + trace + b"fine\n" * 10)
        file = LogFile(str(path))
        file.refresh()
        assert finished(LineScan(file, ErrorQuery())).total == 1, shift


def test_warnings_by_their_forms() -> None:
    """Levels and Python's warnings match; words that only begin like one don't."""
    found = WarningQuery().lines(b"WARNING:root:a\na.py:1: UserWarning: b\nwarning: c\nwarnings seen: 3\nwarm\nfine\n")
    assert found == [0, 15, 38]
