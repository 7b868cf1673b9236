"""A stage that prints 100 MB/s for a minute, with the screen attached in a real pseudo-terminal; bounds 1, 2, 6 and 11.

The same program into a plain file before and after; keys timed on the screen while it prints; resident memory of the
screen, the runner and both shims, from the first seconds to the end; then every line compared with what was printed,
and counted by a search for what all of them say; last, first and middle lines found by `/` on the screen. A second
stage prints as fast with `log_limit_mb = 100`: the most disk its log takes. Prints `name, ours, other, ratio, bound,
held`. Needs the whole size free once (6 GB); nothing is left behind. Where keys and writes are timed, waiting
for a core that other programs have is left out.

    python benchmarks/flood.py [--rate 100] [--seconds 60] [--folder /tmp]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil
from screen import Terminal, end, limit, ours, row

from autotrain_tui.logs.log_file import LogFile
from autotrain_tui.logs.query import Pattern, TextQuery
from autotrain_tui.logs.scanner import LineScan
from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.attempt_files import Started, read_record
from autotrain_tui.session.records.folder import AttemptFolder, SessionFolder

FLOOD = '''
"""Numbered lines of 100 bytes, a megabyte at a time, at a rate; its own figures go into a file."""
import json, os, sys, time
megabytes, rate, figures = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
text = b"epoch 5/12 step %04d/10000 loss 0.2123 accuracy 0.9502 lr 3.1e-04 412 examples/s"
template = b"".join((b"######## line %04d " % n + text % n).ljust(99)[:99] + b"\\n" for n in range(10_000))
schedstat = os.open("/proc/self/schedstat", os.O_RDONLY)
def waited():
    return int(os.pread(schedstat, 100, 0).split()[1]) / 1e9
began, writing = time.monotonic(), 0.0
for number in range(megabytes):
    if (early := began + number / rate - time.monotonic()) > 0:
        time.sleep(early)
    data = memoryview(template.replace(b"########", b"%08d" % number))
    before = time.monotonic() - waited()
    while data:
        data = data[os.write(1, data):]
    writing += time.monotonic() - waited() - before
with open(figures, "w") as out:
    json.dump({"taken": time.monotonic() - began, "writing": writing}, out)
'''
MEGABYTE = 1_000_000
LINES = 10_000


def block(number: int) -> bytes:
    """What the stage prints as its megabyte of that number."""
    return TEMPLATE.replace(b"########", b"%08d" % number)


TEXT = b"epoch 5/12 step %04d/10000 loss 0.2123 accuracy 0.9502 lr 3.1e-04 412 examples/s"
TEMPLATE = b"".join((b"######## line %04d " % n + TEXT % n).ljust(99)[:99] + b"\n" for n in range(LINES))


class Flood:
    """The program, and what it says of its own run."""

    def __init__(self, root: Path, megabytes: int, rate: float) -> None:
        self.root, self.megabytes, self.rate = root, megabytes, rate
        self.program, self.figures = root / "flood.py", root / "figures.json"
        self.program.write_text(FLOOD)

    @property
    def command(self) -> list[str]:
        return [sys.executable, str(self.program), str(self.megabytes), str(self.rate), str(self.figures)]

    def said(self) -> dict[str, float]:
        """Seconds: `taken` in all, `writing` within write(2) but not waiting for a core."""
        said: dict[str, float] = msgspec.json.decode(self.figures.read_bytes())
        self.figures.unlink()
        return said

    def into_a_file(self) -> dict[str, float]:
        """Without us."""
        path = self.root / "plain"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        subprocess.run(self.command, stdout=descriptor, check=True)
        os.close(descriptor)
        path.unlink()
        return self.said()

    def session(self, **keys: object) -> tuple[SessionFolder, subprocess.Popen[bytes]]:
        """As a stage of ours."""
        more = "".join(f"{name} = {value}\n" for name, value in keys.items())
        text = f'name = "bench"\ncommand = {msgspec.json.encode(self.command).decode()}\n{more}[[stage]]\nname = "a"\n'
        prepared = prepare(parse_plan(text, "benchmark"), Overrides(), root=self.root, sessions=self.root / "sessions")
        folder = create(prepared, root=self.root, sessions=self.root / "sessions")
        return folder, spawn_runner(folder)


class Memory:
    """Resident memory of our processes, MiB, as they are looked at."""

    def __init__(self, processes: dict[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self.seen: dict[str, list[float]] = {name: [] for name in processes}

    def look(self) -> None:
        for name, process in self._processes.items():
            try:
                self.seen[name].append(process.memory_info().rss / 2**20)
            except psutil.NoSuchProcess:
                continue

    def tell(self) -> None:
        """From the first sixth of the time to the most."""
        for name, sizes in self.seen.items():
            first, most = max(sizes[: len(sizes) // 6 + 1]), max(sizes)
            bound = 5 if name == "screen" else 1
            print(
                f"2 memory of the {name} at the most and in the first sixth, {most:.1f} MiB, {first:.1f} MiB, "
                f"+{most - first:.1f} MiB, +{bound} MiB, {'yes' if most - first <= bound else 'NO'}",
                flush=True,
            )


def waited(pid: int) -> float:
    """Milliseconds that a process's main thread and ours have waited for a core (/proc/PID/schedstat)."""
    return sum(int(Path(f"/proc/{each}/schedstat").read_text().split()[1]) for each in (pid, "self")) / 1e6


def key(terminal: Terminal, pressed: bytes, mark: bytes) -> float:
    """Milliseconds from a key to its mark, less those in which other programs had the cores."""
    before = waited(terminal.pid)
    return terminal.key_to_paint(pressed, mark) - (waited(terminal.pid) - before)


def attempt_of(folder: SessionFolder) -> AttemptFolder:
    """The only attempt's folder, once its shims have begun."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        attempts = load_view(folder).session.stages[0].attempts
        if attempts and read_record(folder.at(attempts[0].folder).path, Started).record is not None:
            return folder.at(attempts[0].folder)
        time.sleep(0.02)
    raise TimeoutError("the stage never began")


def watched(flood: Flood) -> dict[str, float]:
    """The flood as a stage, with the screen attached: keys, memory, every line; the program's own figures."""
    folder, runner = flood.session()
    terminal = Terminal(ours(flood.root, folder))
    try:
        attempt = attempt_of(folder)
        started = read_record(attempt.path, Started).record
        assert started is not None
        assert started.a is not None
        assert started.b is not None
        terminal.until(b"following")
        memory = Memory({"screen": terminal.pid, "runner": runner.pid, "shim": started.a.pid, "guard": started.b.pid})
        times: list[float] = []
        while not flood.figures.exists():
            times.append(key(terminal, b"k", b"reading"))
            rest(terminal, 0.3)
            times.append(key(terminal, b"f", b"following"))
            rest(terminal, 0.3)
            memory.look()
        times = times[2:-2]  # neither its start nor its end
        limit("11 key to paint, 100 MB/s, median", statistics.median(times), 16, "ms")
        limit("11 key to paint, 100 MB/s, 95 %", sorted(times)[int(len(times) * 0.95)], 80, "ms")
        memory.tell()
        runner.wait()
        compare(attempt.log, flood.megabytes)
        find(attempt.log, flood.megabytes)
        on_screen(terminal, flood.megabytes)
        return flood.said()
    finally:
        terminal.close()
        if runner.poll() is None:
            end(folder, runner)
        shutil.rmtree(folder.path)


def rest(terminal: Terminal, seconds: float) -> None:
    """Read what the screen paints for so long."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        terminal.read(left)


def compare(log: Path, megabytes: int) -> None:
    """Every line is in the file, once, in order, and nothing else."""
    whole = log.stat().st_size == megabytes * MEGABYTE
    with log.open("rb") as file:
        good = sum(file.read(MEGABYTE) == block(number) for number in range(megabytes))
    print(
        f"1 lines in the file, {good * LINES}, {megabytes * LINES}, {good / megabytes:.3f}, all, "
        f"{'yes' if whole and good == megabytes else 'NO'}",
        flush=True,
    )


def find(log: Path, megabytes: int) -> None:
    """Each line is found by what all of them say; the last line by its own text, against `grep -F`."""
    file = LogFile(str(log))
    file.refresh()
    every = scanned(file, "line")
    print(
        f"6 lines that a search for 'line' finds, {every[0]}, {megabytes * LINES}, "
        f"{every[0] / megabytes / LINES:.3f}, all, {'yes' if every[0] == megabytes * LINES else 'NO'}",
        flush=True,
    )
    text = f"{megabytes - 1:08} line {LINES - 1:04}"
    scanned(file, text), grepped(log, text)  # once for the page cache
    figures = [(scanned(file, text), grepped(log, text)) for _ in range(3)]
    our = statistics.median(one[1] for one, _ in figures)
    other = statistics.median(other for _, other in figures)
    held = other / our >= 0.6 and all(one[0] == 1 for one, _ in figures)
    print(
        f"6 exact search for the last line / grep -F (ratio of speeds), {our:.3g} s, {other:.3g} s, "
        f"{other / our:.2f}, >= 0.6, {'yes' if held else 'NO'}",
        flush=True,
    )


def scanned(file: LogFile, text: str) -> tuple[int, float]:
    """Lines found in the whole file, and the seconds that took."""
    scan, began = LineScan(file, TextQuery((Pattern(text, case=True),))), time.monotonic()
    while scan.step():
        pass
    return scan.total, time.monotonic() - began


def grepped(log: Path, text: str) -> float:
    began = time.monotonic()
    subprocess.run(["grep", "-F", text, str(log)], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def on_screen(terminal: Terminal, megabytes: int) -> None:
    """First, middle and last line, typed after `/` on the screen, each shown and the only one."""
    found, taken = 0, []
    for number, line in ((0, 0), (megabytes // 2, 4321), (megabytes - 1, LINES - 1)):
        text = f"{number:08} line {line:04}"
        rest(terminal, 0.5)
        began = time.monotonic()
        os.write(terminal.master, b"/\x15")
        rest(terminal, 0.3)
        terminal.seen = b""
        os.write(terminal.master, text.encode() + b"\r")
        while b"1 of 1" not in terminal.seen and time.monotonic() - began < 60:
            terminal.read(0.5)
        rest(terminal, 0.3)
        found += b"1 of 1" in terminal.seen
        taken.append(time.monotonic() - began)
    print(
        f"6 lines found by / on the screen (first, middle, last), {found}, 3, {max(taken):.1f} s at the longest, all, "
        f"{'yes' if found == 3 else 'NO'}",
        flush=True,
    )


def limited(flood: Flood, megabytes: int) -> None:
    """The most disk that a runaway stage's log takes with `log_limit_mb`."""
    folder, runner = flood.session(log_limit_mb=megabytes)
    try:
        log, most = attempt_of(folder).log, 0
        while runner.poll() is None:
            if log.exists():
                most = max(most, log.stat().st_blocks * 512)
            time.sleep(0.02)
        size = log.stat().st_size
        print(
            f"– disk of {size // MEGABYTE} MB printed with log_limit_mb = {megabytes}, {most / MEGABYTE:.0f} MB, "
            f"{megabytes} MB, {most / MEGABYTE / megabytes:.2f}, 2, {'yes' if most <= 2 * megabytes * MEGABYTE else 'NO'}",
            flush=True,
        )
        flood.said()
    finally:
        if runner.poll() is None:
            end(folder, runner)
        shutil.rmtree(folder.path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=100, help="MB/s")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--folder", default=None, help="where the logs are made")
    options = parser.parse_args()
    megabytes = int(options.rate * options.seconds)
    print("name, ours, other, ratio, bound, held")
    with tempfile.TemporaryDirectory(prefix="autotrain-flood-", dir=options.folder) as place:
        if shutil.disk_usage(place).free < 1.5 * megabytes * MEGABYTE:
            sys.exit(f"{place} lacks room for {megabytes} MB")
        flood = Flood(Path(place), megabytes, options.rate)
        before = flood.into_a_file()
        our = watched(flood)
        after = flood.into_a_file()
        for name, what in (("wall time", "taken"), ("seconds in write(2)", "writing")):
            plain = (before[what] + after[what]) / 2
            row(f"1 {name} of the stage against a plain file, the screen attached", our[what], plain, 1.15, "s")
            row(f"  equal things: {name}, plain files", after[what], before[what], 1.15, "s")
        limited(Flood(Path(place), min(megabytes, int(20 * options.rate)), options.rate), 100)


if __name__ == "__main__":
    main()
