"""A writer of 100 MB/s with the screen attached against the same writer alone into a file, in pairs that take turns.

Each run is one ratio; the bound holds if it holds in every run. Beside the writer's wall time stand its seconds within
write(2), waiting for a core left out, and what screen and runner take of the processor meanwhile, which says where a
ratio comes from on a busy machine. Every run waits until the disk has what the one before it wrote. Five runs of 20 s
take five minutes and 2 GB of disk at a time. Prints `name, ours, other, ratio, bound, held`; status 1 if a run falls
short.

    python benchmarks/flood_attached.py [--rounds 5] [--rate 100] [--seconds 20] [--folder /tmp]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from flood import MEGABYTE, Flood, attempt_of
from screen import Terminal, end, ours, row

from autotrain_tui.session.records.attempt_files import Started, read_record

BOUND = 1.05
TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def attached(flood: Flood) -> tuple[dict[str, float], dict[str, float]]:
    """The writer as a stage with the screen at its log: its own figures, and processor time of screen and runner."""
    folder, runner = flood.session()
    terminal = Terminal(ours(flood.root, folder))
    try:
        attempt = attempt_of(folder)
        assert read_record(attempt.path, Started).record is not None
        terminal.until(b"following")
        pids = {"screen": terminal.pid, "runner": runner.pid}
        before = {name: cpu(pid) for name, pid in pids.items()}
        while not flood.figures.exists():
            terminal.read(0.5)
            terminal.seen = b""
        used = {name: cpu(pid) - before[name] for name, pid in pids.items() if Path(f"/proc/{pid}").exists()}
        assert attempt.log.stat().st_size == flood.megabytes * MEGABYTE, "bytes are missing"
        return flood.said(), used
    finally:
        terminal.close()
        if runner.poll() is None:
            end(folder, runner)
        shutil.rmtree(folder.path)


def run(flood: Flood, number: int) -> bool:
    """One pair, in the other order each time; whether the bound holds."""
    sides = {}
    for name in ("alone", "attached") if number % 2 else ("attached", "alone"):
        os.sync()
        sides[name] = (flood.into_a_file(), {}) if name == "alone" else attached(flood)
    (with_us, used), (alone, _) = sides["attached"], sides["alone"]
    row(
        f"9 wall time of the writer, screen attached / alone, run {number}",
        with_us["taken"],
        alone["taken"],
        BOUND,
        "s",
    )
    parts = ", ".join(f"{name} {100 * seconds / with_us['taken']:.0f} %" for name, seconds in used.items())
    print(
        f"#   in write(2): {with_us['writing']:.2f} s, alone {alone['writing']:.2f} s; of a core: {parts}", flush=True
    )
    return with_us["taken"] <= BOUND * alone["taken"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=100, help="MB/s")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--folder", default=None, help="where the logs are made")
    options = parser.parse_args()
    megabytes = int(options.rate * options.seconds)
    print("name, ours, other, ratio, bound, held", flush=True)
    with tempfile.TemporaryDirectory(prefix="autotrain-flood-", dir=options.folder) as place:
        if shutil.disk_usage(place).free < 1.5 * megabytes * MEGABYTE:
            sys.exit(f"{place} lacks room for {megabytes} MB")
        flood = Flood(Path(place), megabytes, options.rate)
        held = [run(flood, number) for number in range(1, options.rounds + 1)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
