"""Several logs as one, and in tiles."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from autotrain_tui.logs.line_index import LineIndex
from autotrain_tui.logs.log_file import LogChange
from autotrain_tui.logs.merged_log import MergedLog, Part
from autotrain_tui.logs.query import Pattern, TextQuery
from autotrain_tui.logs.scanner import LineScan
from autotrain_tui.tui.log.tiles import LogEntry, LogTiles
from autotrain_tui.tui.theme import DARK, defaults
from tests.log.pane_app import append, facts, until, window

ARRIVALS = st.lists(st.tuples(st.integers(0, 2), st.text("ab\n", max_size=6)), max_size=30)


def texts(log: MergedLog) -> list[tuple[int, str]]:
    """The lines of a merged log, each with its part."""
    return [(log.part_at(line.start), line.data.decode()) for line in log.forward(0, 10_000)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("merged")


@given(ARRIVALS)
def test_lines_come_in_the_order_of_their_arrival(place: Path, arrivals: list[tuple[int, str]]) -> None:
    """Each whole line is there once, in its log's order, after all lines that arrived earlier; unfinished ones wait."""
    paths = [place / str(number) for number in range(3)]
    for path in paths:
        path.write_bytes(b"")
    log = MergedLog([Part(path.name, str(path)) for path in paths])
    log.refresh()
    held, wanted = ["", "", ""], []
    for owner, text in arrivals:
        append(paths[owner], text.encode())
        *whole, held[owner] = (held[owner] + text).split("\n")
        wanted += [(owner, line) for line in whole]
        change = log.refresh()
        assert change is (LogChange.GREW if whole else LogChange.SAME)
    assert texts(log) == wanted
    index = LineIndex(log)
    while index.step():
        pass
    assert index.total() == len(wanted)
    scan = LineScan(log, TextQuery((Pattern("ab"),)))
    while scan.step():
        pass
    assert scan.total == sum("ab" in line for _, line in wanted)
    assert [line.data for line in log.last(3)] == [line.encode() for _, line in wanted[-3:]]


def test_what_was_there_before_stands_in_the_order_of_last_writing(tmp_path: Path) -> None:
    """The log written last is at the end; a rewritten log starts the merge again; a missing one is waited for."""
    for name, text in (("b", b"b1\nb2\n"), ("a", b"a1\n")):
        (tmp_path / name).write_bytes(text)
    log = MergedLog([Part(name, str(tmp_path / name)) for name in "abc"])
    assert log.refresh() is LogChange.APPEARED
    assert [text for _, text in texts(log)] in (["b1", "b2", "a1"], ["a1", "b1", "b2"])
    (tmp_path / "c").write_bytes(b"c1\n")
    assert log.refresh() is LogChange.GREW
    assert texts(log)[-1] == (2, "c1")
    generation = log.generation
    (tmp_path / "b").write_bytes(b"new\n")
    assert log.refresh() is LogChange.TRUNCATED
    assert log.generation > generation
    assert sorted(text for _, text in texts(log)) == ["a1", "c1", "new"]
    (tmp_path / "a").unlink()
    log.refresh()
    assert log.problem == "a: the log was removed"


class TilesApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.tiles = LogTiles()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(defaults(DARK))

    def compose(self) -> ComposeResult:
        yield self.tiles

    def on_mount(self) -> None:
        self.tiles.focus()


async def test_tiles_go_round(tmp_path: Path) -> None:
    """v goes from one log to two, to four, to all in one, and back; hidden tiles read nothing."""
    entries = []
    for number in range(4):
        (tmp_path / str(number)).write_bytes(b"line of %d\n" % number)
        entries.append(LogEntry(f"stage{number}", str(tmp_path / str(number)), f"{number} stage", True))
    app = TilesApp()
    async with app.run_test(size=(210, 40)) as pilot:
        app.tiles.show(entries)
        panes = app.tiles.panes
        await until(pilot, lambda: window(panes[0]) == ["line of 0"])
        assert len(panes) == 1
        await pilot.press("v")
        await until(pilot, lambda: window(panes[1]) == ["line of 1"])
        assert panes[0].size.width < 110
        await pilot.press("v")
        await until(pilot, lambda: all(window(pane) == [f"line of {number}"] for number, pane in enumerate(panes)))
        panes[3].focus()
        await until(pilot, lambda: app.tiles.pane is panes[3])
        await pilot.press("v")
        await until(pilot, lambda: "4 logs" in facts(panes[0]) and len(window(panes[0])) == 4)
        assert app.tiles.pane is panes[0]
        append(tmp_path / "2", b"arrived\n")
        await until(pilot, lambda: window(panes[0])[-1] == "stage2│ arrived")
        await pilot.press("v")
        await until(pilot, lambda: window(panes[0]) == ["line of 0"])
        assert app.tiles.arrangement == 1


async def test_a_single_log_has_no_tiles(tmp_path: Path) -> None:
    """With one log v does nothing, and with two it goes from one to two to both in one."""
    app = TilesApp()
    async with app.run_test(size=(100, 30)) as pilot:
        app.tiles.show([LogEntry("a", str(tmp_path / "a"), "a", True)])
        await pilot.press("v")
        assert app.tiles.arrangement == 1
        app.tiles.show([LogEntry(name, str(tmp_path / name), name, True) for name in "ab"])
        seen = []
        for _ in range(3):
            await pilot.press("v")
            seen.append(app.tiles.arrangement)
        assert seen == [2, 0, 1]
