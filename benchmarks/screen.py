"""Bounds 7, 9, 11 and 14: the screen in a real pseudo-terminal.

First painted screen (header, stages and the log's last line) against a bare Textual application's, by the clock and by
the processor's time, which others on the machine disturb less; CPU of an idle screen with one silent stage; from a key
to its paint, idle and under a stage that prints as fast as it can. Prints `name, ours, other, ratio, bound, held`.

Both sides run from bytecode, as after an installation with pip: a checkout under PYTHONDONTWRITEBYTECODE would compile
ours anew at each start.

    python benchmarks/screen.py [--rounds 7] [--only first idle keys] [--before PYTHON]
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import msgspec
import psutil

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.folder import SessionFolder

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("painted-mark")
Bare().run()
"""

FRAMES = """
from textual.app import App
from textual.widgets import Static
class Frame(Static, can_focus=True):
    pass
class Frames(App):
    CSS = "Frame { border: round red; height: 1fr; } Frame:focus { border: round green; }"
    def compose(self):
        yield from (Frame("painted-mark"), Frame("two"), Frame("three"))
Frames().run()
"""


class Terminal:
    """A program in a pseudo-terminal of 200x50 whose output is read as it comes."""

    def __init__(self, command: list[str]) -> None:
        self.began = time.monotonic()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TEXTUAL_ANIMATIONS="none")
            os.execvp(command[0], command)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.seen = b""

    def read(self, seconds: float) -> bytes:
        """What comes within `seconds`, at the first arrival."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return b""
        self.seen += data
        return data

    def until(self, mark: bytes, seconds: float = 20) -> float:
        """Seconds since the start until `mark` has been painted."""
        deadline = time.monotonic() + seconds
        while mark not in self.seen:
            assert time.monotonic() < deadline, self.seen[-500:]
            self.read(0.5)
        return time.monotonic() - self.began

    def drain(self, quiet: float) -> None:
        """Read until nothing came for `quiet` seconds, at most 5 s."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and self.read(quiet):
            pass

    def key_to_paint(self, key: bytes, wanted: bytes) -> float:
        """Milliseconds from a key until what it changes is painted."""
        while self.read(0):
            pass
        self.seen = b""
        began = time.monotonic()
        os.write(self.master, key)
        while wanted not in self.seen and time.monotonic() - began < 5:
            self.read(0.5)
        return (time.monotonic() - began) * 1e3

    def close(self) -> float:
        """End it; seconds of the processor that it took."""
        os.kill(self.pid, signal.SIGKILL)
        used = os.wait4(self.pid, 0)[2]
        os.close(self.master)
        return used.ru_utime + used.ru_stime


def session(root: Path, code: str) -> tuple[SessionFolder, subprocess.Popen[bytes]]:
    command = msgspec.json.encode([sys.executable, "-c", code]).decode()
    plan = f'name = "bench"\ncommand = {command}\n[[stage]]\nname = "a"\n'
    prepared = prepare(parse_plan(plan, "benchmark"), Overrides(), root=root, sessions=root / "sessions")
    folder = create(prepared, root=root, sessions=root / "sessions")
    return folder, spawn_runner(folder)


def ours(root: Path, folder: SessionFolder) -> list[str]:
    return [sys.executable, "-P", "-m", "autotrain_tui", "attach", folder.id, "--sessions-dir", str(root / "sessions")]


def row(name: str, one: float, other: float, bound: float, unit: str) -> None:
    print(
        f"{name}, {one:.4g} {unit}, {other:.4g} {unit}, {one / other:.3f}, {bound}, "
        f"{'yes' if one / other <= bound else 'NO'}",
        flush=True,
    )


def limit(name: str, one: float, bound: float, unit: str) -> None:
    print(f"{name}, {one:.4g} {unit}, –, –, {bound:g} {unit}, {'yes' if one <= bound else 'NO'}", flush=True)


def first(root: Path, rounds: int) -> None:
    """Bound 7."""
    folder, runner = session(root, "import time; print('painted-mark', flush=True); time.sleep(600)")
    home = [sys.executable, "-m", "autotrain_tui", "--sessions-dir", str(root / "none")]
    commands = {
        "bare": [sys.executable, "-c", BARE],
        "ours": ours(root, folder),
        "home": home,
        "again": [sys.executable, "-c", BARE],
    }
    clock: dict[str, list[float]] = {name: [] for name in commands}
    cpu: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            terminal = Terminal(command)
            seconds = terminal.until(b"painted-mark" if name != "home" else b"Palette")
            used = terminal.close()
            if number:  # the first round writes the bytecode
                clock[name].append(seconds)
                cpu[name].append(used)
    for title, times in (("", clock), (", CPU", cpu)):
        middle = {name: statistics.median(values) for name, values in times.items()}
        row(
            f"7 first painted screen against a bare Textual application{title}",
            middle["ours"],
            middle["bare"],
            1.25,
            "s",
        )
        row(f"  the same without a session (home){title}", middle["home"], middle["bare"], 1.25, "s")
        row(f"  equal things{title}", middle["again"], middle["bare"], 1.25, "s")
    end(folder, runner)


def idle(root: Path, seconds: float, before: str | None) -> None:
    """Bound 9, and 7 of the issue on speed. `before`: an interpreter with an earlier version, beside ours all the time."""
    folder, runner = session(root, "import time; time.sleep(600)")
    words = ours(root, folder)[1:]
    interpreters = [sys.executable, *([before] if before else [])]
    terminals = [Terminal([python, *words]) for python in interpreters]
    for terminal in terminals:
        terminal.until(b"bench")
    _read_all(terminals, 8)  # until the first seconds' imports and paintings are over
    processes = [psutil.Process(terminal.pid) for terminal in terminals]
    begun, began = [each.cpu_times() for each in processes], time.monotonic()
    for terminal in terminals:
        terminal.seen = b""
    _read_all(terminals, seconds)
    taken = time.monotonic() - began
    shares = [
        100 * (after.user + after.system - first.user - first.system) / taken
        for first, after in zip(begun, [each.cpu_times() for each in processes], strict=True)
    ]
    limit("7 idle screen, one silent stage, CPU", shares[0], 0.8, "%")
    if before:
        row("  the same against the version before", *shares, 1.0, "%")
    print(
        f"  idle screen: {processes[0].memory_info().rss / 2**20:.0f} MiB resident; "
        f"{len(terminals[0].seen) / taken:.0f} bytes a second to the terminal",
        flush=True,
    )
    for terminal in terminals:
        terminal.close()
    end(folder, runner)


def _read_all(terminals: list[Terminal], seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        ready = select.select([each.master for each in terminals], [], [], left)[0]
        for each in terminals:
            if each.master in ready:
                each.read(0)


def keys(root: Path, rounds: int) -> None:
    """Bound 11: Tab moves the focus, whose border is painted anew."""
    flood = "import os\nline = b'x' * 99 + b'\\n'\nwhile True: os.write(1, line * 100)"
    for name, code, median_bound, worst_bound in (
        ("idle", "import time; time.sleep(600)", 5, 40),
        ("under a flooding stage", flood, 16, 80),
    ):
        folder, runner = session(root, code)
        terminal, bare = Terminal(ours(root, folder)), Terminal([sys.executable, "-c", FRAMES])
        terminal.until(b"bench")
        bare.until(b"painted-mark")
        times: list[float] = []
        others: list[float] = []
        for each in (terminal, bare):
            each.drain(1)
        for _ in range(rounds * 4):
            for each, taken in ((terminal, times), (bare, others)):
                taken.append(each.key_to_paint(b"\t", b"\x1b["))
                until = time.monotonic() + 0.15
                while time.monotonic() < until:
                    each.read(0.02)
        limit(f"11 key to paint, {name}, median", statistics.median(times), median_bound, "ms")
        limit(f"11 key to paint, {name}, 95 %", sorted(times)[int(len(times) * 0.95)], worst_bound, "ms")
        middle = statistics.median(times), statistics.median(others)
        print(
            f"  against a bare Textual application's Tab, {middle[0]:.4g} ms, {middle[1]:.4g} ms, "
            f"{middle[0] / middle[1]:.3f}, –, –",
            flush=True,
        )
        for each in (terminal, bare):
            each.close()
        log = load_view(folder).session.stages[0].attempts[0].folder
        end(folder, runner)
        folder.at(log).log.unlink()


def end(folder: SessionFolder, runner: subprocess.Popen[bytes]) -> None:
    send_command(folder, "kill")
    runner.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", default=["first", "idle", "keys"])
    parser.add_argument("--seconds", type=float, default=20, help="how long the idle screen is looked at")
    parser.add_argument(
        "--before", metavar="PYTHON", help="an interpreter with an earlier version, for the idle screen"
    )
    options = parser.parse_args()
    print("name, ours, other, ratio, bound, held")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(root / "bytecode")
        if "first" in options.only:
            first(root, options.rounds)
        if "idle" in options.only:
            idle(root, options.seconds, options.before)
        if "keys" in options.only:
            keys(root, options.rounds)


if __name__ == "__main__":
    main()
