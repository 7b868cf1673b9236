"""The first picture: what the screen shows half a second later, in the same places, without a flicker or a lost key."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time

import pytest

from autotrain_tui.tui import terminal
from autotrain_tui.tui.model.labels import STAGES
from autotrain_tui.tui.opening.cells import width_of
from autotrain_tui.tui.opening.early_signals import LEAVING
from autotrain_tui.tui.opening.handover import LEAST_HEIGHT, LEAST_WIDTH, Opening
from autotrain_tui.tui.opening.picture import COLOURS, SIGNS, picture
from autotrain_tui.tui.opening.quick_state import live_session, read_session
from autotrain_tui.tui.theme import OURS
from autotrain_tui.tui.widgets import too_small
from tests.tui.conftest import settle
from tests.tui.sessions import make_session, stage_infos
from tests.tui.test_run_screen import shown
from tests.tui.test_terminal import Screen, assert_restored


def texts(rows) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def without_digits(text: str) -> str:
    """Clocks and gauges may be a second further."""
    return re.sub(r"[0-9]", "0", text)


def compared(text: str, row: int) -> str:
    """A row without what the first picture leaves out: the log's facts, marks, and place in the file."""
    text = (
        re.sub(r"(following|ended) · .* ─╮$", "", without_digits(text))
        .replace("▐", " ")
        .replace("▎", " ")
        .replace("\u00a0", " ")
    )
    return text.rstrip("─╮ ") if row else text


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60), (300, 90)])
@pytest.mark.parametrize("state", ["running", "frozen", "pausing", "starting", "retry", "many"])
async def test_it_is_what_the_screen_paints(open_app, monkeypatch, state, size):
    """Header, stages, the frame of the curve and the log stand where the screen has them, with the same texts."""
    monkeypatch.setattr("autotrain_tui.tui.screens.run.screen._AFTER_FIRST_PAINT", 3600.0)
    app = open_app(state)
    session = read_session(str(app.feed.folder.path))
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        await settle(pilot)
        painted = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    rows = texts(picture(session, *size, time.monotonic()))
    left = next(least for wide, least in ((260, 52), (180, 44), (110, 42), (0, size[0])) if size[0] >= wide)
    log = next(at for at, row in enumerate(rows) if "attempt" in row[1:])
    assert without_digits(rows[0]).split() == without_digits(painted[0]).split()
    for at, (first, then) in enumerate(zip(rows[2:-3], painted[2:], strict=False), 2):
        if first[:left].strip() and (size[0] >= 110 or at < log):
            assert compared(first[:left], at) == compared(then[:left], at)
        log_width = len(first.rstrip())
        if size[0] >= 110 or at >= log:
            begin = 0 if size[0] < 110 else left
            assert compared(first[begin:log_width], at) == compared(then[begin:log_width], at)
    assert {width_of([(row, "")]) for row in rows if row} == {size[0]} or size[0] >= 180


def test_a_session_that_nobody_runs_has_none(tmp_path):
    """Nothing is drawn ahead for a session without a runner, nor for one that has finished."""
    make_session(tmp_path / "one", "interrupted")
    assert live_session(str(tmp_path / "one"), None) is None
    assert read_session(str(make_session(tmp_path / "two", "finished").path)) is None


def test_several_live_sessions_have_none(tmp_path):
    """Which one would be shown is not known yet; with its id it is."""
    make_session(tmp_path, "running", name="20261122-150403-one")
    make_session(tmp_path, "running", name="20261122-150404-two")
    assert live_session(str(tmp_path), None) is None
    assert live_session(str(tmp_path), "20261122-150403-one") == f"{tmp_path}/20261122-150403-one"


def test_names_and_lines_cannot_move_the_cursor(tmp_path):
    """Escape sequences of a log are not passed on to the terminal."""
    folder = make_session(tmp_path, "running", stages=stage_infos(3), done=1)
    session = read_session(str(folder.path))
    with open(f"{folder.path}/{session.current.attempts[-1][1]}/log", "ab") as log:
        log.write(b"\x1b[2J\x1b]0;title\x07ten\rtwenty \xe4\xb8\xad\xe6\x96\x87\n")
    rows = texts(picture(session, 120, 36, 0.0))
    assert "\x1b" not in "".join(rows)
    assert any("twenty 中文" in row and "ten" not in row for row in rows)


def test_it_says_what_the_screen_says():
    """Signs, colours and the least window are those of the screen."""
    assert {str(state): (style.sign, style.colour) for state, style in STAGES.items()} == SIGNS
    assert (LEAST_WIDTH, LEAST_HEIGHT) == (too_small.LEAST_WIDTH, too_small.LEAST_HEIGHT)
    for name, colours in COLOURS.items():
        theme = OURS[name]
        known = {"": theme.foreground, **theme.variables, "background": theme.background, "accent": theme.accent}
        known |= {"success": theme.success, "warning": theme.warning, "error": theme.error}
        assert {token: known[token] for token in colours} == colours


@pytest.mark.process
def test_the_screen_takes_over_without_a_flicker(tmp_path):
    """The alternate screen is entered once and never cleared, a key pressed meanwhile counts, the terminal is restored."""
    folder = make_session(tmp_path, "running")
    screen = Screen(tmp_path, folder.id)
    screen.until(b"refinement")
    assert b"\x1b[?1004h" not in screen.output  # the first picture: Textual has not begun
    assert not termios.tcgetattr(screen.master)[3] & termios.ECHO
    os.write(screen.master, b"?")
    screen.until(b"searches, Esc closes")
    assert screen.output.count(b"\x1b[?1049h") == 1
    assert b"\x1b[2J" not in screen.output
    os.write(screen.master, b"\x1b[27ud")  # Esc as the kitty protocol writes it: a plain one and d would be Alt+d
    screen.until(b"\x1b[?1049l")
    _, status = os.waitpid(screen.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert termios.tcgetattr(screen.master) == screen.modes
    os.close(screen.master)


IMPORTS_FOR_EVER = """
import sys, time
class Waits:
    def find_spec(self, name, path=None, target=None):
        while name == "textual":
            time.sleep(0.05)
sys.meta_path.insert(0, Waits())
from autotrain_tui.cli.main import entry
entry()
"""


@pytest.fixture
def picture_alone(tmp_path):
    """The program that shows its first picture and gets no further."""
    folder = make_session(tmp_path, "running")
    screen = Screen(tmp_path, folder.id, program=("-c", IMPORTS_FOR_EVER))
    screen.until(b"refinement")
    screen.at_rest()
    yield screen
    screen.kill()


@pytest.mark.process
@pytest.mark.parametrize("number", LEAVING)
def test_a_signal_during_the_first_picture_restores_the_terminal(picture_alone, number):
    """While Textual is imported, too: modes off, echo on, status 128 + n."""
    os.kill(picture_alone.pid, number)
    assert picture_alone.end() == 128 + number
    assert_restored(picture_alone, [b"\x1b[?1049h", b"\x1b[?25l"])


@pytest.mark.process
def test_stop_and_continue_during_the_first_picture(picture_alone):
    """SIGTSTP (Ctrl+Z) gives the terminal back and stops; SIGCONT takes it again and paints the picture."""
    os.write(picture_alone.master, b"\x1a")
    picture_alone.await_state("T")
    picture_alone.at_rest()
    assert_restored(picture_alone, [b"\x1b[?1049h", b"\x1b[?25l"])
    before = len(picture_alone.output)
    os.kill(picture_alone.pid, signal.SIGCONT)
    picture_alone.until(b"\x1b[?1049h", before)
    picture_alone.until(b"refinement", before)
    os.write(picture_alone.master, b"\x03")
    assert picture_alone.end() == 128 + signal.SIGINT
    assert_restored(picture_alone, [b"\x1b[?1049h", b"\x1b[?25l"])


def test_a_terminal_that_reads_nothing_is_given_back():
    """Its queue is full: what it has not read goes, so that a signal never waits for it."""
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    opening = Opening("session", slave, before, b"picture")
    opening.take()
    os.set_blocking(slave, False)
    while select.select([], [slave], [], 1.0)[1]:  # the kernel moves some of it on, and there is room again
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(slave, b"x")
    os.set_blocking(slave, True)
    giving = threading.Thread(target=opening.leave, daemon=True)
    giving.start()
    giving.join(60)
    assert not giving.is_alive()
    assert termios.tcgetattr(slave) == before
    output = b""
    while b"\x1b[?1049l" not in output:
        output += os.read(master, 1 << 16)
    os.close(master)
    os.close(slave)


@pytest.mark.process
def test_a_signal_ends_the_process_whatever_giving_back_raises():
    """An exception in the handler would be one of the code that it interrupts, which may catch it."""
    code = (
        "import os, signal\nfrom autotrain_tui.tui.opening.early_signals import end_restored\n"
        "def fails():\n    raise OSError\n"
        "end_restored(fails)\n"
        "try:\n    os.kill(os.getpid(), signal.SIGTERM)\nexcept OSError:\n    pass"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=240).returncode == 128 + signal.SIGTERM


def test_a_signal_after_the_event_loop_has_ended_raises_nothing():
    """The program is leaving already: the handler must not raise in whatever that does."""
    loop = asyncio.new_event_loop()
    loop.close()
    terminal._call_in(loop, pytest.fail)
