"""Two torchrun ranks that print a million lines of 100 bytes each: as a stage, and by torchrun's own means.

Beside each other in one run, in turns: our stage (each rank writes to its own log), `torchrun --redirects 3` (the same
by torchrun), `torchrun --tee 3` (its way to see the lines while they come). Measured is the wall time from the start of
the runner, or of torchrun, to the attempt's exit record, or torchrun's end; PYTHONUNBUFFERED=1 everywhere, as each line
is one write then. Every line is compared with what was printed. Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/distributed.py [TORCH_PYTHON] [--lines 1000000] [--rounds 3]

TORCH_PYTHON is an interpreter that has torch, with torchrun beside it (default: AUTOTRAIN_TEST_TORCH, else this one).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.start_runner import spawn_runner

BOUND = 1.05
RANKS = 2
PROGRAM = """
import os, sys
rank, lines = os.environ["RANK"], int(sys.argv[1])
for number in range(lines):
    print(f"rank {rank} step {number:07d} loss 0.2123 accuracy 0.9502".ljust(99, "."))
"""
LOOK = 0.002


def expected(rank: int, lines: int) -> bytes:
    """What a rank prints."""
    text = (f"rank {rank} step {number:07d} loss 0.2123 accuracy 0.9502".ljust(99, ".") for number in range(lines))
    return ("\n".join(text) + "\n").encode()


class Bench:
    """The three ways, each in a folder of its own that is gone afterwards."""

    def __init__(self, python: str, root: Path, lines: int) -> None:
        self.python, self.root, self.lines = python, root, lines
        self.program = root / "print.py"
        self.program.write_text(PROGRAM)
        self.wanted = [expected(rank, lines) for rank in range(RANKS)]

    def ours(self) -> float:
        """A stage with `engine = "torchrun"`."""
        home = self.root / "ours"
        command = msgspec.json.encode(["{python}", str(self.program), str(self.lines)]).decode()
        text = (
            f'name = "bench"\npython = "{self.python}"\ncommand = {command}\n[[stage]]\nname = "a"\n'
            f'distributed = {{ engine = "torchrun", nproc_per_node = {RANKS} }}\n'
        )
        prepared = prepare(parse_plan(text, "benchmark"), Overrides(), root=home, sessions=home / "sessions")
        folder = create(prepared, root=home, sessions=home / "sessions")
        attempt = folder.attempt(1, "a", 1)
        began = time.monotonic()
        runner = spawn_runner(folder)
        while not (attempt.path / "exit.json").exists():
            time.sleep(LOOK)
        taken = time.monotonic() - began
        runner.wait(600)
        for rank, wanted in enumerate(self.wanted):
            assert attempt.rank_log(rank).read_bytes() == wanted, f"ours: lines of rank {rank} are missing"
        shutil.rmtree(home)
        return taken

    def redirects(self) -> float:
        """torchrun writes each rank's output to a file."""
        home = self.root / "redirects"
        taken, _ = self._torchrun(home, "3", "0")
        for rank, wanted in enumerate(self.wanted):
            (log,) = home.glob(f"*/attempt_0/{rank}/stdout.log")
            assert log.read_bytes() == wanted, f"redirects: lines of rank {rank} are missing"
        shutil.rmtree(home)
        return taken

    def tee(self) -> float:
        """Files, and all lines once more through torchrun to its own output; its torn lines are told, not refused."""
        home = self.root / "tee"
        taken, printed = self._torchrun(home, "0", "3")
        whole = len(re.findall(rb"^\[\w+\]:rank \d step \d{7} [^\n]{79}$", printed, re.MULTILINE))
        if whole != RANKS * self.lines:
            print(f"--tee 3: {whole} of {RANKS * self.lines} lines are whole", file=sys.stderr)
        shutil.rmtree(home)
        return taken

    def _torchrun(self, home: Path, redirects: str, tee: str) -> tuple[float, bytes]:
        home.mkdir()
        words = [str(Path(self.python).parent / "torchrun"), "--standalone", f"--nproc-per-node={RANKS}"]
        words += [f"--redirects={redirects}", f"--tee={tee}", f"--log-dir={home}", str(self.program), str(self.lines)]
        with open(self.root / "printed", "wb+") as out:
            began = time.monotonic()
            subprocess.run(words, stdout=out, stderr=subprocess.STDOUT, check=True)
            taken = time.monotonic() - began
            out.seek(0)
            return taken, out.read()


def main() -> int:
    """Run all three in turns; 1 if the bound does not hold."""
    parser = argparse.ArgumentParser(description="Two torchrun ranks that print many lines.")
    usual = os.environ.get("AUTOTRAIN_TEST_TORCH", sys.executable)
    parser.add_argument("python", nargs="?", default=usual, metavar="TORCH_PYTHON")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not (torchrun := Path(os.path.abspath(options.python)).parent / "torchrun").exists():
        print(f"there is no {torchrun}: name an interpreter that has torch", file=sys.stderr)
        return 2
    os.environ |= {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        bench = Bench(os.path.abspath(options.python), Path(place), options.lines)
        ways = {"ours": bench.ours, "redirects": bench.redirects, "tee": bench.tee}
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, way in ways.items():
                taken[name].append(way())
                print(f"{name}: {taken[name][-1]:.2f} s", file=sys.stderr, flush=True)
    middle = {name: statistics.median(times) for name, times in taken.items()}
    # the two of a round beside each other: other work on the machine changes from round to round
    ratios = {
        name: statistics.median(mine / other for mine, other in zip(taken["ours"], taken[name], strict=True))
        for name in ("redirects", "tee")
    }
    held = ratios["redirects"] <= BOUND
    print("name, ours, other, ratio, bound, held")
    for name, bound in (("redirects", f"{BOUND}"), ("tee", "-")):
        told = str(held) if name == "redirects" else "-"
        print(f"torchrun --{name} 3, {middle['ours']:.2f}, {middle[name]:.2f}, {ratios[name]:.3f}, {bound}, {told}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
