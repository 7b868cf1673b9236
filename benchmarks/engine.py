"""Bounds 1, 10, 15 and 16, and the time a stage of nothing takes: what the engine costs.

Each figure is taken against its limit or peer in the same run, both sides in turn, medians quoted. `equal` is how two
equal things came out, so that a ratio can be judged. Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/engine.py [--rounds 5] [--lines 1000000] [--only flood stages idle commands journal]
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.journal import events as ev
from autotrain_tui.session.journal.journal_file import JournalWriter
from autotrain_tui.session.journal.session_view import SessionFollower
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.send_command import send_command
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.folder import SessionFolder

WRITERS = {
    "single writes": "import os\nfor i in range({n}): os.write(1, b'%099d\\n' % i)",
    "64 KiB writes": "import os\nline = b'x' * 99 + b'\\n'\nblock = line * 655\nfor i in range({n} // 655 + 1): os.write(1, block)",
    "print(flush=True)": "for i in range({n}): print('%099d' % i, flush=True)",
}


def row(name: str, ours: float, other: float, bound: float, unit: str) -> None:
    ratio = ours / other if other else float("inf")
    print(
        f"{name}, {ours:.4g} {unit}, {other:.4g} {unit}, {ratio:.3f}, {bound}, {'yes' if ratio <= bound else 'NO'}",
        flush=True,
    )


def limit(name: str, ours: float, bound: float, unit: str) -> None:
    print(f"{name}, {ours:.4g} {unit}, –, –, {bound:g} {unit}, {'yes' if ours <= bound else 'NO'}", flush=True)


def session(root: Path, plan: str) -> tuple[SessionFolder, subprocess.Popen[bytes]]:
    prepared = prepare(parse_plan(plan, "benchmark"), Overrides(), root=root, sessions=root / "sessions")
    folder = create(prepared, root=root, sessions=root / "sessions")
    return folder, spawn_runner(folder)


def finish(folder: SessionFolder, runner: subprocess.Popen[bytes]) -> SessionFollower:
    follower = SessionFollower(folder)
    while not follower.poll()[0].finished:
        time.sleep(0.02)
    runner.wait()
    return follower


def plan_of(code: str) -> str:
    command = [sys.executable, "-c", code.replace("{", "{{").replace("}", "}}")]
    return f'name = "bench"\ncommand = {msgspec.json.encode(command).decode()}\n[[stage]]\nname = "a"\n'


def flood(root: Path, rounds: int, lines: int) -> None:
    """Bound 1: wall time of a printing program under us against the same program into a file."""
    for kind, text in WRITERS.items():
        code = text.format(n=lines)
        ours: list[float] = []
        alone: list[float] = []
        again: list[float] = []
        for _ in range(rounds):
            for times in (alone, again):
                with open(root / "alone", "wb") as log:
                    began = time.monotonic()
                    subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=log, check=True)
                    times.append(time.monotonic() - began)
            folder, runner = session(root, plan_of(code))
            view = finish(folder, runner).poll()[0]
            attempt = view.session.stages[0].attempts[0]
            end = attempt.end
            assert end is not None
            assert end.elapsed_seconds is not None
            ours.append(end.elapsed_seconds)
            written = folder.at(attempt.folder).log.stat().st_size
            assert written == (root / "alone").stat().st_size, "bytes are missing"
            folder.at(attempt.folder).log.unlink()
        row(f"1 {lines} lines, {kind}", statistics.median(ours), statistics.median(alone), 1.05, "s")
        row("  equal things", statistics.median(again), statistics.median(alone), 1.05, "s")


def stages(root: Path, rounds: int) -> None:
    """A plan of 100 stages of `true`: time per stage, against starting `true` alone."""
    text = 'name = "bench"\ncommand = ["true"]\n' + "".join(f'[[stage]]\nname = "s{n}"\n' for n in range(100))
    ours: list[float] = []
    alone: list[float] = []
    for _ in range(rounds):
        began = time.monotonic()
        for _ in range(100):
            subprocess.run(["true"], check=True)
        alone.append((time.monotonic() - began) * 10)
        folder, runner = session(root, text)
        began = time.monotonic()
        finish(folder, runner)
        ours.append((time.monotonic() - began) * 10)
    print(
        f"100 stages of true, {statistics.median(ours):.3g} ms a stage, {statistics.median(alone):.3g} ms, "
        f"{statistics.median(ours) / statistics.median(alone):.1f}, –, –"
    )


def idle(root: Path) -> None:
    """Bound 10: CPU and memory of a runner whose one stage is silent."""
    folder, runner = session(root, plan_of("import time; time.sleep(600)"))
    process = psutil.Process(runner.pid)
    time.sleep(8)
    before = process.cpu_times()
    began = time.monotonic()
    time.sleep(20)
    after = process.cpu_times()
    seconds = after.user + after.system - before.user - before.system
    limit("10 idle runner, CPU", 100 * seconds / (time.monotonic() - began), 0.1, "%")
    limit("10 idle runner, resident", process.memory_info().rss / 2**20, 40, "MiB")
    send_command(folder, "kill")
    finish(folder, runner)


def commands(root: Path, rounds: int) -> None:
    """Bound 15: from the command's file to its journaled answer."""
    folder, runner = session(root, plan_of("import time; time.sleep(600)"))
    follower = SessionFollower(folder)
    while not follower.poll()[0].session.stages[0].attempts:
        time.sleep(0.05)
    time.sleep(1)
    times: list[float] = []
    for number in range(rounds * 4):
        began = time.monotonic()
        send_command(folder, "budget", args={"seconds": 3600 + number})
        times.append((time.monotonic() - began) * 1e3)
    limit("15 a command taken and answered, median", statistics.median(times), 150, "ms")
    send_command(folder, "kill")
    finish(folder, runner)


def journal(root: Path, rounds: int) -> None:
    """Bound 16: durable events against SQLite FULL; events without fsync against raw write(2)."""
    event = ev.Alert(kind="bench", text="x" * 150)
    durable = 200
    plain = 20_000

    def ours_durable() -> None:
        writer = JournalWriter(root / "j")
        for _ in range(durable):
            writer.append(writer.stamp(event))
        writer.close()

    def sqlite_full() -> None:
        base = sqlite3.connect(root / "s.db", isolation_level=None)
        base.execute("pragma synchronous=full")
        base.execute("pragma journal_mode=wal")
        base.execute("create table if not exists e (t text)")
        text = msgspec.json.encode(event).decode()
        for _ in range(durable):
            base.execute("insert into e values (?)", (text,))
        base.close()

    def ours_plain() -> None:
        writer = JournalWriter(root / "j2")
        for _ in range(plain):
            writer.append(writer.stamp(event), sync=False)
        writer.close()

    def raw() -> None:
        descriptor = os.open(root / "r", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        data = msgspec.json.encode(event) + b"\n"
        for _ in range(plain):
            os.write(descriptor, data)
        os.close(descriptor)

    for name, one, other, bound, clock in (
        ("16 durable events (SQLite FULL, WAL)", ours_durable, sqlite_full, 1.0, time.monotonic),
        ("16 events without fsync (raw write), processor time", ours_plain, raw, 1 / 0.4, time.process_time),
    ):
        first, second = timed_in_turn(one, other, rounds, clock)
        row(name, first, second, round(bound, 2), "s")


def timed_in_turn(
    one: Callable[[], None], other: Callable[[], None], rounds: int, clock: Callable[[], float]
) -> tuple[float, float]:
    """Median seconds of each by that clock, run in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, results in zip((one, other), times, strict=True):
            began = clock()
            function()
            results.append(clock() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", default=["flood", "stages", "idle", "commands", "journal"])
    options = parser.parse_args()
    print("name, ours, other, ratio, bound, held")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if "flood" in options.only:
            flood(root, options.rounds, options.lines)
        if "stages" in options.only:
            stages(root, options.rounds)
        if "idle" in options.only:
            idle(root)
        if "commands" in options.only:
            commands(root, options.rounds)
        if "journal" in options.only:
            journal(root, options.rounds)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"(largest child: {peak:.0f} MiB)")


if __name__ == "__main__":
    main()
