"""Another checkout beside this one, in one run: first painted screen, `ls`, `show`, `--help` and the idle screen.

Both sides read the same live session and take turns, from bytecode; the other side against itself is printed beside,
to show how equal two equal things come out.

    python benchmarks/against.py OTHER_PYTHON [--rounds 15] [--bound 1.05]

OTHER_PYTHON is the interpreter of a virtual environment that has the other checkout installed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import functools
import os
import pty
import resource
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

MARK = b"painted-mark"


def project(folder: Path) -> None:
    """A project whose stage prints one line and then is silent."""
    (folder / "stages").mkdir()
    (folder / "stages" / "p.toml").write_text(
        'name = "p"\n[[stage]]\nname = "one"\n'
        f'command = ["{{python}}", "-c", "import time; print(\'{MARK.decode()}\', flush=True); time.sleep(3600)"]\n'
    )


def run(python: str, folder: Path, *words: str) -> bytes:
    """The program's output; it must end well."""
    return subprocess.run([python, "-m", "autotrain_tui", *words], cwd=folder, capture_output=True, check=True).stdout


def cpu_of_command(python: str, folder: Path, *words: str) -> float:
    """Seconds of processor time of one plain command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(python, folder, *words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Screen:
    """`attach` in a pseudo-terminal, painted."""

    def __init__(self, python: str, folder: Path) -> None:
        began = time.perf_counter()
        self.pid, self.descriptor = pty.fork()
        if not self.pid:
            os.chdir(folder)
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
            os.execv(python, [python, "-m", "autotrain_tui", "attach"])
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        seen = b""
        while MARK not in seen:
            seen += os.read(self.descriptor, 1 << 16)
        self.painted = time.perf_counter() - began

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rest(self, seconds: float) -> None:
        """Take what it paints for that long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.descriptor], [], [], left)[0]:
                os.read(self.descriptor, 1 << 16)

    def close(self) -> None:
        """End it; the session lives on."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.descriptor)


def first_paint(python: str, folder: Path) -> float:
    """Seconds until the log's last line stands on the screen."""
    screen = Screen(python, folder)
    screen.close()
    return screen.painted


def idle(python: str, folder: Path, seconds: float = 10.0) -> float:
    """Share of a core of an idle screen, in per cent."""
    with contextlib.closing(Screen(python, folder)) as screen:
        screen.rest(4.0)
        before, began = screen.cpu(), time.monotonic()
        screen.rest(seconds)
        return 100 * (screen.cpu() - before) / (time.monotonic() - began)


def compare(name: str, measure: Callable[[str], float], ours: str, other: str, rounds: int, bound: float) -> bool:
    """Measure in turns; print the medians, their ratio, and what equal against equal gave."""
    mine, theirs, again = [], [], []
    measure(ours), measure(other)
    for _ in range(rounds):
        theirs.append(measure(other))
        mine.append(measure(ours))
        again.append(measure(other))
    a, b, c = (statistics.median(each) for each in (mine, theirs, again))
    held = a / b <= bound
    print(f"{name:24} {a:8.3f} {b:8.3f} {a / b:6.2f}  {bound:4.2f}  {'yes' if held else 'no':4} {c / b:6.2f}")
    return held


def _cpu(verb: str, folder: Path, python: str) -> float:
    return cpu_of_command(python, folder, verb)


def main() -> int:
    """Print `name, ours, other, ratio, bound, held, equal`; 1 where one falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--bound", type=float, default=1.05)
    options = parser.parse_args()
    ours = sys.executable
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        project(folder)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")  # both sides run from bytecode, as installed ones
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        run(ours, folder, "run", "--detach")
        print(f"{'name':24} {'ours':>8} {'other':>8} {'ratio':>6}  bound held  equal")
        cases: list[tuple[str, Callable[[str], float], int]] = [
            *(
                (f"{verb}, CPU s", functools.partial(_cpu, verb, folder), options.rounds)
                for verb in ("--help", "ls", "show")
            ),
            ("first painted screen, s", lambda python: first_paint(python, folder), options.rounds),
            ("idle screen, % of a core", lambda python: idle(python, folder), max(3, options.rounds // 4)),
        ]
        held = [compare(name, measure, ours, options.other, rounds, options.bound) for name, measure, rounds in cases]
        run(ours, folder, "kill", "--wait")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
