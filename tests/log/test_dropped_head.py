"""A log whose head was dropped (`log_limit_mb`): every reader starts where the hole ends."""

# ruff: noqa: ASYNC240  small files on a local disk: waiting for them is what the tests are about
from __future__ import annotations

import os
from pathlib import Path

import pytest

from autotrain_tui.cli.follow_lines import StageLogs
from autotrain_tui.logs.block_counts import BLOCK
from autotrain_tui.logs.filtered_lines import FilteredLines
from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogChange, LogFile
from autotrain_tui.logs.merged_log import MergedLog, Part
from autotrain_tui.logs.open_log import OpenLog, begins_at
from autotrain_tui.logs.query import Pattern, TextQuery
from autotrain_tui.logs.scanner import LineScan
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.records.folder import SessionFolder
from tests.log.dropping import drop
from tests.log.pane_app import PaneApp, answer, append, facts, foot, until, window

LINE = 16
COUNT = 4 * BLOCK // LINE
HEADS = [LINE * 257, BLOCK - LINE, BLOCK, BLOCK + LINE * 300, 3 * BLOCK + LINE, 4 * BLOCK - LINE]


def line(number: int) -> bytes:
    return b"line %010d\n" % number


TEXT = b"".join(map(line, range(COUNT)))
SEVENS = [number for number in range(COUNT) if b"7" in line(number)]
"""The numbers of the lines with a 7."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Four blocks of lines of 16 bytes."""
    path = tmp_path / "log"
    path.write_bytes(TEXT)
    return path


def opened(path: Path) -> LogFile:
    file = LogFile(str(path))
    file.refresh()
    return file


def test_a_head_dropped_at_the_very_look_is_no_truncation(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head may be dropped at any moment, also between two reads of one refresh: the old end is gone, not truncated."""
    file = opened(log)
    append(log, b"".join(map(line, range(COUNT, 2 * COUNT))))
    read = OpenLog.read

    def read_after_a_drop(handle: OpenLog, offset: int, length: int) -> bytes:
        drop(log, COUNT * LINE + BLOCK)
        return read(handle, offset, length)

    with monkeypatch.context() as patched:
        patched.setattr(OpenLog, "read", read_after_a_drop)
        assert file.refresh() is LogChange.GREW
    assert (file.first, file.size) == (COUNT * LINE + BLOCK, 2 * COUNT * LINE)


@pytest.mark.parametrize("head", HEADS)
def test_it_begins_where_the_hole_ends(log: Path, head: int) -> None:
    """Offsets stay, lines before the hole's end are gone, and the zeros in the hole's last block are no text."""
    file = opened(log)
    assert file.first == 0
    drop(log, head)
    assert file.refresh() is LogChange.GREW, "less at its head, though its size is the same"
    assert (file.first, file.size, begins_at(log)) == (head, COUNT * LINE, head)
    number = head // LINE
    assert file.forward(0, 1)[0] == (head, head + LINE - 1, line(number)[:-1], True)
    assert [each.start for each in file.last(COUNT)] == list(range(head, file.size, LINE))
    assert file.backward(head, 5) == []
    assert file.start_of(head + 3) == head
    assert file.refresh() is LogChange.SAME


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("counted", [True, False])
def test_lines_are_numbered_from_the_first_that_is_there(log: Path, head: int, counted: bool) -> None:
    """Numbers agree with the file as it is, whether it was counted before its head went or is opened after it."""
    file = opened(log)
    index = LineIndex(file)
    while counted and index.step():
        pass
    drop(log, head)
    file.refresh()
    assert not index.complete
    while index.step():
        pass
    left = COUNT - head // LINE
    assert (index.total(), index.estimate(), index.gone) == (left, left, (COUNT - left) * counted)
    for number in range(0, left, max(1, left // 40)):
        assert index.offset_of(number) == head + number * LINE
        assert index.number_of(head + number * LINE) == number


@pytest.mark.parametrize("head", HEADS)
def test_a_search_forgets_what_is_gone(log: Path, head: int) -> None:
    """Hits and filtered lines are those that are left, counted and stepped through, even before the next scan."""
    file = opened(log)
    query = TextQuery((Pattern("7\n".strip()),))
    scan = LineScan(file, query)
    while scan.step():
        pass
    drop(log, head)
    file.refresh()
    wanted = [number * LINE for number in SEVENS if number >= head // LINE]
    assert [at for at in scan.after(0) if isinstance(at, int)] == wanted
    assert not scan.complete
    while scan.step():
        pass
    assert scan.complete
    assert scan.total == len(wanted)
    assert scan.rank(file.size) == len(wanted)
    assert [each.start for each in FilteredLines(file, scan).forward(0, COUNT)] == wanted
    fresh = LineScan(opened(log), query)
    while fresh.step():
        pass
    assert fresh.total == len(wanted)


def test_reading_never_gives_what_is_gone(log: Path) -> None:
    """A reader that lags behind the head is moved to the first text, and gets its offset."""
    file = opened(log)
    drop(log, BLOCK + LINE)
    assert file.first == 0, "not looked at since"
    assert file.kept(LINE, 3 * LINE) == (BLOCK + LINE, b"".join(map(line, range(COUNT // 4 + 1, COUNT // 4 + 4))))
    assert file.kept(2 * BLOCK, LINE) == (2 * BLOCK, line(COUNT // 2))


def test_a_log_s_own_zeros_are_text(tmp_path: Path) -> None:
    """A log that itself starts with NUL bytes starts at its first one."""
    path = tmp_path / "log"
    path.write_bytes(bytes(100_000) + b"\ntext\n")
    assert opened(path).first == 0
    assert begins_at(path) == 0


def test_one_log_of_several_loses_its_head(tmp_path: Path) -> None:
    """In the merged view the dropped lines of one log are gone; the others keep the order of their arrival."""
    paths = [tmp_path / name for name in "ab"]
    paths[0].write_bytes(b"".join(map(line, range(1000))))
    paths[1].write_bytes(b"b1\n")
    os.utime(paths[0], ns=(1, 1))
    log = MergedLog([Part(path.name, str(path)) for path in paths])
    log.refresh()
    append(paths[0], line(1000))
    log.refresh()
    append(paths[1], b"b2\n")
    log.refresh()
    generation = log.generation
    drop(paths[0], 999 * LINE)
    assert log.refresh() is LogChange.MOVED
    assert log.generation > generation
    assert [each.data for each in log.forward(0, 2000)] == [line(999)[:-1], b"b1", line(1000)[:-1], b"b2"]
    append(paths[0], line(1001))
    assert log.refresh() is LogChange.GREW
    assert log.forward(0, 2000)[-1].data == line(1001)[:-1]
    drop(paths[0], 1000 * LINE)
    log.refresh()
    assert log.refresh() is LogChange.SAME


def test_one_of_several_logs_loses_its_head_before_any_line_was_read(tmp_path: Path) -> None:
    """A merged view that was empty shows what is left, as one opened now would."""
    paths = [tmp_path / name for name in "ab"]
    for path in paths:
        path.touch()
    log = MergedLog([Part(path.name, str(path)) for path in paths])
    log.refresh()
    append(paths[0], b"".join(map(line, range(1000))))
    drop(paths[0], 999 * LINE)
    assert log.refresh() is LogChange.MOVED
    assert [each.data for each in log.forward(0, 2000)] == [line(999)[:-1]]


async def test_the_pane_goes_on_where_the_log_begins_now(log: Path) -> None:
    """A window on dropped text moves to the first line; the frame says how much was dropped; marks and hits follow."""
    app = PaneApp(log)
    async with app.run_test(size=(110, 12)) as pilot:
        await until(pilot, lambda: f"{COUNT:,} lines" in facts(app.pane))
        await pilot.press("g", "m", "#")
        await until(pilot, lambda: window(app.pane)[0].split()[-2:] == ["line", "0000000000"])
        drop(log, BLOCK)
        append(log, line(COUNT))
        left = COUNT - BLOCK // LINE + 1
        await until(pilot, lambda: "reading · 1 new" in facts(app.pane) and f"{left:,} lines" in facts(app.pane))
        assert "first 256.0 KiB dropped" in facts(app.pane)
        assert not app.pane.window.gutter.marks
        await pilot.press("j", "k")
        first = ["1", "line", f"{BLOCK // LINE:010}"]
        await until(pilot, lambda: window(app.pane)[0].split()[-3:] == first)
        await answer(pilot, app.pane, "/", "line 0000000000")
        await until(pilot, lambda: "none in this log" in foot(app.pane))
        await answer(pilot, app.pane, "/", f"line {BLOCK // LINE:010}")
        await until(pilot, lambda: "1 of 1" in foot(app.pane))
        await pilot.press("escape", "G")
        await until(pilot, lambda: window(app.pane)[-1].split()[-1] == f"{COUNT:010}")


def test_without_a_screen_a_lag_is_told(tmp_path: Path) -> None:
    """The lines of `--no-ui -v` continue with the first line that is left, and say how much was dropped unprinted."""
    folder = SessionFolder(tmp_path)
    attempt = folder.at("stages/1-a/attempt-1")
    attempt.path.mkdir(parents=True)
    attempt.log.write_bytes(b"".join(map(line, range(3 * COUNT))))
    logs = StageLogs(folder)
    logs.follow(ev.AttemptStarting(stage="a", attempt=1, folder="stages/1-a/attempt-1"))
    lines = logs.read()
    assert len(lines) == StageLogs.AT_ONCE // LINE
    drop(attempt.log, 3 * COUNT * LINE - 10 * LINE)
    lines = [each for each in logs.read() if each != "a | "]
    assert lines[0] == f"a | ({2 - 10 * LINE / 2**20:.1f} MiB more dropped by log_limit_mb)"
    assert lines[1:] == [f"a | {line(number).decode().strip()}" for number in range(3 * COUNT - 10, 3 * COUNT)]
