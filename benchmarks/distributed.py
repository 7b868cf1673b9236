"""Two torchrun ranks that print a million lines of 100 bytes each: as a stage, and by torchrun's own means.

Beside each other in one run, in turns: our stage (each rank writes to its own log), `torchrun --redirects 3` (the same
by torchrun), `torchrun --tee 3` (its way to see the lines while they come). PYTHONUNBUFFERED=1 everywhere, as each line
is one write then. Every line is compared with what was printed. Prints `name, ours, other, ratio, bound, held`:

- wall time: of the stage, from the moment at which the runner journals that the attempt starts to the attempt's exit
  record, beside torchrun from its start to its end. A session starts its runner once for all its stages, so that this
  is a row of its own, without a bound: from the start of the runner.
- processor time beyond the ranks': what the runner takes in that time, both shims, and `rank.py` (measured alone), in
  seconds, beside the wall time of `--redirects 3`. On a machine with other work only this says something.
- processor time in all: the same and the whole tree of torchrun, beside the tree of `--redirects 3`.

    python benchmarks/distributed.py [TORCH_PYTHON] [--lines 1000000] [--rounds 3]

TORCH_PYTHON is an interpreter that has torch, with torchrun beside it (default: AUTOTRAIN_TEST_TORCH, else this one).
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.runner import rank as rank_module
from autotrain_tui.session.journal.journal_file import read_journal
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.attempt_files import Exit, Started, read_record

BOUND = 1.05
CPU_BOUND = 0.04
RANKS = 2
PROGRAM = """
import os, sys
rank, lines = os.environ["RANK"], int(sys.argv[1])
for number in range(lines):
    print(f"rank {rank} step {number:07d} loss 0.2123 accuracy 0.9502".ljust(99, "."))
"""
LOOK = 0.01
TICK = 1 / os.sysconf("SC_CLK_TCK")


class Taken(NamedTuple):
    """Seconds of one run: wall time, wall time with the runner's start, processor time of the tree and beyond it."""

    wall: float
    whole: float
    tree: float
    beyond: float = 0.0


def expected(rank: int, lines: int) -> bytes:
    """What a rank prints."""
    text = (f"rank {rank} step {number:07d} loss 0.2123 accuracy 0.9502".ljust(99, ".") for number in range(lines))
    return ("\n".join(text) + "\n").encode()


def processor_seconds(pid: int) -> float:
    """What a process has taken (proc_pid_stat(5)); 0 if it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) * TICK


def of_children(words: list[str], count: int = 1, **options: object) -> float:
    """Processor seconds of a command, run `count` times one after the other; for one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(count):
        subprocess.run(words, check=True, **options)  # type: ignore[call-overload]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / count


class Bench:
    """The three ways, each in a folder of its own that is gone afterwards."""

    def __init__(self, python: str, root: Path, lines: int) -> None:
        self.python, self.root, self.lines = python, root, lines
        self.program = root / "print.py"
        self.program.write_text(PROGRAM)
        self.wanted = [expected(rank, lines) for rank in range(RANKS)]
        self.rank_py = self._rank_py()

    def _rank_py(self) -> float:
        """Processor seconds of `rank.py` for one rank, until it becomes the program."""
        words = [self.python, "-I", "-S", str(Path(rank_module.__file__)), str(self.root), "true"]
        taken = of_children(words, 20, env={**os.environ, "RANK": "0"}) - of_children(["true"], 20)
        shutil.rmtree(self.root / "ranks")
        return taken

    def ours(self) -> Taken:
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
        shims: dict[int, float] = {}
        before = 0.0
        while not (attempt.path / "exit.json").exists():
            if not shims and (started := read_record(attempt.path, Started).record) is not None:
                before = processor_seconds(runner.pid)
                shims = {shim.pid: 0.0 for shim in (started.a, started.b) if shim is not None}
            shims = {pid: processor_seconds(pid) or known for pid, known in shims.items()}
            time.sleep(LOOK)
        ended, after = time.monotonic(), processor_seconds(runner.pid)
        runner.wait(600)
        starting = next(one for one in read_journal(folder.journal).events if type(one).__name__ == "AttemptStarting")
        end = read_record(attempt.path, Exit).record
        assert end is not None
        for rank, wanted in enumerate(self.wanted):
            assert attempt.rank_log(rank).read_bytes() == wanted, f"ours: lines of rank {rank} are missing"
        shutil.rmtree(home, ignore_errors=True)  # a child may read the logs again after such a flood
        beyond = after - before + sum(shims.values()) + RANKS * self.rank_py
        return Taken(ended - starting.mono, ended - began, end.cpu_seconds or 0.0, beyond)

    def redirects(self) -> Taken:
        """torchrun writes each rank's output to a file."""
        home = self.root / "redirects"
        taken, _ = self._torchrun(home, "3", "0")
        for rank, wanted in enumerate(self.wanted):
            (log,) = home.glob(f"*/attempt_0/{rank}/stdout.log")
            assert log.read_bytes() == wanted, f"redirects: lines of rank {rank} are missing"
        shutil.rmtree(home)
        return taken

    def tee(self) -> Taken:
        """Files, and all lines once more through torchrun to its own output; its torn lines are told, not refused."""
        home = self.root / "tee"
        taken, printed = self._torchrun(home, "0", "3")
        whole = len(re.findall(rb"^\[\w+\]:rank \d step \d{7} [^\n]{79}$", printed, re.MULTILINE))
        if whole != RANKS * self.lines:
            print(f"--tee 3: {whole} of {RANKS * self.lines} lines are whole", file=sys.stderr)
        shutil.rmtree(home)
        return taken

    def _torchrun(self, home: Path, redirects: str, tee: str) -> tuple[Taken, bytes]:
        home.mkdir()
        words = [str(Path(self.python).parent / "torchrun"), "--standalone", f"--nproc-per-node={RANKS}"]
        words += [f"--redirects={redirects}", f"--tee={tee}", f"--log-dir={home}", str(self.program), str(self.lines)]
        with open(self.root / "printed", "wb+") as out:
            began = time.monotonic()
            tree = of_children(words, stdout=out, stderr=subprocess.STDOUT)
            taken = time.monotonic() - began
            out.seek(0)
            return Taken(taken, taken, tree), out.read()


def rows(taken: dict[str, list[Taken]]) -> list[tuple[str, float, float, float, float | None]]:
    """Name, ours, other, ratio, bound: medians, the ratio that of the two of a round beside each other."""

    def row(
        name: str, mine: list[float], others: list[float], bound: float | None
    ) -> tuple[str, float, float, float, float | None]:
        ratio = statistics.median(each / other for each, other in zip(mine, others, strict=True))
        return name, statistics.median(mine), statistics.median(others), ratio, bound

    ours, redirects, tee = taken["ours"], taken["redirects"], taken["tee"]
    wall = [each.wall for each in redirects]
    return [
        row("wall time of the stage / torchrun --redirects 3", [each.wall for each in ours], wall, BOUND),
        row("the same from the start of the runner", [each.whole for each in ours], wall, None),
        row(
            "wall time of the stage / torchrun --tee 3", [each.wall for each in ours], [each.wall for each in tee], None
        ),
        row("processor time beyond the ranks' / wall time", [each.beyond for each in ours], wall, CPU_BOUND),
        row(
            "processor time in all / torchrun --redirects 3",
            [each.tree + each.beyond for each in ours],
            [each.tree for each in redirects],
            None,
        ),
    ]


def main() -> int:
    """Run all three in turns; 1 if a bound does not hold."""
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
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as place:
        bench = Bench(os.path.abspath(options.python), Path(place), options.lines)
        ways = {"ours": bench.ours, "redirects": bench.redirects, "tee": bench.tee}
        taken: dict[str, list[Taken]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, way in ways.items():
                taken[name].append(way())
                words = ", ".join(f"{what} {value:.2f} s" for what, value in taken[name][-1]._asdict().items())
                print(f"{name}: {words}", file=sys.stderr, flush=True)
    print("name, ours, other, ratio, bound, held")
    held = True
    for name, mine, other, ratio, bound in rows(taken):
        held = held and (bound is None or ratio <= bound)
        told = "-, -" if bound is None else f"{bound}, {ratio <= bound}"
        print(f"{name}, {mine:.2f}, {other:.2f}, {ratio:.3f}, {told}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
