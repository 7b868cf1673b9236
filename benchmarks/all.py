"""Every benchmark with bounds, as one table: `name, ours, other, ratio, bound, held`; status 1 where one falls short.

Each part runs one script of this folder, one after the other, and its rows are printed as they come. The parts of the
first table are what users wait for; they take about twenty minutes on two cores, `--quick` about six. Give the machine
nothing else to do: the rows called `equal` say how far two equal things came apart.

    python benchmarks/all.py [--only NAME …] [--more] [--quick] [--before PYTHON] [--optuna PYTHON]

`--before` is the interpreter of an environment that has an earlier version, `--optuna` one that has Optuna and
scikit-learn. Rows that need them are left out without them.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Part(NamedTuple):
    """What is measured, by which script, with which arguments; in a quick run with others."""

    what: str
    script: str
    words: str
    quick: str


PARTS = {
    "picture": Part(
        "1, 10: the first picture; ls and show of a live session",
        "latency",
        "--only picture",
        "--only picture --rounds 5",
    ),
    "start": Part("2, 4: start and end of a stage", "latency", "--only start --rounds 25", "--only start --rounds 7"),
    "stages": Part(
        "3: many short stages",
        "latency",
        "--only stages --rounds 5 --stages 100 10000",
        "--only stages --rounds 5 --stages 100 1000",
    ),
    "memory": Part("5: days of points", "curves", "--only days", "--only days"),
    "sessions": Part(
        "6: ls of 10,000 sessions",
        "latency",
        "--only sessions --rounds 9",
        "--only sessions --rounds 3 --sessions 2000",
    ),
    "idle": Part("7: an idle screen", "screen", "--only idle --seconds 40", "--only idle --seconds 10"),
    "log": Part(
        "8: index and search of a log of 1 GB",
        "log_pane",
        "--only index search",
        "--only index search --gigabytes 0.3 --rounds 3",
    ),
    "writer": Part(
        "9: a writer with a screen attached",
        "log_pane",
        "--only writer --gigabytes 0.1",
        "--only writer --gigabytes 0.1 --rounds 3",
    ),
    "journal": Part("11: events of the journal", "engine", "--only journal", "--only journal --rounds 3"),
    "broken": Part("13: broken sessions", "latency", "--only broken", "--only broken"),
    "sweeps": Part("searches", "sweeps", "--parts quality overhead large --seeds 3", "--parts overhead"),
}

MORE = {
    "engine": Part("output, idle runner, commands", "engine", "", "--rounds 3 --lines 200000"),
    "shim": Part("the pair of shims without a launch server", "shim", "", "--rounds 15"),
    "screen": Part("first paint and keys", "screen", "--only first keys", "--only first keys --rounds 3"),
    "commands": Part("commands of finished sessions", "commands", "", "--rounds 5"),
    "log_pane": Part("the log pane", "log_pane", "", "--gigabytes 0.3 --rounds 3"),
    "metrics_readers": Part("readers of logs", "metrics_readers", "", "--megabytes 5 --rounds 3"),
    "curves": Part("curves", "curves", "--only points sessions", "--only points sessions --rounds 3"),
    "gauges": Part("a sample of the machine", "gauges", "", "--rounds 5"),
    "index": Part("the index of sessions", "sessions", "", "--sessions 2000 --rounds 3"),
}
"""Bounds that have been held for long: `--more`, or by name."""

HELD = {"yes": True, "true": True, "no": False, "false": False}


def main() -> int:
    """Print the table; 1 where a bound does not hold or a script fails."""
    every = {**PARTS, **MORE}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=every, help=", ".join(every))
    parser.add_argument("--more", action="store_true", help=f"also {', '.join(MORE)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller data")
    parser.add_argument("--before", metavar="PYTHON", help="an interpreter with an earlier version")
    parser.add_argument("--optuna", metavar="PYTHON", help="an interpreter that has Optuna")
    options = parser.parse_args()
    print(
        f"# {platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, Textual {version('textual')}, "
        f"load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}"
    )
    print("name, ours, other, ratio, bound, held", flush=True)
    short: list[str] = []
    for name in options.only or (every if options.more else PARTS):
        part = every[name]
        words = (part.quick if options.quick else part.words).split()
        if options.before and part.script == "screen":
            words += ["--before", options.before]
        if options.optuna and part.script == "sweeps":
            words += ["--optuna", options.optuna]
        print(f"# {name}, {part.what}", flush=True)
        short += [f"{name}: {text}" for text in _run(part.script, words)]
    for text in short:
        print(f"# falls short: {text}")
    return 1 if short else 0


def _run(script: str, words: list[str]) -> list[str]:
    """The rows of one script; those that fall short."""
    short: list[str] = []
    with subprocess.Popen([sys.executable, str(HERE / f"{script}.py"), *words], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        for line in running.stdout:
            text = line.decode().rstrip("\n")
            cells = [cell.strip() for cell in text.rsplit(",", 5)]
            if cells[0] == "name":
                continue
            print(text if len(cells) == 6 else f"# {text}", flush=True)
            if len(cells) == 6 and HELD.get(cells[5].lower()) is False:
                short.append(cells[0])
    if running.returncode not in (0, 1):
        short.append(f"the script ended with status {running.returncode}")
    return short


if __name__ == "__main__":
    sys.exit(main())
