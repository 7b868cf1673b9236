"""Lines of a log selected with keys, and what is copied of them."""

# ruff: noqa: ASYNC240  small files on a local disk: waiting for them is what the tests are about
from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from autotrain_tui.tui.log import copied_text
from autotrain_tui.tui.log.copied_text import Copied
from tests.log.pane_app import PaneApp, answer, append, foot, until, window

TRACEBACK = (
    b"Traceback (most recent call last):\n"
    b'  File "train.py", line 3, in <module>\n'
    b"    main()\n"
    b"ValueError: \x1b[31mbad\x1b[0m batch\n"
)


async def test_lines_are_selected_from_the_current_one_and_copied(log: Path) -> None:
    """V begins, arrows extend also beyond the window, y copies and says how many; lines that arrive change nothing."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["line 999"])
        await pilot.press("V", *["k"] * 12)
        await until(pilot, lambda: "13 lines selected" in foot(app.pane))
        assert "line 987" in window(app.pane)
        append(log, b"line 1000\n")
        await pilot.press("j", "y")
        assert app.clipboard == "\n".join(f"line {number}" for number in range(988, 1000))
        await until(pilot, lambda: "copied 12 lines, 107 B" in foot(app.pane))
        assert not app.pane.rows.line_selection.active


async def test_enter_copies_and_escape_ends(log: Path) -> None:
    """g and G extend to the ends of the log, a search to its hit; Enter copies as y does, Escape selects nothing."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["line 999"])
        await pilot.press("V", "g", "enter")
        assert app.clipboard.count("\n") == 999
        await pilot.press("V", "G", "escape")
        assert not app.pane.rows.line_selection.active
        await answer(pilot, app.pane, "colon", "5")
        await pilot.press("V")
        await answer(pilot, app.pane, "slash", "line 8")
        await until(pilot, lambda: app.pane.window.hit == app.pane.shown.index.offset_of(8))
        await pilot.press("enter")
        assert app.clipboard == "line 4\nline 5\nline 6\nline 7\nline 8"


async def test_what_is_folded_is_copied_too(tmp_path: Path) -> None:
    """A traceback that shows its last line only is copied whole and without its colours, by lines and by the mouse."""
    path = tmp_path / "log"
    path.write_bytes(b"before\n" + TRACEBACK + b"after\n")
    plain = TRACEBACK.decode().replace("\x1b[31m", "").replace("\x1b[0m", "").rstrip("\n")
    app = PaneApp(path)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: len(window(app.pane)) == 3)
        await pilot.press("V", "k", "y")
        assert app.clipboard == f"{plain}\nafter"
        await pilot.press("y")
        assert app.clipboard == plain
        app.screen.selections = {app.pane.rows: Selection(Offset(0, 0), Offset(5, 2))}
        await pilot.pause()
        await pilot.press("y")
        assert app.clipboard == f"before\n{plain}\nafter"


async def test_a_filter_copies_what_it_shows(log: Path) -> None:
    """Lines that a filter hides are not copied."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["line 999"])
        await answer(pilot, app.pane, "ampersand", "99")
        await until(pilot, lambda: window(app.pane)[-2:] == ["line 998", "line 999"])
        await pilot.press("V", "g", "y")
        await until(pilot, lambda: "copied 19 lines" in foot(app.pane))
        assert app.clipboard.startswith("line 99\nline 199\n")


async def test_no_more_than_the_limit_is_copied(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A selection over the limit is cut at a line, and the foot says so."""
    monkeypatch.setattr(copied_text, "COPY_LIMIT", 100)
    app = PaneApp(log)
    async with app.run_test(size=(80, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["line 999"])
        await pilot.press("V", "g", "y")
        assert app.clipboard == "\n".join(f"line {number}" for number in range(13))
        await until(pilot, lambda: "copied the first 13 lines: no more than 100 B at once" in foot(app.pane))


def test_lines_that_were_cut_are_told() -> None:
    """A line over 16 KiB is copied as far as it is shown, and counted."""
    assert Copied("a\nb", 2, whole=True, shortened=1).sentence == "copied 2 lines, 3 B; 1 of them cut at 16.0 KiB"
