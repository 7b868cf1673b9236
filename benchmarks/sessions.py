"""Bound 19: `ls` and History over ten thousand sessions. Prints `name, ours, other, ratio, bound, held`.

Ours: milliseconds of the command beyond its start-up (the same command where there is one session); of what History
reads before its first screenful, and in all. Other: glob and the standard library's json over the same sessions'
session.json, in a process that is up already. Times are of the processor (user and system), so that other programs on
the machine hardly matter. Both in turn, medians; the bounds are the ratios of 10 ms and 80 ms to the 325 ms that glob
and json took where they were set. The last rows: what the kernel alone takes to tell of every session whether its
journal or its notes changed (`lstat` and `access`, which is what no list can do without), and glob and json twice.

    python benchmarks/sessions.py [--sessions 10000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autotrain_tui.session.history.classic_document import classic_pieces
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.tui.model.session_rows import RowReader

STAGES = 5
STAMP = "20250101-000000"


def main() -> None:
    """Make the sessions, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        many, one = root / "many", root / "one"
        _make(many, options.sessions)
        _make(one, 1)
        os.environ |= {"XDG_CACHE_HOME": f"{scratch}/cache", "PYTHONPYCACHEPREFIX": f"{scratch}/bytecode"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        print("name, ours, other, ratio, bound, held")
        for words, bound in ((["ls"], 10 / 325), (["ls", "--json"], 10 / 325), (["ls", "-n", "20"], 10 / 325)):
            _row(f"{' '.join(words)}, from the index", many, one, words, bound, options.rounds)
        _in_process(
            "History, its first screenful, from the index",
            many,
            lambda: RowReader(many / "sessions").take(),
            10 / 325,
            options.rounds,
        )
        _in_process(
            "History, all of it, from the index",
            many,
            lambda: _all(RowReader(many / "sessions")),
            10 / 325,
            options.rounds,
        )
        _in_process("lstat and access of each, nothing else", many, lambda: _ask(many), 10 / 325, options.rounds)
        _row("ls, without an index", many, one, ["ls"], 80 / 325, options.rounds, before=lambda: _forget(scratch))
        for summary in many.glob("sessions/*/session.json"):
            document = json.loads(summary.read_bytes())
            summary.write_text(json.dumps({key: value for key, value in document.items() if key != "row"}))
        _row(
            "ls, without index and summaries",
            many,
            one,
            ["ls"],
            80 / 325,
            min(2, options.rounds),
            before=lambda: _forget(scratch),
        )
        first, second = [], []
        for _ in range(options.rounds):
            first.append(_seconds(lambda: _glob(many)))
            second.append(_seconds(lambda: _glob(many)))
        _print("glob and json again", statistics.median(first), statistics.median(second), 1.0)


def _row(
    name: str,
    many: Path,
    one: Path,
    words: list[str],
    bound: float,
    rounds: int,
    before: Callable[[], None] = lambda: None,
) -> None:
    ours, other = [], []
    for number in range(rounds + 1):  # the first one fills the caches
        before()
        start_up = _seconds(lambda: _run(one, words))
        whole = _seconds(lambda: _run(many, words))
        theirs = _seconds(lambda: _glob(many))
        if number:
            ours.append(whole - start_up)
            other.append(theirs)
    _print(name, statistics.median(ours), statistics.median(other), bound)


def _in_process(name: str, many: Path, call: Callable[[], object], bound: float, rounds: int) -> None:
    figures = [(_seconds(call), _seconds(lambda: _glob(many))) for _ in range(rounds)]
    ours, other = (statistics.median(column) for column in zip(*figures, strict=True))
    _print(name, ours, other, bound)


def _all(turns: RowReader) -> None:
    while turns.take() is not None:
        pass


def _ask(project: Path) -> None:
    for name in os.listdir(project / "sessions"):
        os.lstat(f"{project}/sessions/{name}/journal.jsonl")
        os.access(f"{project}/sessions/{name}/notes.json", os.F_OK)


def _print(name: str, ours: float, other: float, bound: float) -> None:
    print(
        f"{name}, {ours * 1e3:.1f} ms, {other * 1e3:.1f} ms, {ours / other:.3f}, {bound:.3f}, "
        f"{'yes' if ours / other <= bound else 'no'}",
        flush=True,
    )


def _seconds(call: Callable[[], object]) -> float:
    begin = _spent()
    call()
    return _spent() - begin


def _spent() -> float:
    """Seconds of the processor that this process and the commands it waited for took."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _run(project: Path, words: list[str]) -> None:
    script = str(Path(sys.executable).with_name("autotrain-tui"))
    subprocess.run([script, *words, "--project", str(project)], stdout=subprocess.DEVNULL, check=True)


def _glob(project: Path) -> int:
    """What a script would do."""
    found = 0
    for path in glob.glob(f"{project}/sessions/*/session.json"):
        with open(path, encoding="utf-8") as file:
            found += json.load(file)["session"] != ""
    return found


def _forget(scratch: str) -> None:
    shutil.rmtree(f"{scratch}/cache", ignore_errors=True)


def _make(project: Path, count: int) -> None:
    """A project with `count` finished sessions of five stages, each as its runner would have left it."""
    (project / "stages").mkdir(parents=True)
    model = SessionFolder(project / "model")
    model.path.mkdir()
    _write(model)
    journal, summary = model.journal.read_bytes(), model.summary.read_bytes()
    shutil.rmtree(model.path)
    for number in range(count):
        name = time.strftime("%Y%m%d-%H%M%S", time.gmtime(1735689600 + 977 * number)) + "-bench"
        folder = SessionFolder(project / "sessions" / name)
        folder.path.mkdir(parents=True)
        folder.journal.write_bytes(journal.replace(f"{STAMP}-bench".encode(), name.encode()))
        folder.summary.write_bytes(
            summary.replace(f"{STAMP}-bench".encode(), name.encode()).replace(b'"model"', f'"{name}"'.encode())
        )


def _write(folder: SessionFolder) -> None:
    names = [f"stage-{number}" for number in range(1, STAGES + 1)]
    events: list[ev.Event] = [
        ev.SessionCreated(
            id=f"{STAMP}-bench",
            plan="bench",
            metric_name="accuracy",
            stages=[ev.StageDefinition(name, place) for place, name in enumerate(names, 1)],
        ),
        ev.RunnerStarted(pid=2),
    ]
    for place, name in enumerate(names, 1):
        events += [
            ev.AttemptStarting(
                stage=name,
                attempt=1,
                folder=f"stages/{place}-{name}/attempt-1",
                command=["python", "train.py", "--epochs", "20"],
                params={"epochs": 20},
            ),
            ev.AttemptRunning(stage=name, attempt=1, pid=9),
            ev.Estimated(stage=names[-1], estimate_seconds=place * 60.0, estimate_source="session"),
            ev.Alert(kind="stall", text="nothing was printed for a minute", stage=name),
            ev.AttemptEnded(
                stage=name,
                attempt=1,
                state="succeeded",
                exit_code=0,
                metrics={"accuracy": place / 10, "loss": 1 / place},
                best=place / 10,
            ),
        ]
    writer = JournalWriter(folder.journal)
    for event in (*events, ev.SessionFinished(outcome="succeeded")):
        writer.append(writer.stamp(event), sync=False)
    session = load_view(folder).session
    folder.summary.write_bytes(b"".join(classic_pieces(session, session.mono, writer.length)))
    writer.close()


if __name__ == "__main__":
    main()
