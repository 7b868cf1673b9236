"""Notifications through the terminal: only while its window has not the focus, and only to the terminal."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autotrain_tui.session.journal.events import Alert, AttemptEnded, SessionFinished
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.model.notifications import Item
from autotrain_tui.tui.model.terminal_alert import TerminalAlert, alert_kind, alert_sequence
from tests.tui.sessions import append, make_session
from tests.tui.test_terminal import PATIENCE, Screen

FAILED = AttemptEnded(stage="refinement", attempt=1, state="failed", exit_code=1, reason="out; of\x1b]0;x\x07 memory")
FOCUS_IN, FOCUS_OUT = b"\x1b[I", b"\x1b[O"


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({"TERM": "xterm-kitty"}, "osc99"),
        ({"TERM": "foot-extra"}, "osc777"),
        ({"TERM": "rxvt-unicode-256color"}, "osc777"),
        ({"TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ({"TERM_PROGRAM": "WezTerm"}, "osc9"),
        ({"TERM_PROGRAM": "ghostty", "TMUX": "/tmp/tmux"}, "bell"),
        ({"TERM": "screen-256color"}, "bell"),
        ({"TERM": "xterm-256color"}, "bell"),
        ({"TERM": "xterm-256color", "AUTOTRAIN_NOTIFY": "OSC777"}, "osc777"),
        ({"TERM": "xterm-kitty", "AUTOTRAIN_NOTIFY": "off"}, "off"),
        ({"TERM": "xterm-kitty", "AUTOTRAIN_NOTIFY": "loud"}, "osc99"),
    ],
)
def test_the_terminal_decides_unless_a_person_does(environment: dict[str, str], kind: str) -> None:
    """AUTOTRAIN_NOTIFY is obeyed; without a value that is one, the terminal's name decides, and else it is the bell."""
    assert alert_kind(environment) == kind


def test_only_what_a_person_must_know_is_told() -> None:
    """A stage that succeeds is no alert, a failure and the session's end are; several give one bell."""
    good, bad, end = Item("a succeeded"), Item("b failed", severity="error"), Item("digits: done", ends=True)
    assert alert_sequence(TerminalAlert.BELL, [good], "digits") == ""
    assert alert_sequence(TerminalAlert.BELL, [good, bad, end], "digits") == "\a"
    assert alert_sequence(TerminalAlert.OFF, [bad], "digits") == ""
    assert alert_sequence(TerminalAlert.OSC9, [good, bad], "digits") == "\x1b]9;digits: b failed\x1b\\"


@pytest.mark.parametrize("kind", [TerminalAlert.OSC9, TerminalAlert.OSC777, TerminalAlert.OSC99])
def test_no_text_ends_its_sequence(kind: TerminalAlert) -> None:
    """Whatever a title and a text hold, the sequence's own ends are the only control characters in it."""
    hostile = "4;1;\x1b\\\a\x9c\x9d\n\u202e" + "x" * 5000
    written = alert_sequence(kind, [Item(hostile, hostile, "error")], "digits")
    parts = written.split("\x1b\\")
    assert parts.pop() == ""
    assert all(part.startswith("\x1b]") and part[2:].isprintable() and len(part) < 500 for part in parts)
    if kind is TerminalAlert.OSC777:
        assert written.count(";") == 3 + hostile.count(";")


@pytest.fixture
def running(tmp_path: Path) -> SessionFolder:
    return make_session(tmp_path / "sessions", "running")


@pytest.fixture
def terminal(
    tmp_path: Path, running: SessionFolder, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Screen]:
    monkeypatch.setenv("AUTOTRAIN_NOTIFY", request.param)
    there = Screen(tmp_path / "sessions", running.id)
    there.until(b"refinement")
    there.until(b"Palette")
    yield there
    os.kill(there.pid, signal.SIGKILL)
    os.waitpid(there.pid, 0)
    os.close(there.master)


def heard(terminal: Screen, since: int = 0) -> bytes:
    """What was written, without the shapes of the pointer, which end with a bell too."""
    return re.sub(rb"\x1b\]22;[a-z-]*\x07", b"", terminal.output[since:])


def press_focus(terminal: Screen, sign: bytes) -> None:
    """Move the focus, and wait until that has been read: so has an Esc before it, which closes the help.

    The Esc is written as the kitty protocol has it: a plain one would be the start of what follows.
    """
    before = len(terminal.output)
    os.write(terminal.master, b"?")
    terminal.until(b"searches, Esc closes", before)
    terminal.at_rest()
    before = len(terminal.output)
    os.write(terminal.master, b"\x1b[27u" + sign)
    terminal.until(b"Palette", before)
    terminal.at_rest()


def until_heard(terminal: Screen, words: bytes) -> None:
    deadline = time.monotonic() + PATIENCE
    while words not in heard(terminal):
        assert time.monotonic() < deadline, f"never wrote {words!r}"
        terminal.read()


TOLD = {
    "osc9": b"\x1b]9;digits: refinement failed: out; of memory\x1b\\",
    "osc777": b"\x1b]777;notify;digits;refinement failed: out; of memory\x1b\\",
    "osc99": b"\x1b]99;i=autotrain-tui:d=0;digits\x1b\\"
    b"\x1b]99;i=autotrain-tui:p=body;refinement failed: out; of memory\x1b\\",
    "bell": b"\a",
}


@pytest.mark.process
@pytest.mark.parametrize(("terminal", "told"), TOLD.items(), indirect=["terminal"])
def test_a_failure_is_told_while_the_window_has_not_the_focus(
    terminal: Screen, running: SessionFolder, told: bytes
) -> None:
    """An alert is written to the terminal after the window lost the focus, none before; and to no file of the session."""
    append(running, Alert(kind="stall", stage="refinement", text="no progress"))
    terminal.until(b"no progress")
    terminal.at_rest()
    assert told[:4] not in heard(terminal)
    press_focus(terminal, FOCUS_OUT)
    append(running, FAILED)
    until_heard(terminal, told)
    press_focus(terminal, FOCUS_IN)
    before = len(terminal.output)
    append(running, SessionFinished(outcome="failed", reason=""))
    terminal.until(b"digits", before)
    terminal.at_rest()
    assert told[:4] not in heard(terminal, before)
    files = [path for path in running.path.rglob("*") if path.is_file()]
    assert not [path for path in files if b"\x1b]9" in path.read_bytes() or b"\a" in path.read_bytes()]


@pytest.mark.process
@pytest.mark.parametrize("terminal", ["off"], indirect=True)
def test_off_is_obeyed(terminal: Screen, running: SessionFolder) -> None:
    """With AUTOTRAIN_NOTIFY=off the failure is on the screen, and no bell and no sequence is written."""
    press_focus(terminal, FOCUS_OUT)
    append(running, FAILED)
    terminal.until(b"out; of memory")
    terminal.at_rest()
    assert not [sign for sign in (b"\a", b"\x1b]9;", b"\x1b]777;", b"\x1b]99;") if sign in heard(terminal)]
