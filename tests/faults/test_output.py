"""What a stage prints, and what the terminal does, met by plain output (FAULTS L3, X6, X7, T1, T2)."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from tests.log.hostile import EVERYTHING, FAMILIES
from tests.runner.rig import wait_for

OURS = re.compile(rb"\x1b\[(?:[0-9;]*m|\?25[lh]|[0-9]*[AKGJ])")
"""What drawing live bars needs: colour, the cursor shown and hidden, up, columns, clearing a line."""


def open_terminal() -> tuple[int, int]:
    master, slave = pty.openpty()
    modes = termios.tcgetattr(slave)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    return master, slave


def run(tmp_path: Path, slave: int, *words: str, **options: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "TERM": "xterm-256color", "AUTOTRAIN_SESSIONS_DIR": str(tmp_path / "sessions")}
    return subprocess.Popen(
        [sys.executable, "-m", "autotrain_tui", *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        cwd=tmp_path,
        start_new_session=True,
        **options,
    )


def drained(master: int, process: subprocess.Popen[bytes]) -> bytes:
    """All that a terminal got until the program's end."""
    data = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:  # EIO: nobody has it open any more
            break
        if not block:
            break
        data += block
    process.wait(120)
    return data


def sessions(tmp_path: Path) -> list[SessionFolder]:
    return [SessionFolder(path) for path in (tmp_path / "sessions").glob("2*")]


def test_no_byte_of_a_stage_commands_the_terminal(tmp_path: Path) -> None:
    """Every hostile family printed by a failing stage: `run --no-ui -v`, `show` and `logs` on a terminal write none of
    it raw, and the log keeps every byte.
    """
    (tmp_path / "bytes").write_bytes(EVERYTHING + b"\nloss=0.5 step=1\n" + EVERYTHING + b"\n")
    code = (
        "import os; data = open('bytes', 'rb').read()\nwhile data: data = data[os.write(2, data):]\nraise SystemExit(1)"
    )
    shown = b""
    for words in (["run", "--no-ui", "-v", "--", sys.executable, "-c", code], ["show"], ["logs"]):
        master, slave = open_terminal()
        process = run(tmp_path, slave, *words)
        os.close(slave)
        shown += drained(master, process)
        os.close(master)
        assert process.returncode == (1 if words[0] == "run" else 0), shown[-2000:]
    rest = OURS.sub(b"", shown)
    assert b"\x1b" not in rest, re.findall(rb".{30}\x1b.{30}", rest, re.DOTALL)[:5]
    text = rest.decode()  # and what is left is whole UTF-8
    assert not {sign for sign in text if sign not in "\n\r\t" and (ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0)}
    assert not set("\u202e\u2066\u200b\u2028") & set(text)
    assert "[@click=app.quit]x" in text, "markup is text"
    [folder] = sessions(tmp_path)
    log = folder.at(load_view(folder).session.stages[0].attempts[0].folder).log.read_bytes()
    assert log == (tmp_path / "bytes").read_bytes()
    assert FAMILIES["clipboard"] in log


@pytest.mark.parametrize("ignored", [False, True])
def test_a_lost_terminal_touches_no_training(tmp_path: Path, ignored: bool) -> None:
    """The terminal is gone in mid-run, with SIGHUP ignored or not: the watcher goes on as if detached or ends, never in
    a busy loop; the stage trains on to its end.
    """
    code = "import time\nfor step in range(60): print('step', step, flush=True); time.sleep(0.02)"
    master, slave = open_terminal()
    start = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)} if ignored else {}
    process = run(tmp_path, slave, "run", "--no-ui", "--", sys.executable, "-c", code, **start)
    os.close(slave)
    wait_for(
        lambda: any(b"attempt_running" in path.read_bytes() for path in tmp_path.glob("sessions/*/journal.jsonl")),
        "the stage",
    )
    os.close(master)
    [folder] = sessions(tmp_path)
    wait_for(lambda: load_view(folder).finished, "the end of the session")
    assert str(load_view(folder).session.outcome) == "succeeded"
    process.wait(120)
    log = folder.at(load_view(folder).session.stages[0].attempts[0].folder).log.read_text()
    assert log.splitlines() == [f"step {number}" for number in range(60)]
