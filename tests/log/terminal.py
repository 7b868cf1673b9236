"""A log pane in a program of its own, on a pseudo-terminal, with all that it writes there."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

SHOW = """
import resource, sys
from pathlib import Path
import autotrain_tui.tui  # before textual, as in the program itself
from tests.log.pane_app import PaneApp
PaneApp(Path(sys.argv[1])).run()
# not ru_maxrss, which exec() hands on from the process that forked us: that is pytest itself
status = Path("/proc/self/status")
peak = (int(status.read_text().split("VmHWM:")[1].split()[0]) if status.exists()
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print("PEAK", peak, flush=True)
"""
ROOT = Path(__file__).parents[2]


class Terminal:
    """A program on a pseudo-terminal of 100x30, and all that it wrote there."""

    def __init__(self, log: Path) -> None:
        self.written = bytearray()
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SHOW, str(log)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def until(self, marker: bytes) -> None:
        """Read until the marker is written anew (two minutes at most)."""
        deadline, new = time.monotonic() + 120, b""
        while marker not in new:
            assert time.monotonic() < deadline, self.written[-2000:]
            if select.select([self.master], [], [], 0.1)[0]:
                piece = os.read(self.master, 65536)
                self.written += piece
                new = new[-100_000:] + piece

    def drain(self, seconds: float) -> None:
        """Take what is written for a while."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                self.written += os.read(self.master, 65536)

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def quit(self) -> int:
        """End the program; its peak memory in KiB."""
        self.press(b"\x11")
        self.until(b"PEAK")
        self.process.wait(120)
        while select.select([self.master], [], [], 0)[0]:
            try:
                self.written += os.read(self.master, 65536)
            except OSError:
                break
        os.close(self.master)
        return int(bytes(self.written).split(b"PEAK")[1].split()[0])
