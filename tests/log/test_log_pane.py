"""The log pane: its keys, a growing file, and what other programs do to the file."""

# ruff: noqa: ASYNC240  small files on a local disk: waiting for them is what the tests are about
from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.selection import Selection
from textual.strip import Strip

from autotrain_tui.logs.watcher import LogWatch
from autotrain_tui.tui.log import follower
from autotrain_tui.tui.log.pane import LogPane
from autotrain_tui.tui.log.rows import LogRows
from autotrain_tui.tui.theme import DARK, defaults
from tests.log.hostile import EVERYTHING, faults
from tests.log.pane_app import PaneApp, answer, append, facts, foot, until, window


def current_line(pane: LogPane) -> str:
    """The text of the current line."""
    place, viewport = pane.window.current, pane.window.viewport
    return viewport.shown(viewport.source.forward(place, 1)[0]).text


async def test_it_opens_at_the_end_and_follows(log: Path) -> None:
    """The last lines are there at once, and lines that arrive take their place."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["line 999"])
        assert window(app.pane) == [f"line {number}" for number in range(990, 1000)]
        await until(pilot, lambda: "following · 1,000 lines · 8.7 KiB" in facts(app.pane))
        append(log, b"line 1000\nhalf a li")
        await until(pilot, lambda: window(app.pane)[-2:] == ["line 1000", "half a li"])
        append(log, b"ne\n")
        await until(pilot, lambda: window(app.pane)[-1] == "half a line")


async def test_a_reader_is_left_alone(log: Path) -> None:
    """Away from the end the text stays while lines arrive; the frame counts them; scrolling to the end follows again."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.press("k", "k", "k")
        await until(pilot, lambda: window(app.pane)[-1] == "line 996")
        append(log, b"new\n" * 5)
        await until(pilot, lambda: "reading · 5 new" in facts(app.pane))
        assert window(app.pane)[-1] == "line 996"
        await pilot.press("pagedown", "pagedown")
        await until(pilot, lambda: "following" in facts(app.pane))
        append(log, b"newest\n")
        await until(pilot, lambda: window(app.pane)[-1] == "newest")


async def test_keys_go_where_they_say(log: Path) -> None:
    """g, G, f, Ctrl+U, Ctrl+D and a line's number move the window."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.press("g")
        assert window(app.pane)[0] == "line 0"
        await pilot.press("ctrl+d")
        assert window(app.pane)[0] == "line 4"
        await pilot.press("ctrl+u", "j")
        assert window(app.pane)[0] == "line 1"
        await pilot.press("G")
        assert window(app.pane)[-1] == "line 999"
        await pilot.press("f")
        assert not app.pane.window.follow
        await pilot.press("f")
        assert app.pane.window.follow
        await answer(pilot, app.pane, "colon", "501")
        await until(pilot, lambda: "line 500" in window(app.pane))
        assert app.pane.window.current == app.pane.shown.index.offset_of(500)
        await answer(pilot, app.pane, "colon", "50%")
        await until(
            pilot, lambda: app.pane.window.current == app.pane.shown.file.start_of(app.pane.shown.file.size // 2)
        )
        await answer(pilot, app.pane, "colon", "xyz")
        await until(
            pilot, lambda: "expected a line number" in app.pane.prompts.prompt.query_one("#wrong").render().plain
        )


async def test_long_lines_are_cut_or_broken(log: Path) -> None:
    """Cut lines end with an ellipsis and scroll sideways; wrapped lines are complete; wide characters fit the width."""
    app = PaneApp(log)
    append(
        log,
        b"".join(b"%d" % (number % 10) for number in range(150))
        + "\n世界世界世界\n".encode()
        + "界".encode() * 50
        + b"\n",
    )
    async with app.run_test(size=(43, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] and "界" in window(app.pane)[-1])
        assert window(app.pane)[-3] == "0123456789" * 3 + "01234567…"
        await pilot.press("right")
        assert window(app.pane)[-3].startswith("…90123")
        assert window(app.pane)[-2] == "… 界"
        await pilot.press("left", "w")
        rows = window(app.pane)
        assert "".join(rows[-8:-4]).startswith("0123456789" * 4)
        assert all(app.pane.rows.render_line(y).cell_length == app.pane.rows.size.width for y in range(10))
        await pilot.press("number_sign")
        assert any("1,003" in row for row in window(app.pane))


async def test_a_line_that_is_broken_now_has_no_cut_in_it(log: Path) -> None:
    """`w` twice: a row that was painted cut is painted whole, and cut again."""
    append(log, b"0123456789" * 7 + b"\n")
    app = PaneApp(log)
    async with app.run_test(size=(43, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] and window(app.pane)[-1].endswith("7…"))
        await pilot.press("w")
        await until(pilot, lambda: window(app.pane)[-2:] == ["0123456789" * 3 + "012345678", "9" + "0123456789" * 3])
        await pilot.press("w")
        await until(pilot, lambda: window(app.pane)[-1] == "0123456789" * 3 + "01234567…")


async def test_search_finds_steps_and_ends(log: Path) -> None:
    """/ with text goes to a hit, n and N step and wrap around, the foot counts, Escape clears the search."""
    app = PaneApp(log)
    async with app.run_test(size=(70, 14)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await answer(pilot, app.pane, "slash", "line 50")
        await until(pilot, lambda: "of 11" in foot(app.pane))
        place = app.pane.shown.index.offset_of
        assert app.pane.window.current == place(50)
        await pilot.press("n", "n")
        await until(pilot, lambda: app.pane.window.current == place(501))
        assert "“line 50” · 3 of 11" in foot(app.pane)
        await pilot.press("N", "N", "N")
        await until(pilot, lambda: app.pane.window.current == place(509))
        assert "from the end" in foot(app.pane)
        app.pane.rows.invalidate()
        assert app.pane.rows.renderer.find_matches is not None
        await pilot.press("escape")
        assert foot(app.pane) == ""
        assert app.pane.rows.renderer.find_matches is None


@pytest.mark.process
async def test_search_switches_and_mistakes(log: Path) -> None:
    """Regex and case are switches; a bad expression is reported and can be edited; a text without hits is reported."""
    app = PaneApp(log)
    async with app.run_test(size=(90, 14)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.press("slash", "ctrl+r", *"LINE 9.(", "enter")
        await until(
            pilot, lambda: "not a regular expression" in app.pane.prompts.prompt.query_one("#wrong").render().plain
        )
        await pilot.press("backspace", "$", "ctrl+t", "ctrl+t", "enter")
        await until(pilot, lambda: "of 10" in foot(app.pane))
        await answer(pilot, app.pane, "slash", "absent")
        await until(pilot, lambda: "none in this log" in foot(app.pane))
        await pilot.press("slash", "up")
        assert app.pane.prompts.prompt.query_one("Input").value == "absent"
        await pilot.press("up")
        assert app.pane.prompts.prompt.query_one("Input").value == "LINE 9.$"
        await pilot.press("escape")
        assert not app.pane.prompts.prompt.is_open


async def test_what_is_typed_fast_is_text_and_no_keys(log: Path) -> None:
    """Keys that come with the one that opens a prompt, or pasted, reach the prompt; there / & : are text."""
    app = PaneApp(log)
    async with app.run_test(size=(90, 14)) as pilot:
        await until(pilot, lambda: window(app.pane))
        for key in ("slash", "w", "f", "m", "g", "slash", "ampersand", "colon", "number_sign"):
            app.post_message(
                events.Key(key, {"slash": "/", "ampersand": "&", "colon": ":", "number_sign": "#"}.get(key, key))
            )
        await until(pilot, lambda: app.pane.prompts.prompt.query_one("Input").value == "wfmg/&:#")
        assert app.pane.window.follow
        assert not app.pane.window.viewport.wrap
        await pilot.press("escape")
        assert app.screen.focused is app.pane.rows


async def test_a_filter_shows_only_what_it_means(log: Path) -> None:
    """Words to show, words to hide, lines of context; new lines are filtered too; Escape shows all, at the same place."""
    app = PaneApp(log)
    async with app.run_test(size=(70, 14)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await answer(pilot, app.pane, "ampersand", "99 !5 !line9")
        await until(pilot, lambda: window(app.pane)[-1:] == ["line 999"] and "line 998" in window(app.pane))
        shown = [f"line {number}" for number in range(1000) if "99" in str(number) and "5" not in str(number)]
        await until(pilot, lambda: window(app.pane) == shown[-11:])
        await until(pilot, lambda: "only 99 !5 !line9 · 17 lines" in foot(app.pane))
        append(log, b"nothing\nline 1099\n")
        await until(pilot, lambda: window(app.pane)[-1] == "line 1099")
        await answer(pilot, app.pane, "slash", "8")
        await until(pilot, lambda: "of 2" in foot(app.pane))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: foot(app.pane) == "")
        assert "nothing" in "".join(window(app.pane)) or not app.pane.window.follow
        await pilot.press("ampersand", "ctrl+o", *"line 500", "enter")
        await until(pilot, lambda: window(app.pane) == ["line 499", "line 500", "line 501"])


async def test_search_and_errors_keep_to_the_filter(log: Path) -> None:
    """Hits are lines that are shown; another filter restarts search and errors."""
    app = PaneApp(log)
    append(log, b"ERROR 1 of a\nERROR 2 of b\nERROR 3 of a\nquiet a\n")
    async with app.run_test(size=(70, 14)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["quiet a"])
        await answer(pilot, app.pane, "ampersand", "a")
        await until(pilot, lambda: window(app.pane)[-3:] == ["ERROR 1 of a", "ERROR 3 of a", "quiet a"])
        await pilot.press("E")
        await until(pilot, lambda: "errors · 2 of 2" in foot(app.pane))
        await answer(pilot, app.pane, "slash", "of")
        await until(pilot, lambda: "“of” · 1 of 2" in foot(app.pane))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "only a" in foot(app.pane))
        await pilot.press("slash", *"ERROR", "enter", "ampersand", "backspace", *"b", "enter")
        await until(pilot, lambda: window(app.pane) == ["ERROR 2 of b"])
        await pilot.press("n")
        await until(pilot, lambda: "“ERROR” · 1 of 1" in foot(app.pane))


async def test_errors_are_jumped_to(log: Path) -> None:
    """e goes to the next traceback, E to the previous one; the foot says when there is none."""
    app = PaneApp(log)
    async with app.run_test(size=(70, 14)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.press("e")
        await until(pilot, lambda: "none in this log" in foot(app.pane))
        append(log, b'Traceback (most recent call last):\n  File "x"\n    y\nValueError: no\n' + b"after\n" * 50)
        await until(pilot, lambda: window(app.pane)[-1] == "after")
        await pilot.press("E")
        await until(pilot, lambda: "1 of 1" in foot(app.pane))
        assert any(row.startswith("ValueError: no") for row in window(app.pane))


async def test_times_of_arrival_are_shown_where_they_were_seen(log: Path) -> None:
    """Lines that arrived while the pane watched the file have a time, earlier ones have none."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.press("t")
        await until(pilot, lambda: window(app.pane)[-1] == " " * 9 + "line 999")
        append(log, b"new\n")
        await until(pilot, lambda: re.fullmatch(r"\d\d:\d\d:\d\d new", window(app.pane)[-1]))
        assert window(app.pane)[-2] == " " * 9 + "line 999"
        await pilot.press("t")
        await until(pilot, lambda: window(app.pane)[-1] == "new")


async def test_marks_and_copies(log: Path) -> None:
    """m marks the current line, ' cycles through the marks, y copies the line or the selection."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.press("m", "g", "m", "G")
        assert window(app.pane)[-1] == "▌ line 999"
        await pilot.press("apostrophe")
        assert window(app.pane)[0] == "▌ line 0"
        await pilot.press("apostrophe", "y")
        assert app.clipboard == "line 999"
        await until(pilot, lambda: "copied 1 line" in foot(app.pane))
        app.screen.selections = {app.pane.rows: Selection(Offset(5, 1), Offset(4, 3))}
        await pilot.pause()
        shown = [row.removeprefix("▌ ").strip() for row in window(app.pane)]
        await pilot.press("y")
        assert app.clipboard == f"{shown[1][5:]}\n{shown[2]}\nline"
        await pilot.press("k", "k")
        await pilot.press("y")
        assert app.clipboard == f"{shown[1][5:]}\n{shown[2]}\nline"
        app.screen.selections = {app.pane.rows: Selection(None, None)}
        rows = [row.removeprefix("▌ ").strip() for row in window(app.pane)]
        assert app.screen.get_selected_text() == "\n".join(rows)


async def test_the_mouse_selects_scrolls_and_jumps(log: Path) -> None:
    """Dragging selects text by its place in the file; a click makes a line current; the ruler jumps anywhere."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await pilot.mouse_down(app.pane.rows, offset=(0, 2))
        await pilot.hover(app.pane.rows, offset=(5, 4))
        await pilot.mouse_up(app.pane.rows, offset=(5, 4))
        assert app.screen.get_selected_text() in ("line 992\nline 993\nline", "line 992\nline 993\nline ")
        await pilot.click(app.pane.rows, offset=(2, 5))
        await pilot.click(app.pane.rows, offset=(2, 5))
        assert app.pane.window.current == app.pane.shown.index.offset_of(995)
        await pilot.click(app.pane.status.ruler, offset=(0, 0))
        await until(pilot, lambda: window(app.pane)[0] == "line 0")
        await pilot.click(app.pane.status.ruler, offset=(0, app.pane.status.ruler.size.height - 1))
        await until(pilot, lambda: app.pane.window.follow)


async def test_what_others_do_to_the_file_is_said(log: Path) -> None:
    """Truncated, replaced, removed: each is reported, and old text is never shown as new."""
    app = PaneApp(log)
    async with app.run_test(size=(80, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        await answer(pilot, app.pane, "slash", "fresh")
        log.write_bytes(b"fresh 1\n")
        await until(pilot, lambda: "the log was truncated" in foot(app.pane))
        assert window(app.pane) == ["fresh 1"]
        await pilot.press("escape")
        await until(pilot, lambda: "1 so far" in foot(app.pane) or "of 1" in foot(app.pane))
        (log.parent / "other").write_bytes(b"fresh 2\n")
        (log.parent / "other").rename(log)
        await until(pilot, lambda: "the log was replaced" in foot(app.pane))
        assert window(app.pane) == ["fresh 2"]
        log.unlink()
        await until(pilot, lambda: "the log was removed" in foot(app.pane))
        assert window(app.pane) == ["fresh 2"]


async def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """An empty pane says that there is no output yet, then shows the output; without a path it says so too."""
    app = PaneApp(tmp_path / "log")
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: any("no output yet" in row for row in window(app.pane)))
        (tmp_path / "log").write_bytes(b"first\n")
        await until(pilot, lambda: window(app.pane) == ["first"])
        assert foot(app.pane) == ""
        app.pane.show(None, "nothing")
        await until(pilot, lambda: any("no output" in row for row in window(app.pane)))


async def test_a_log_without_its_head_says_so(log: Path) -> None:
    """The frame says how much of the head was dropped; the first line is the first that is left."""
    with log.open("wb") as out:
        out.truncate(4 * 1024 * 1024)
        out.seek(4 * 1024 * 1024)
        out.write(b"kept 1\nkept 2\n")
    app = PaneApp(log)
    async with app.run_test(size=(100, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        if app.pane.shown.file.first == 0:
            pytest.skip("this file system does not tell holes")
        assert window(app.pane) == ["kept 1", "kept 2"]
        await until(pilot, lambda: "2 lines · 4.0 MiB · first 4.0 MiB dropped" in facts(app.pane))


async def test_an_ended_log_is_read_once(log: Path) -> None:
    """A log that is no longer live is shown as ended, and not watched."""
    app = PaneApp(log, live=False)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: "ended · 1,000 lines" in facts(app.pane))
        append(log, b"late\n")
        app.pane.show(log, "another title", live=False)
        await until(pilot, lambda: window(app.pane)[-1] == "late")
        assert "another title" in facts(app.pane)


async def test_an_empty_log_after_a_long_one_has_no_thumb(log: Path) -> None:
    """An empty log has no scroll bar thumb."""
    app = PaneApp(log)
    (log.parent / "empty").touch()
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane) and "▐" in str(app.pane.status.ruler.paint(1, 10)))
        app.pane.show(log.parent / "empty", "another", live=False)
        await until(pilot, lambda: "▐" not in str(app.pane.status.ruler.paint(1, 10)))


async def test_a_pane_out_of_sight_rests(log: Path) -> None:
    """A hidden pane does not read the file; shown again, it is up to date."""
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        app.pane.display = False
        await pilot.pause()
        append(log, b"unseen\n")
        await pilot.pause(0.2)
        assert app.pane.shown.file.size < log.stat().st_size
        app.pane.display = True
        await until(pilot, lambda: window(app.pane)[-1:] == ["unseen"])


async def test_a_pane_in_another_mode_rests(log: Path) -> None:
    """In a mode that is not shown it does not read the file either; shown again, it is up to date."""
    pane = LogPane(log, "a log")

    class LogScreen(Screen[None]):
        def compose(self) -> ComposeResult:
            yield pane

    class Modes(App[None]):
        MODES: ClassVar = {"log": LogScreen, "other": Screen}
        DEFAULT_MODE = "log"

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return dict(defaults(DARK))

    app = Modes()
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(pane)[-1:] == ["line 999"])
        await app.switch_mode("other")
        append(log, b"unseen\n")
        await pilot.pause(0.2)
        assert pane.shown.file.size < log.stat().st_size
        await app.switch_mode("log")
        await until(pilot, lambda: window(pane)[-1:] == ["unseen"])


async def test_a_disk_that_does_not_answer_freezes_nobody(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the disk does not answer nothing is read, the rows stay, the foot says since when; then it continues."""
    silent = 0.0
    monkeypatch.setattr(follower, "PATIENCE", 0.1)
    monkeypatch.setattr(LogWatch, "silent_seconds", property(lambda _watch: silent))
    app = PaneApp(log)
    async with app.run_test(size=(80, 12)) as pilot:
        await until(pilot, lambda: window(app.pane))
        painted = window(app.pane)
        silent = 7.0
        await until(pilot, lambda: "the disk has not answered since" in foot(app.pane))
        monkeypatch.setattr(app.pane.shown.file.handle, "read", None)
        await pilot.press("g", "k", "pageup", "n", "e", "slash", "colon", "f")
        append(log, b"written meanwhile\n")
        await pilot.pause(0.2)
        assert window(app.pane)[: len(painted) - 1] == painted[: len(painted) - 1]
        monkeypatch.undo()
        await until(pilot, lambda: window(app.pane)[-1:] == ["written meanwhile"])
        assert foot(app.pane) == ""


async def test_a_frozen_pane_of_another_size_is_painted_once(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resized while the disk does not answer, the rows stay and are painted once; afterwards they fill the new size."""
    silent = 7.0
    painted = 0
    lines = LogRows.render_lines

    def counted(rows: LogRows, crop: Region) -> list[Strip]:
        nonlocal painted
        painted += 1
        return lines(rows, crop)

    app = PaneApp(log)
    async with app.run_test(size=(80, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["line 999"])
        monkeypatch.setattr(follower, "PATIENCE", 0.1)
        monkeypatch.setattr(LogWatch, "silent_seconds", property(lambda _watch: silent))
        await until(pilot, lambda: app.pane.window.frozen)
        monkeypatch.setattr(LogRows, "render_lines", counted)
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: app.pane.rows.size.height == 18 - app.pane.status.foot.size.height)
        await pilot.pause(0.3)
        assert painted < 10
        silent = 0.0
        await until(pilot, lambda: len(window(app.pane)) == 18)


async def test_hostile_bytes_are_painted_as_text(log: Path) -> None:
    """Whatever the log holds, each painted row is printable, and as wide as the window."""
    log.write_bytes(EVERYTHING * 3 + bytes(range(256)) * 50)
    app = PaneApp(log)
    async with app.run_test(size=(60, 40)) as pilot:
        for keys in ((), ("w",), ("number_sign",), ("w", "right"), ("g",)):
            await pilot.press(*keys)
            await until(pilot, lambda: window(app.pane))
            assert [faults(row) for row in window(app.pane) if faults(row)] == []
            for y in range(app.pane.rows.size.height):
                assert app.pane.rows.render_line(y).cell_length == app.pane.rows.size.width


@pytest.mark.parametrize("size", [(20, 5), (3, 3), (1, 1), (300, 90)])
async def test_any_size_is_painted(log: Path, size: tuple[int, int]) -> None:
    """From one cell to a very large window nothing fails, with every part shown."""
    app = PaneApp(log)
    async with app.run_test(size=size) as pilot:
        await pilot.press("number_sign", "w", "m", "slash", "9", "enter", "n", "j", "k", "g", "G")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.pane.rows.size.width > 40)
        assert window(app.pane)


async def test_keys_have_names_and_words() -> None:
    """Every binding of the pane has an id of its own, a description and a tooltip."""
    bindings = LogPane.BINDINGS
    assert all(binding.id and binding.description and binding.tooltip for binding in bindings)
    assert len({binding.id for binding in bindings}) == len(bindings)


async def test_lines_are_coloured_by_what_they_say_until_a_key(log: Path) -> None:
    """An error is bold, with a sign; L takes colours and signs away, and brings them back."""
    append(log, b"12:00:00 ValueError: bad\n12:00:01 loss 0.25\n12:00:02 ERROR failed\n")
    app = PaneApp(log)

    def last() -> tuple[str, bool]:
        """The last row, and whether any of it is bold."""
        strip = app.pane.rows.render_line(len(app.pane.window.viewport.rows) - 1)
        return strip.text.rstrip(), any(segment.style and segment.style.bold for segment in strip)

    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["12:00:02 ERROR failed"])
        assert last() == ("▎12:00:02 ERROR failed", True)
        await pilot.press("L")
        assert last() == ("12:00:02 ERROR failed", False)
        await pilot.press("L")
        assert last() == ("▎12:00:02 ERROR failed", True)


async def test_errors_and_warnings_are_counted_in_the_frame(log: Path) -> None:
    """The whole log's count stands in the frame and on the ruler, and grows with it."""
    append(log, b"WARNING: slow\nERROR failed\n")
    app = PaneApp(log)
    async with app.run_test(size=(90, 12)) as pilot:
        await until(pilot, lambda: "1 error · 1 warning" in facts(app.pane))
        assert set(app.pane.shown.issues.rows(10).values()) == {"error"}
        append(log, b"fine\nERROR again\nUserWarning: x\n")
        await until(pilot, lambda: "2 errors · 2 warnings" in facts(app.pane))


async def test_a_traceback_is_folded_and_opened_by_a_key(log: Path) -> None:
    """Of a traceback stands the last line; Enter opens it, e leads to it, E goes on from it."""
    append(
        log, b'ERROR one\nTraceback (most recent call last):\n  File "a.py", line 1\n    g()\nValueError: bad\nend\n'
    )
    app = PaneApp(log)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: window(app.pane)[-1:] == ["end"])
        assert window(app.pane)[-3] == "ERROR one"
        assert window(app.pane)[-2].startswith("ValueError: bad")
        assert window(app.pane)[-2].endswith("▸ 3 lines · Enter")
        await pilot.press("enter")
        await until(pilot, lambda: any(row.startswith("Traceback") for row in window(app.pane)))
        await pilot.press("enter")
        await until(pilot, lambda: not any(row.startswith("Traceback") for row in window(app.pane)))
        await pilot.press("G", "escape", "e", "e")
        await until(pilot, lambda: "2 of 2" in foot(app.pane))
        assert current_line(app.pane) == "ValueError: bad"
        await pilot.press("E")
        await until(pilot, lambda: current_line(app.pane) == "ERROR one")
