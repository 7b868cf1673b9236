"""A session that runs for long: what grows, what is left open, what is lost.

One stage prints 500 readings a second, short stages run one after the other beside it, 20 commands a minute are sent,
the screen is attached in a pseudo-terminal and the web page follows the session. Every ten seconds memory and
descriptors of runner, screen and page are looked at. At the end every line of every log, every reading and every
command's answer is held against what was printed and sent. Prints `name, ours, other, ratio, bound, held`; status 1
if one does not hold. Memory counts from minute five on, in a shorter run from two fifths of it on.

    python benchmarks/soak.py [--minutes 60] [--pause 0.2] [--folder /tmp]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

from screen import Terminal, ours

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.errors import AutotrainError
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.journal.events import AttemptEnded, CommandTaken
from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.journal.state import Session, Stage
from autotrain_tui.session.journal.transitions import StageState
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.folder import SessionFolder
from benchmarks.web import free_port, serve, started

READINGS = """
import time
began, step = time.monotonic(), 0
while True:
    for _ in range(25):
        step += 1
        print(f"step {step} loss {1 / step:.6f} accuracy {1 - 1 / step:.6f}")
    time.sleep(max(0.0, began + step / 250 - time.monotonic()))
"""
SHORT = """
import sys, time
for number in range(1, 101):
    print(f"line {number} of 100")
time.sleep(float(sys.argv[1]))
"""
COMMANDS: tuple[tuple[str, str | None], ...] = (
    ("hold", "last"), ("budget", None), ("freeze", "readings"), ("resume", "readings"), ("release", "last"),
)  # fmt: skip
EVERY_SECONDS = 3.0
LOOK_SECONDS = 10.0
MEMORY_BOUND, SPREAD_BOUND = 2.0, 4


def program(path: Path, code: str) -> None:
    """A program that stages name by its path: a plan of thousands of them has at most 1 MiB."""
    path.write_text(f"#!{sys.executable} -u\n{code}")
    path.chmod(0o755)


def plan(root: Path, minutes: float, pause: float) -> str:
    """One stage that prints all the time, and more short ones than the time is enough for."""
    program(root / "readings", READINGS)
    program(root / "short", SHORT)

    def stage(name: str, command: str, needs: str) -> str:
        needed = f'"{needs}"' if needs else ""  # an empty list: not the stage above
        return f'[[stage]]\nname = "{name}"\ncommand = "{command}"\nneeds = [{needed}]\n'

    count = int(minutes * 60 / (pause + 0.05)) + 1
    names = [f"s{number}" for number in range(1, count + 1)]
    chain = [stage(name, f"./short {pause}", before) for name, before in zip(names, ["", *names], strict=False)]
    last = stage("last", f"./short {pause}", names[-1])
    head = 'name = "soak"\njobs = 2\nmax_hours = 100\nmetric = { name = "loss", goal = "min" }\n'
    return head + stage("readings", "./readings", "") + "".join(chain) + last


class Process:
    """Memory and open descriptors of one process, as they are looked at."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.seen: list[tuple[float, float, int]] = []
        """When, MiB, descriptors."""

    def look(self, now: float) -> None:
        """Once more; nothing if it has ended."""
        with contextlib.suppress(OSError):
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
            descriptors = len(os.listdir(f"/proc/{self.pid}/fd"))
            self.seen.append((now, pages * os.sysconf("SC_PAGE_SIZE") / 2**20, descriptors))

    def rows(self, name: str, settled: float, ended: Callable[[float, float], int]) -> Iterator[bool]:
        """Print how far memory grew once settled, and the descriptors; whether each holds.

        `ended` is how many stages ended between two moments: their records stay in memory.
        """
        late = [(size, count) for now, size, count in self.seen if now >= settled]
        times = [now for now, _, _ in self.seen if now >= settled]
        third = max(1, len(late) // 3)
        first, last = late[:third], late[-third:]
        before, after = (sum(size for size, _ in part) / len(part) for part in (first, last))
        yield row(f"memory of the {name}, last third, first third", after, before, MEMORY_BOUND, "MiB")
        stages = ended(times[third // 2], times[-1 - third // 2])
        print(
            f"#   {stages} stages ended between them: {1024 * (after - before) / max(1, stages):.1f} KiB each",
            flush=True,
        )
        before, after = (max(count for _, count in part) for part in (first, last))
        yield row(f"most descriptors of the {name}, last third, first third", after, before, SPREAD_BOUND, "")


def row(name: str, one: float, other: float, bound: float, unit: str) -> bool:
    """A line whose bound is of the difference."""
    held = one - other <= bound
    ratio = f"{one / other:.3f}" if other else "–"
    print(
        f"{name}, {one:.4g} {unit}, {other:.4g} {unit}, {ratio}, +{bound:g} {unit}, {'yes' if held else 'NO'}",
        flush=True,
    )
    return held


def follow(folder: Path, port: int, session: str, over: threading.Event) -> None:
    """The page's stream of changes, read as a browser does."""
    token = (folder / "token").read_text().split()[0]
    address = f"http://127.0.0.1:{port}/api/sessions/{session}/events"
    while not over.is_set():
        with contextlib.suppress(OSError):
            request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                while not over.is_set() and answer.readline():
                    pass


def send(folder: SessionFolder, over: threading.Event, sent: list[str]) -> None:
    """Twenty commands a minute; the ids of those that were answered."""
    for number, (verb, stage) in enumerate(cycle(COMMANDS)):
        if over.wait(EVERY_SECONDS):
            return
        args = {"seconds": 360_000 + number} if verb == "budget" else None
        try:
            sent.append(send_command(folder, verb, stage=stage, args=args).command.id)
        except AutotrainError as error:
            print(f"# {verb}: {error}", flush=True)


def complete(stage: Stage, log: Path, text: str) -> bool:
    """Whether a short stage succeeded with all its lines; the one that the end of the soak stops has their beginning."""
    printed = log.read_text() if log.exists() else ""
    if stage.state is StageState.STOPPED:
        return text.startswith(printed)
    return stage.state is StageState.SUCCEEDED and printed == text


def lost(folder: SessionFolder, session: Session, sent: list[str]) -> Iterator[bool]:
    """Print what is missing or twice in logs, readings and journal; whether each is complete."""
    shorts = [stage for stage in session.stages if stage.name[1:].isdigit() and stage.attempts]
    text = "".join(f"line {number} of 100\n" for number in range(1, 101))
    bad = [stage for stage in shorts if not complete(stage, folder.at(stage.attempts[-1].folder).log, text)]
    for stage in bad:
        print(f"#   {stage.name}: {stage.state}: {stage.reason}", flush=True)
    stopped = sum(stage.state is StageState.STOPPED for stage in shorts)
    yield row("short stages that the soak's own end stopped", stopped, 0, 1, "")
    yield row(f"short stages of {len(shorts)} that failed, or lack a line", len(bad), 0, 0, "")
    attempt = folder.at(session.stages[0].attempts[-1].folder)
    lines = [line for line in attempt.log.read_text().split("\n") if line.startswith("step ")]
    steps = [int(line.split()[1]) for line in lines]
    yield row("lines of the long log that are missing or twice", sum(a != b for a, b in enumerate(steps, 1)), 0, 0, "")
    read: dict[str, list[float]] = {}
    for line in attempt.readings.read_bytes().splitlines():
        if isinstance(record := json.loads(line), list):
            read.setdefault(record[1], []).append(record[3])
    for name in ("loss", "accuracy"):
        wrong = sum(a != b for a, b in enumerate(read.get(name, []), 1))
        missing = abs(len(read.get(name, [])) - len(steps))
        yield row(f"readings of {name} of {len(steps)} that are missing or twice", wrong + missing, 0, 1, "")
    answered = [event.id for event in read_journal(folder.journal).events if isinstance(event, CommandTaken)]
    wrong = sum(answered.count(each) != 1 for each in sent)
    yield row(f"answers to {len(sent)} commands that are missing or twice", wrong, 0, 0, "")


def soak(root: Path, minutes: float, pause: float) -> bool:
    """Run it; whether all holds."""
    prepared = prepare(
        parse_plan(plan(root, minutes, pause), "soak"), Overrides(), root=root, sessions=root / "sessions"
    )
    folder = create(prepared, root=root, sessions=root / "sessions")
    runner = spawn_runner(folder)
    terminal, port, over, sent = Terminal(ours(root, folder)), free_port(), threading.Event(), list[str]()
    terminal.until(b"readings", 60)
    with started(serve(root, port), port, root) as (server, _):
        threads = [
            threading.Thread(target=follow, args=(root, port, folder.id, over)),
            threading.Thread(target=send, args=(folder, over, sent)),
        ]
        for thread in threads:
            thread.start()
        watched = {"runner": Process(runner.pid), "screen": Process(terminal.pid), "page": Process(server.pid)}
        began = looked = time.monotonic()
        while (now := time.monotonic()) < began + minutes * 60:
            terminal.read(1.0)
            terminal.seen = b""
            if now >= looked:
                looked = now + LOOK_SECONDS
                for process in watched.values():
                    process.look(now - began)
        over.set()
        threads[1].join()
        ends = [event.mono - began for event in read_journal(folder.journal).events if isinstance(event, AttemptEnded)]

        def ended(begin: float, end: float) -> int:
            return sum(begin < each <= end for each in ends)

        held = [each for name, one in watched.items() for each in one.rows(name, settled(minutes), ended)]
        send_command(folder, "stop")
        while runner.poll() is None:
            terminal.read(0.2)
        terminal.close()
    session = load_view(folder).session
    held += lost(folder, session, sent)
    return all(held)


def settled(minutes: float) -> float:
    """Seconds after which memory is to be flat."""
    return min(300.0, minutes * 24)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds that a short stage sleeps")
    parser.add_argument("--folder", default=None, help="where the session is made")
    options = parser.parse_args()
    print("name, ours, other, ratio, bound, held", flush=True)
    with tempfile.TemporaryDirectory(prefix="autotrain-soak-", dir=options.folder) as place:
        return 0 if soak(Path(place), options.minutes, options.pause) else 1


if __name__ == "__main__":
    sys.exit(main())
