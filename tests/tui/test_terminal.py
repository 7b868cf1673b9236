"""The screen in a real terminal: however it ends, the terminal is as it was and the exit status says how."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterable

import pytest

from autotrain_tui.cli.after_screen import after_screen, status_of
from autotrain_tui.session.journal.events import AttemptEnded
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from tests.tui.sessions import append, make_session

MODES = {
    b"\x1b[?1049h": b"\x1b[?1049l",
    b"\x1b[?1000h": b"\x1b[?1000l",
    b"\x1b[?1003h": b"\x1b[?1003l",
    b"\x1b[?2004h": b"\x1b[?2004l",
    b"\x1b[?1004h": b"\x1b[?1004l",
    b"\x1b[?25l": b"\x1b[?25h",
}
PATIENCE = 120.0


class Screen:
    """The program in a pseudo-terminal of its own."""

    def __init__(
        self,
        sessions,
        session: str,
        *,
        ignore_hangup: bool = False,
        program: tuple[str, ...] = ("-m", "autotrain_tui"),
        size: tuple[int, int] = (36, 120),
    ) -> None:
        self.output = b""
        self.master, slave = pty.openpty()
        # before the program can ask for them, or change them
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.modes = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.master)
            os.login_tty(slave)
            if ignore_hangup:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            # readline, which pytest imports, sets LINES and COLUMNS behind Python's back: an environment of our own
            environment = {
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "TEXTUAL_ANIMATIONS": "none",
            }
            os.execve(
                sys.executable,
                [sys.executable, *program, "attach", session, "--sessions-dir", str(sessions)],
                environment,
            )
        os.close(slave)

    def read(self, seconds: float = 0.05) -> None:
        """Take what the program has written."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            try:
                self.output += os.read(self.master, 1 << 16)
            except OSError:
                pass

    def until(self, words: bytes, since: int = 0) -> None:
        """Read until the words have been written after `since`."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.output[since:]:
            assert time.monotonic() < deadline, f"never wrote {words!r}: {self.output[-2000:]!r}"
            self.read()

    def state(self) -> str:
        """The process's state letter (proc_pid_stat(5))."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0]

    def main_thread(self) -> list[str]:
        """The fields of its main thread from the state on (proc_pid_stat(5))."""
        with open(f"/proc/{self.pid}/task/{self.pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()

    def await_state(self, letters: str) -> None:
        """Read until the process is in one of the states."""
        deadline = time.monotonic() + PATIENCE
        while self.state() not in letters:
            assert time.monotonic() < deadline
            self.read()

    def at_rest(self) -> None:
        """Read until there is nothing to read for longer than two frames, time and again: only clocks still move."""
        deadline, still = time.monotonic() + PATIENCE, 0
        while still < 5:
            assert time.monotonic() < deadline, "it never comes to rest"
            before = len(self.output)
            self.read(0.15)
            still += len(self.output) == before

    def end(self) -> int:
        """Read to the end; the exit status as a shell has it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while len(before := self.output) != (self.read(0.01) or len(self.output)):
                    del before
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            assert time.monotonic() < deadline, "it does not end"
            self.read()

    def kill(self) -> None:
        """Leave no process behind."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        try:
            os.close(self.master)
        except OSError:
            pass


@pytest.fixture
def screen(tmp_path):
    """The screen on a running session, after Textual's first paint."""
    folder = make_session(tmp_path / "sessions", "running")
    opened = []

    def open_screen(**how) -> Screen:
        there = Screen(tmp_path / "sessions", folder.id, **how)
        opened.append(there)
        there.until(b"\x1b[?1004h")  # the first picture sets no such mode
        began = there.output.index(b"\x1b[?1004h")
        there.until(b"refinement", began)
        there.until(b"Palette", began)
        return there

    yield open_screen
    for there in opened:
        there.kill()


COLLECTS = """
import gc, os
from autotrain_tui.cli import main as cli
from autotrain_tui.tui import app
collect_again = app.collect_again
def told():
    collect_again()
    with open(os.environ["TOLD"], "w") as out:
        print("collects", gc.isenabled(), file=out)
app.collect_again = told
cli.entry()
"""


def test_garbage_is_collected_once_the_screen_stands(screen, tmp_path, monkeypatch):
    """The start goes without the collector; the screen that is then there for days does not."""
    told = tmp_path / "told"
    monkeypatch.setenv("TOLD", str(told))
    there = screen(program=("-c", COLLECTS))
    deadline = time.monotonic() + PATIENCE
    while not told.exists() or not told.read_text().endswith("\n"):
        assert time.monotonic() < deadline, "the collector is never turned on again"
        there.read()
    assert told.read_text() == "collects True\n"


def assert_restored(there: Screen, modes: Iterable[bytes] = tuple(MODES)) -> None:
    """Every mode that was switched on is switched off after that, and the line discipline is as it was."""
    for on in modes:
        off = MODES[on]
        assert there.output.rfind(off) > there.output.rfind(on) >= 0, (on, off)
    assert termios.tcgetattr(there.master)[3] == there.modes[3]


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT, signal.SIGUSR1, signal.SIGUSR2],
)
def test_a_signal_ends_the_screen_and_restores_the_terminal(screen, number):
    """A signal that ends the program: modes off, status 128 + n."""
    there = screen()
    os.kill(there.pid, number)
    assert there.end() == 128 + number
    assert_restored(there)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_screen_whose_terminal_reads_nothing(screen, number):
    """A stopped tmux, a dead connection: the program waits to write, and yet a signal ends it and gives all back: the
    settings of the line (echo, canonical input), and what ends the alternate screen, for when it reads again.
    """
    there = screen()
    deadline = time.monotonic() + PATIENCE
    turn, still, before = 0, 0, ""
    while still < 8:  # it paints for each key, until neither the terminal nor the queue to it has room
        assert time.monotonic() < deadline
        os.write(there.master, b"1245"[turn % 4 :][:1])
        time.sleep(0.3)
        worked = " ".join(there.main_thread()[11:13])  # utime and stime: a loop that waits does no work
        turn, still, before = turn + 1, still + 1 if worked == before else 0, worked
    os.kill(there.pid, number)
    while there.state() != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert there.end() == 128 + number
    assert_restored(there)


def test_q_and_enter_detach_with_status_0(screen):
    """The ordinary way out: what continues, and how to wait for its end, stays in the terminal."""
    there = screen()
    os.write(there.master, b"q")
    there.until(b"Detach")
    os.write(there.master, b"\r")
    assert there.end() == 0
    assert_restored(there)
    left = there.output[there.output.rfind(b"\x1b[?1049l") :].decode()
    assert "digits running · 2 of 5 stages · " in left
    assert "wait for its end with: autotrain-tui wait 20261122-150403-digits" in left


@pytest.mark.process
@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("finished", 0, "digits succeeded · 5 of 5 stages"),
        ("failed", 1, "digits failed"),
        ("stopped", 5, "digits stopped"),
        ("budget", 0, "digits ended by its budget"),
        ("interrupted", 1, "digits has no active runner"),
    ],
)
def test_leaving_exits_as_the_session_would(tmp_path, state, status, words):
    """The screen's exit status is that of the session's run, and one line with its folder stays in the terminal."""
    folder = make_session(tmp_path / "sessions", state)
    there = Screen(tmp_path / "sessions", folder.id)
    try:
        there.until(b"Palette")
        os.write(there.master, b"d")
        assert there.end() == status
        left = there.output[there.output.rfind(b"\x1b[?1049l") :].decode()
        line = next(each for each in left.splitlines() if words in each)
        assert line.rstrip().endswith(folder.id)
        assert "continues" not in left
    finally:
        there.kill()


@pytest.mark.parametrize(
    ("state", "words"), [("finished", "it had succeeded"), ("interrupted", "it had no active runner")]
)
def test_a_session_deleted_while_shown_stands_as_it_was_last_read(tmp_path, capsys, state, words):
    """The line in the terminal is a sentence in each state, and the exit status is that of the last reading."""
    folder = make_session(tmp_path / "sessions", state)
    seen = load_view(folder)
    shutil.rmtree(folder.path)
    assert after_screen(folder, seen) == status_of(seen)
    assert words in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("ignored", [False, True])
def test_a_terminal_that_is_gone_ends_the_screen(screen, ignored):
    """A closed window ends the program, also with SIGHUP ignored, by end of file."""
    there = screen(ignore_hangup=ignored)
    os.close(there.master)
    deadline = time.monotonic() + PATIENCE
    while True:
        pid, status = os.waitpid(there.pid, os.WNOHANG)
        if pid:
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert os.waitstatus_to_exitcode(status) in (129, -signal.SIGHUP)


def test_a_terminal_without_a_size(screen):
    """A terminal that says 0x0 (a serial line, some containers) is taken for 80 columns, and the screen comes to rest."""
    there = screen(size=(0, 0))
    there.at_rest()
    os.write(there.master, b"2")
    there.until(b"loss")
    there.at_rest()
    os.kill(there.pid, signal.SIGTERM)
    assert there.end() == 128 + signal.SIGTERM


def test_a_window_that_changes_all_the_time_comes_to_rest(screen):
    """Sizes that come faster than they are laid out don't chase each other for ever."""
    there = screen()
    for height in (24, 50, 30, 44, 36) * 5:
        fcntl.ioctl(there.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, 3 * height, 0, 0))
        there.read(0.005)
    there.at_rest()
    os.kill(there.pid, signal.SIGTERM)
    assert there.end() == 128 + signal.SIGTERM


def test_stop_and_continue(screen):
    """SIGTSTP gives the terminal back and stops; SIGCONT takes it again and paints everything."""
    there = screen()
    os.kill(there.pid, signal.SIGTSTP)
    there.await_state("T")
    there.at_rest()  # it writes no more, but what it wrote may take several reads
    assert_restored(there)
    before = len(there.output)
    os.kill(there.pid, signal.SIGCONT)
    there.until(b"\x1b[?1049h", before)
    there.until(b"refinement", before)
    there.until(b"Palette", before)
    os.kill(there.pid, signal.SIGTERM)
    assert there.end() == 128 + signal.SIGTERM
    assert_restored(there)


def test_continue_without_stop_leaves_one_screen(screen):
    """An unexpected SIGCONT (a frozen machine, a debugger) does no harm: keys still work once."""
    there = screen()
    before = len(there.output)
    os.kill(there.pid, signal.SIGCONT)
    there.until(b"Palette", before)
    os.write(there.master, b"d")
    assert there.end() == 0
    assert_restored(there)


def test_nothing_of_a_stage_reaches_the_terminal_raw(screen, tmp_path):
    """Escape sequences in names, reasons and last words are not passed on: no clipboard, title, link, query."""
    hostile = "\x1b]52;c;ZXZpbA==\x07\x1b]0;stolen\x07\x1b[6n\x1b[2J\u202e[bold]words[/nothing]"
    folder = SessionFolder(tmp_path / "sessions" / "20261122-150403-digits")
    there = screen()
    before = len(there.output)
    append(
        folder,
        AttemptEnded(
            stage="refinement", attempt=1, state="failed", exit_code=1, reason=hostile, failure=hostile, lines=[hostile]
        ),
    )
    there.until(b"words[/nothing]", before)
    os.kill(there.pid, signal.SIGTERM)
    there.end()
    for raw in (b"]52;", b"stolen", b"\x1b[6n", b"\x1b[2J", "\u202e".encode()):
        assert raw not in there.output
