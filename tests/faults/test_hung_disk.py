"""A home that does not answer (FAULTS F5), under the screen: what is read waits, keys do not. Injected by a library."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from autotrain_tui.session.journal.events import Alert
from autotrain_tui.session.records.folder import SessionFolder
from tests.faults.means import needs_compiler, preload
from tests.tui.sessions import append, make_session
from tests.tui.test_terminal import MODES, PATIENCE, Screen

pytestmark = [pytest.mark.process, needs_compiler]

LEAVES_SECONDS = 20.0
"""Two, and more on a machine that is busy; without the mechanism it never leaves."""

Hang = Callable[[bool], None]


@pytest.fixture
def folder(tmp_path: Path) -> SessionFolder:
    """A session that runs."""
    return make_session(tmp_path / "sessions", "running")


@pytest.fixture
def screen(tmp_path: Path, folder: SessionFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Screen]]:
    """Opens the screen on it; paths that end with the name given hang while the file `hangs` exists."""
    opened: list[Screen] = []

    def open_screen(name: str) -> Screen:
        monkeypatch.setenv("HANG_NAME", name)
        monkeypatch.setenv("HANG_FLAG", str(tmp_path / "hangs"))
        monkeypatch.setenv("LD_PRELOAD", str(preload(tmp_path, "hang")))
        there = Screen(tmp_path / "sessions", folder.id)
        opened.append(there)
        monkeypatch.delenv("LD_PRELOAD")
        there.until(b"refinement")
        there.until(b"Palette")
        return there

    yield open_screen
    for there in opened:
        there.kill()


EXIT_STATUS = {"ls": 0, "show": 0, "wait": 3, "logs": 0, "metrics": 0, "export": 0}
"""Of each verb on a session that nobody runs, once its disk answers."""


def test_a_command_that_waits_for_the_disk_says_so(folder, tmp_path: Path) -> None:
    """After some seconds stderr names the folder and since when; the command goes on when the disk answers."""
    hangs = tmp_path / "hangs"
    hangs.touch()
    environment = {
        **os.environ,
        "LD_PRELOAD": str(preload(tmp_path, "hang")),
        "HANG_NAME": "journal.jsonl",
        "HANG_FLAG": str(hangs),
    }
    with ExitStack() as ended:
        commands = {}
        for verb in EXIT_STATUS:
            words = [verb, *([] if verb == "ls" else [folder.id]), "--sessions-dir", str(tmp_path / "sessions")]
            command = subprocess.Popen(
                [sys.executable, "-m", "autotrain_tui", *words, *(["--timeout", "1"] if verb == "wait" else [])],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            ended.callback(command.wait)
            ended.callback(command.kill)
            commands[verb] = command
        for verb, command in commands.items():
            assert command.stderr is not None
            assert f"still reading {tmp_path / 'sessions'}" in command.stderr.readline(), verb
        hangs.unlink()
        for verb, command in commands.items():
            out, error = command.communicate(timeout=120)
            assert command.returncode == EXIT_STATUS[verb], (verb, error)
            assert verb not in ("ls", "show") or "running" in out


def press(screen: Screen, keys: bytes) -> int:
    """Press keys; where the output stands."""
    here = len(screen.output)
    os.write(screen.master, keys)
    return here


def is_restored(screen: Screen) -> bool:
    """Whether every mode that was set is reset."""
    return all(screen.output.rfind(back) > screen.output.rfind(on) for on, back in MODES.items())


def test_a_journal_that_hangs_is_told_and_keys_work(screen, folder, tmp_path: Path) -> None:
    """The screen says since when it cannot read; help opens and closes; news come when the disk answers again."""
    there = screen("journal.jsonl")
    (tmp_path / "hangs").touch()
    there.until(b"cannot read")
    here = press(there, b"?")
    there.until(b"Continue a paused", here)
    press(there, b"\x1b")
    (tmp_path / "hangs").unlink()
    here = len(there.output)
    append(folder, Alert(kind="stall", text="unmoved", stage="refinement"))
    there.until(b"unmoved", here)  # fails if it never comes
    assert there.state() not in "TZX"


def test_the_screen_is_left_while_the_journal_hangs(screen, tmp_path: Path) -> None:
    """q and Enter detach with status 0, the terminal as it was, although a thread still waits for the disk."""
    there = screen("journal.jsonl")
    (tmp_path / "hangs").touch()
    there.until(b"cannot read")
    here = press(there, b"q")
    there.until(b"Detach", here)
    began = time.monotonic()
    press(there, b"\r")
    assert there.end() == 0
    assert time.monotonic() - began < LEAVES_SECONDS
    assert is_restored(there)


@pytest.mark.parametrize("key", [b"q", b"\x03", b"\x11"], ids=["q", "ctrl+c", "ctrl+q"])
def test_the_screen_is_left_while_its_event_loop_hangs(screen, tmp_path: Path, key: bytes) -> None:
    """The log of another stage is opened by the event loop: a key that leaves ends the screen all the same, and says so."""
    there = screen("/log")
    (tmp_path / "hangs").touch()
    press(there, b"\x1b[A")
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "hangs.met").exists():
        assert time.monotonic() < deadline, "the event loop never opens the log"
        there.read()
    began = time.monotonic()
    press(there, key)
    assert there.end() == 0
    assert time.monotonic() - began < LEAVES_SECONDS
    assert b"the disk does not answer; training continues" in there.output
    assert is_restored(there)


def test_a_slow_event_loop_is_not_left(screen) -> None:
    """q on a screen that answers asks its question, and nothing leaves behind a person's back."""
    there = screen("journal.jsonl")
    here = press(there, b"q")
    there.until(b"Detach", here)
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        there.read(0.1)
    assert there.state() not in "TZX"
    press(there, b"\r")
    assert there.end() == 0
    assert b"the disk does not answer" not in there.output
