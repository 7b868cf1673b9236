"""What really goes to the terminal, byte by byte, while hostile logs are shown; and what it costs in memory."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.log.hostile import EVERYTHING, faults

SHOW = """
import resource, sys
from pathlib import Path
from tests.log.stage import PaneApp
PaneApp(Path(sys.argv[1])).run()
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
"""
SEQUENCE = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)[0-9;:]*(?P<final>[ -/]*[@-~])|\x1b(?P<string>[\]P_X^])(?P<text>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<other>[ -/]*[0-~])"
)
ROOT = Path(__file__).parents[2]


class Terminal:
    """A program on a pseudo-terminal of 100x30, and all that it wrote there."""

    def __init__(self, log: Path) -> None:
        self.written = b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SHOW, str(log)], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)

    def until(self, marker: bytes) -> None:
        """Read until the marker was written since the last call (30 seconds at most)."""
        start, deadline = len(self.written), time.monotonic() + 30
        while marker not in self.written[start:]:
            assert time.monotonic() < deadline, self.written[-2000:]
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.written += os.read(self.master, 65536)
                except OSError:  # the other end is closed: the program has gone
                    assert marker in self.written[start:], self.written[-2000:]
                    return

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def quit(self) -> int:
        """End the program; its peak memory in KiB."""
        self.press(b"\x11")
        self.until(b"PEAK")
        self.process.wait(30)
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.written += os.read(self.master, 65536)
            except OSError:
                break
        os.close(self.master)
        return int(self.written.split(b"PEAK")[1].split()[0])


def kinds(stream: str) -> set[str]:
    """The kinds of sequences in a stream: SGR and cursor addresses by what they do, strings with their text."""
    found = set()
    for match in SEQUENCE.finditer(stream):
        if match["final"]:
            found.add(f"CSI {match['private']}{match['final']}")
        elif match["string"]:
            found.add(f"{match['string']}{match['text']}")
        else:
            found.add(f"ESC {match['other']}")
    return found


def shown(log: Path, keys: bytes = b"") -> tuple[str, int]:
    """What showing a log writes to the terminal, with some keys pressed, and the peak memory."""
    terminal = Terminal(log)
    terminal.until(b"LAST")
    for key in keys.split(b" ") if keys else ():
        terminal.press(key)
        terminal.until(b"\x1b[")
    peak = terminal.quit()
    return terminal.written.decode("utf-8", "strict"), peak


def test_no_byte_of_a_hostile_log_commands_the_terminal(tmp_path: Path) -> None:
    """The stream holds the same kinds of sequences as for a harmless log, and nothing unprintable between them."""
    harmless, hostile = tmp_path / "harmless", tmp_path / "hostile"
    harmless.write_bytes(b"\x1b[31mred\x1b[0m\n" * 30 + b"LAST\n")
    hostile.write_bytes(EVERYTHING + b"\n" + bytes(range(256)) + b"\nLAST\n")
    keys = b"w g # w"
    good, _ = shown(harmless, keys)
    bad, _ = shown(hostile, keys)
    assert kinds(bad) - kinds(good) == set()
    rest = SEQUENCE.sub("", bad)
    assert set(faults(rest)) <= {"U+000D"}


def test_a_gigabyte_line_costs_no_memory(tmp_path: Path) -> None:
    """A line of 1 GB before the last one is shown with its size; memory stays as with a small log (200 MB at most)."""
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x\nLAST\n")
    with large.open("wb") as out:
        out.write(b"begin ")
        out.truncate(2**30)
        out.seek(2**30)
        out.write(b" end\nLAST\n")
    _, usual = shown(small)
    terminal = Terminal(large)
    terminal.until(b"1.0 GiB line cut")
    assert terminal.quit() < min(usual + 20 * 1024, 200 * 1024)
