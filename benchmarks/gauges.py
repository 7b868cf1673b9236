"""Bound 20: one full sample of the machine and a process tree of 20, against psutil; growth with foreign processes.

Both sides in turn, several rounds, medians. Prints `name, ours, other, ratio, bound, held`, times in milliseconds.

    python benchmarks/gauges.py [--rounds 9] [--foreign 400]
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from autotrain_tui.gauges.sampler import Sampler

CALLS = 20  # samples in a round; a round counts with its median, so that one interruption does not speak for all


@contextmanager
def family(count: int) -> Iterator[int]:
    """A process with `count` sleeping children; the pid of the parent."""
    script = f"i=0; while [ $i -lt {count} ]; do sleep 3600 & i=$((i+1)); done; echo ready; wait"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as parent:
        parent.stdout.readline()
        try:
            yield parent.pid
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def theirs(root: int, path: str) -> Callable[[], object]:
    """The same figures through psutil, asked in its cheapest way."""
    parent = psutil.Process(root)

    def sample() -> object:
        machine = (
            psutil.cpu_percent(percpu=True), psutil.getloadavg(), psutil.virtual_memory(), psutil.swap_memory(),
            psutil.disk_usage(path), psutil.disk_io_counters(), psutil.net_io_counters(),
        )  # fmt: skip
        tree = []
        for process in (parent, *parent.children(recursive=True)):
            with process.oneshot():
                tree.append((process.pid, process.ppid(), process.status(), process.cpu_times(),
                             process.memory_info().rss, process.num_threads(), process.cmdline()))  # fmt: skip
        return machine, tree

    return sample


def once(call: Callable[[], object]) -> float:
    """Median milliseconds of a call in one round."""
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def rounds(count: int, *sides: Callable[[], object]) -> list[float]:
    """The medians over `count` rounds of each side, the sides in turn."""
    results: list[list[float]] = [[] for _ in sides]
    for _ in range(count):
        for result, side in zip(results, sides, strict=True):
            result.append(once(side))
    return [statistics.median(result) for result in results]


def row(name: str, ours: float, other: float, bound: str, held: bool) -> None:
    print(f"{name}, {ours:.3f}, {other:.3f}, {ours / other:.2f}, {bound}, {'yes' if held else 'NO'}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--foreign", type=int, default=400, help="processes that are none of the tree's")
    chosen = options.parse_args()
    if shutil.which("sh") is None or not sys.platform.startswith("linux"):
        print("needs Linux and sh")
        return 1
    path = os.getcwd()
    print(f"name, ours, other, ratio, bound, held   ({len(psutil.pids())} processes, {os.cpu_count()} cores)")
    with family(19) as root, Sampler(path, 0.0) as ours, Sampler(path, 0.0) as twin:
        mine, again, psutils = (
            (lambda: ours.sample({"s": [root]})),
            (lambda: twin.sample({"s": [root]})),
            theirs(root, path),
        )
        assert len(mine().stages["s"].processes) == 20, "the tree is not the tree"
        again()
        small, same, other = rounds(chosen.rounds, mine, again, psutils)
        row("two equal samplers", small, same, "equal", 0.8 < small / same < 1.25)
        row("full sample with a tree of 20 against psutil", small, other, "<= 1 ms", small <= 1)
        with family(chosen.foreign):
            mine(), again()
            large, crowd = rounds(chosen.rounds, mine, psutils)
            row(f"the same with {chosen.foreign} foreign processes against psutil", large, crowd, "<= 1 ms", large <= 1)
        small_again, other_again = rounds(chosen.rounds, mine, psutils)
        calm, calm_other = statistics.mean((small, small_again)), statistics.mean((other, other_again))
        row("growth of ours with them", large, calm, "<= 1.25", large / calm <= 1.25)
        row("growth of psutil with them", crowd, calm_other, "for comparison", True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
