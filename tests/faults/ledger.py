"""A plan of short real stages that keep a ledger of what really ran, and the judgement of a session against it.

The ledger is written by the stages themselves (one O_APPEND write a line), so it knows what no record of ours can
claim: each real execution, its end, and whether two of a stage ever ran at once. Used by the tests of faults and by
`benchmarks/kills.py` and `benchmarks/syscalls.py`.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.journal.session_view import SessionFollower
from autotrain_tui.session.journal.state import Attempt, Stage
from autotrain_tui.session.records.folder import SessionFolder

STAGE = r"""
import fcntl, os, sys, time
name, attempt = os.environ["AUTOTRAIN_STAGE"], os.environ["AUTOTRAIN_ATTEMPT"]
ledger = os.environ["AUTOTRAIN_SESSION_DIR"] + "/ledger"
lines, pause, code, child = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "child"

def note(word):
    fd = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, f"{name} {attempt} {word}\n".encode())
    os.close(fd)

held = os.open(f"{ledger}.{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
try:
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    note("overlap")
note("begin")
if child and os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(held)
        time.sleep(600)
    os._exit(0)
metrics = os.open(os.environ["AUTOTRAIN_METRICS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
for step in range(1, lines + 1):
    os.write(1, f"line {step} of {name}\n".encode())
    os.write(metrics, f'{{"step": {step}, "accuracy": {step / 1000}}}\n'.encode())
    time.sleep(pause)
with open(os.environ["AUTOTRAIN_RESULT"], "w") as file:
    file.write('{"accuracy": 0.5}')
note(f"end {code}")
if code > 128:
    os.kill(os.getpid(), code - 128)
os._exit(code)
"""

LEDGER = re.compile(r"(\S+) (\d+) (begin|overlap|end)(?: (\d+))?")


@dataclass(frozen=True, slots=True)
class Short:
    """One stage: how many lines it prints, the pause after each in seconds, its exit code (128+n: by signal n)."""

    name: str
    lines: int = 20
    pause: float = 0.01
    code: int = 0
    child: bool = False


LADDER = (
    Short("plain"),
    Short("leaver", child=True),
    Short("seven", lines=8, code=7),
    Short("instant", lines=1, pause=0),
    Short("abort", lines=8, code=128 + 6),
    Short("last"),
)


def plan_of(stages: tuple[Short, ...] = LADDER) -> dict[str, object]:
    """The plan as a table: a stage that ends badly is skipped by its policy, so that the plan goes on."""
    script = STAGE.replace("{", "{{").replace("}", "}}")
    return {
        "name": "kills",
        "metric": {"name": "accuracy", "goal": "max"},
        "linger_seconds": 0.1,
        "retries": {"error": {"count": 1, "action": "skip"}, "signal": {"count": 1, "action": "skip"}},
        "stage": [
            {
                "name": stage.name,
                "command": [
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    script,
                    str(stage.lines),
                    str(stage.pause),
                    str(stage.code),
                    "child" if stage.child else "-",
                ],
            }
            for stage in stages
        ],
    }


@dataclass(slots=True)
class Ran:
    """One real execution by the ledger: how often it began, and the code it ended with (None: it never got there)."""

    begun: int = 0
    code: int | None = None


@dataclass(slots=True)
class Judgement:
    """What is wrong with a session, a sentence each; nothing when it came through."""

    faults: list[str] = field(default_factory=list)

    def check(self, good: bool, text: str) -> None:
        if not good:
            self.faults.append(text)


def read_ledger(folder: SessionFolder) -> tuple[dict[tuple[str, int], Ran], int]:
    """Every execution by stage and attempt, and how many overlapped with another of their stage."""
    ran: dict[tuple[str, int], Ran] = {}
    overlaps = 0
    path = folder.path / "ledger"
    for line in path.read_text().splitlines() if path.exists() else ():
        match = LEDGER.fullmatch(line)
        assert match is not None, line
        entry = ran.setdefault((match[1], int(match[2])), Ran())
        if match[3] == "begin":
            entry.begun += 1
        elif match[3] == "overlap":
            overlaps += 1
        else:
            entry.code = int(match[4])
    return ran, overlaps


def find_faults(
    folder: SessionFolder, stages: tuple[Short, ...], may_be_lost: set[tuple[str, int]], patience: float = 60.0
) -> list[str]:
    """What is wrong with a session that has come to its end; empty when nothing is.

    `may_be_lost`: stage and attempt of which both shims were killed, so that nobody could write down the end.
    """
    judgement = Judgement()
    check = judgement.check
    read = read_journal(folder.journal)
    check(not read.problems, f"journal: {[problem.text for problem in read.problems][:3]}")
    check([event.seq for event in read.events] == list(range(1, len(read.events) + 1)), "journal: numbers not 1 to n")
    follower = SessionFollower(folder)
    view, _ = follower.poll()
    check(not view.problems, f"the fold complains: {view.problems[:3]}")
    ran, overlaps = read_ledger(folder)
    check(overlaps == 0, f"{overlaps} executions ran beside another of their stage")
    for short in stages:
        stage = view.session.stage(short.name)
        assert stage is not None
        check(
            str(stage.state) == ("succeeded" if short.code == 0 else "skipped"),
            f"{short.name} is {stage.state}: {stage.reason}",
        )
        _attempts(check, folder, short, stage, ran, may_be_lost)
    left = leftovers(folder, patience)
    check(not left, f"processes left: {left}")
    return judgement.faults


def _attempts(
    check,
    folder: SessionFolder,
    short: Short,
    stage: Stage,
    ran: dict[tuple[str, int], Ran],
    may_be_lost: set[tuple[str, int]],
) -> None:
    known = {attempt.number for attempt in stage.attempts}
    for name, number in ran:
        check(name != short.name or number in known, f"{name} {number} ran, and the journal doesn't know it")
    for attempt in stage.attempts:
        entry = ran.get((short.name, attempt.number))
        what = f"{short.name} attempt {attempt.number}"
        last = attempt is stage.attempts[-1]
        check(entry is None or entry.begun == 1, f"{what}: begun {entry.begun if entry else 0} times")
        check(attempt.end is not None, f"{what}: no end")
        if str(attempt.state) == "lost":
            legal = (short.name, attempt.number) in may_be_lost
            check(legal or entry is None, f"{what}: lost without need ({attempt.end.reason if attempt.end else ''})")
        else:
            check(last, f"{what}: was run again after {attempt.state}")
            check(_code(attempt) == short.code, f"{what}: exit {_code(attempt)}, not {short.code}")
            check(entry is not None and entry.code == short.code, f"{what}: the ledger says {entry}")
        if entry is not None:
            _output(check, folder, short, attempt, entry, what)


def _output(check, folder: SessionFolder, short: Short, attempt: Attempt, entry: Ran, what: str) -> None:
    files = folder.at(attempt.folder)
    lines = files.log.read_text().splitlines()
    whole = [f"line {step} of {short.name}" for step in range(1, short.lines + 1)]
    # an execution that was itself ended (what a runner finds of a lost attempt) has the first of its lines, in order
    check(lines == whole[: None if entry.code is not None else len(lines)], f"{what}: log {Counter(lines)}")
    if str(attempt.state) != "lost":
        steps = [row[3] for row in rows_of(files.readings) if row[1] == "accuracy"]
        check(steps == list(range(1, short.lines + 1)), f"{what}: read steps {steps}")


def _code(attempt: Attempt) -> int | None:
    if attempt.end is None:
        return None
    return attempt.end.exit_code if attempt.end.signal is None else 128 + attempt.end.signal


def processes_of(folder: SessionFolder) -> dict[int, str]:
    """Every process that has to do with the session, by its environment or its command line; zombies left out."""
    marks = (
        b"AUTOTRAIN_SESSION_DIR=" + bytes(folder.path),
        bytes(folder.path) + b"/stages/",
        bytes(folder.path) + b"\0",
    )
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                data = file.read()
            with open(f"/proc/{name}/cmdline", "rb") as file:
                command = file.read()
        except OSError:
            continue
        if any(mark in data or mark in command for mark in marks):
            found[int(name)] = command.replace(b"\0", b" ").decode(errors="replace")[:160]
    return found


def leftovers(folder: SessionFolder, patience: float = 60.0) -> dict[int, str]:
    """Processes of the session that are still there after a while."""
    deadline = time.monotonic() + patience
    while (found := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def rows_of(readings: Path) -> list[list[object]]:
    """What a runner read of an attempt, row by row; empty when it read nothing."""
    if not readings.exists():
        return []
    return [msgspec.json.decode(line, type=list) for line in readings.read_bytes().splitlines()]


def json_of(path: Path) -> dict[str, object]:
    """A record as a table."""
    return msgspec.json.decode(path.read_bytes(), type=dict)
