"""From the submission to the program's first instruction: plain `sbatch`, and a stage with `launcher = "slurm"`.

In turns in one run, on a cluster of three nodes on this machine (tests/support/slurm_cluster.py; needs root and
slurm-wlm). The program writes the clock as its first act. Plain: a script that runs the same program, from the start of
sbatch. Ours: from the moment at which the runner journals that the attempt starts (`attempt`), and from the start of the
runner itself (`session`: it is not in the bound, `sbatch` has no counterpart). With submitit, in this
interpreter or in that of `--submitit PYTHON`, its time is measured too, from `submit()` to the function's first
instruction; without it that is said, and it is left out. Slurm's controller starts jobs once a second: each way begins
at a random moment of it, and many rounds are needed. Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/slurm_submit.py [--rounds 21] [--submitit PYTHON]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.start_runner import spawn_runner
from tests.support.slurm_cluster import SlurmCluster, missing, search_path, wait_for

BOUND = 1.25
PROGRAM = "import time\nopen({path!r}, 'w').write(repr(time.time()))\n"
SUBMITIT = """
import sys, time, submitit
executor = submitit.AutoExecutor(folder=sys.argv[1], cluster="slurm")
executor.update_parameters(timeout_min=5, slurm_partition="main")
began = time.time()
print(executor.submit(time.time).result() - began)
"""


class Bench:
    """Each way in a folder of its own."""

    def __init__(self, root: Path, submitit: str) -> None:
        self.root, self.submitit = root, submitit
        self.number = 0

    def _program(self) -> tuple[Path, Path]:
        self.number += 1
        told = self.root / f"told-{self.number}"
        program = self.root / f"program-{self.number}.py"
        program.write_text(PROGRAM.format(path=str(told)))
        return program, told

    def plain(self) -> dict[str, float]:
        """`sbatch` of a script that runs the program."""
        program, told = self._program()
        script = f"#!/bin/sh\nexec {sys.executable} {program}\n"
        began = time.time()
        subprocess.run(["sbatch", "--parsable", "-o", "/dev/null"], input=script, text=True, check=True,
                       capture_output=True)  # fmt: skip
        return {"plain": _when(told) - began}

    def ours(self) -> dict[str, float]:
        """A session of one stage."""
        program, told = self._program()
        home = self.root / f"home-{self.number}"
        text = (
            f'name = "bench"\npython = "{sys.executable}"\ncommand = ["{{python}}", "{program}"]\n'
            'launcher = "slurm"\n[[stage]]\nname = "a"\n'
        )
        prepared = prepare(parse_plan(text, "benchmark"), Overrides(), root=home, sessions=home / "sessions")
        folder = create(prepared, root=home, sessions=home / "sessions")
        began = time.time()
        runner = spawn_runner(folder)
        first = _when(told)
        runner.wait(120)
        events = [json.loads(line) for line in folder.journal.read_bytes().splitlines()]
        started = next(one["time"] for one in events if one["type"] == "attempt_starting")
        shutil.rmtree(home)
        return {"attempt": first - datetime.fromisoformat(started).timestamp(), "session": first - began}

    def peer(self) -> dict[str, float]:
        """submitit."""
        done = subprocess.run([self.submitit, "-c", SUBMITIT, str(self.root / "submitit")], text=True, check=True,
                              capture_output=True)  # fmt: skip
        return {"submitit": float(done.stdout.split()[-1])}


def with_submitit(python: str) -> str:
    """The interpreter, if it has submitit; else nothing, and stderr says what is left out."""
    found = subprocess.run([python, "-c", "import submitit"], check=False, capture_output=True)
    if found.returncode == 0:
        return python
    print(f"submitit is left out: {python} does not have it (pip install submitit; --submitit PYTHON)", file=sys.stderr)
    return ""


def _when(told: Path) -> float:
    wait_for(lambda: told.exists() and told.read_text(), "the program's first act")
    return float(told.read_text())


def main() -> int:
    """Run all in turns; 1 if the bound does not hold."""
    parser = argparse.ArgumentParser(description="From the submission to the first instruction.")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--submitit", default=sys.executable, metavar="PYTHON")
    options = parser.parse_args()
    if why := missing():
        print(why, file=sys.stderr)
        return 2
    submitit = with_submitit(options.submitit)
    taken: dict[str, list[float]] = {}
    moments = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        cluster = SlurmCluster(Path(place) / "slurm")
        os.environ |= {"SLURM_CONF": str(cluster.config), "PATH": search_path()}
        try:
            cluster.start()
            bench = Bench(Path(place), submitit)
            for _ in range(options.rounds):
                for way in (bench.plain, bench.ours, *([bench.peer] if submitit else [])):
                    time.sleep(moments.random())
                    for name, seconds in way().items():
                        taken.setdefault(name, []).append(seconds)
                        print(f"{name}: {seconds:.2f} s", file=sys.stderr, flush=True)
                    wait_for(lambda: not cluster.jobs(), "an empty queue")
        finally:
            cluster.stop()
    middle = {name: statistics.median(seconds) for name, seconds in taken.items()}
    ratio = middle["attempt"] / middle["plain"]
    print("name, ours, other, ratio, bound, held")
    print(f"sbatch, {middle['attempt']:.2f}, {middle['plain']:.2f}, {ratio:.3f}, {BOUND}, {ratio <= BOUND}")
    for name in ("session", "submitit"):
        if name in middle:
            print(f"{name}, {middle['attempt']:.2f}, {middle[name]:.2f}, {middle['attempt'] / middle[name]:.3f}, -, -")
    return 0 if ratio <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
