"""Bounds 12, 13, 14: what the pair of shims costs a start, how much memory it holds, how soon an end is known.

Both sides in turn, medians over all rounds. Prints `name, ours, other, ratio, bound, held`: milliseconds, and MiB.

    python benchmarks/shim.py [--rounds 40]
"""

# ruff: noqa: ASYNC240  nothing else runs in this loop
from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autotrain_tui.runner.launchers.local import LocalLauncher
from autotrain_tui.session.records.attempt_files import Spec, Started, read_record

CLOCK = [sys.executable, "-I", "-S", "-c", "import time, sys; print(time.monotonic())"]
LATE = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(0.05); print(time.monotonic(), flush=True)"]


def alone(root: Path) -> float:
    """Milliseconds from the call to the command's first instruction, started directly into a file."""
    with open(root / "alone", "wb") as log:
        began = time.monotonic()
        subprocess.run(CLOCK, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
    return (float((root / "alone").read_text()) - began) * 1e3


async def under_shims(folder: Path, command: list[str]) -> tuple[float, float]:
    """The same through a launcher; and milliseconds from the command's last instruction to its known end."""
    folder.mkdir(mode=0o700)
    began = time.monotonic()
    attempt = await LocalLauncher().start(folder, Spec("s", 1, command, str(folder), linger_seconds=0), os.environ)
    await attempt.wait()
    known = time.monotonic()
    attempt.close()
    said = float((folder / "log").read_text())
    return (said - began) * 1e3, (known - said) * 1e3


async def private_memory(folder: Path) -> float:
    """MiB that A and B hold for themselves while a command runs."""
    folder.mkdir(mode=0o700)
    attempt = await LocalLauncher().start(folder, Spec("s", 1, ["sleep", "60"], str(folder)), os.environ)
    started = read_record(folder, Started).record
    assert started is not None
    await asyncio.sleep(0.2)
    total = 0
    for shim in (started.a, started.b):
        assert shim is not None
        lines = Path(f"/proc/{shim.pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    await attempt.kill("benchmark")
    await attempt.wait()
    attempt.close()
    return total / 1024


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        starts, bare, ends, same = [], [], [], []
        for number in range(rounds):
            bare.append(alone(root))
            starts.append((await under_shims(root / f"start-{number}", CLOCK))[0])
            same.append(alone(root))
            ends.append((await under_shims(root / f"end-{number}", LATE))[1])
        memory = await private_memory(root / "memory")
    ours, other, again = statistics.median(starts), statistics.median(bare), statistics.median(same)
    print("name, ours, other, ratio, bound, held")
    print(
        f"12 stage start over the command alone (ms), {ours:.1f}, {other:.1f}, +{ours - other:.1f}, +30, {ours - other <= 30}"
    )
    print(f"13 private memory of both shims (MiB), {memory:.1f}, , , 6, {memory <= 6}")
    end = statistics.median(ends)
    print(f"14 end known to the runner, Python's own exit included (ms), {end:.1f}, , , 5, {end <= 5}")
    print(f"   two equal things: the command alone twice (ms), {other:.1f}, {again:.1f}, {again / other:.2f}, , ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    asyncio.run(main(parser.parse_args().rounds))
