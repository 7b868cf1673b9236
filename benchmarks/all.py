"""Every benchmark with bounds, as one table: `name, ours, other, ratio, bound, held`; status 1 where one falls short.

Each script of this folder that prints such rows is run by itself, one after the other, and its rows are printed as they
come, under its name. Give the machine nothing else to do: the rows called `equal` say how far two equal things came
apart.

    python benchmarks/all.py [NAME …] [--quick]
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

HERE = Path(__file__).parent

SCRIPTS: dict[str, tuple[list[str], list[str]]] = {
    "latency": ([], ["--rounds", "7", "--sessions", "2000"]),
    "shim": ([], ["--rounds", "15"]),
    "engine": ([], ["--rounds", "3", "--lines", "200000"]),
    "screen": ([], []),
    "commands": ([], []),
    "log_pane": ([], []),
    "metrics_readers": ([], []),
    "curves": ([], []),
    "gauges": ([], []),
    "sessions": ([], ["--sessions", "2000", "--rounds", "3"]),
}
"""Script → its arguments, and those of a quick run. The others compare with programs that must be installed first."""

HELD = {"yes": True, "true": True, "no": False, "false": False}


def main() -> int:
    """Print the table; 1 where a bound does not hold or a script fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCRIPTS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller data")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in SCRIPTS]:
        parser.error(f"unknown name {unknown[0]!r}; expected one of: {', '.join(SCRIPTS)}")
    print(
        f"# {platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, Textual {version('textual')}, "
        f"load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}"
    )
    print("name, ours, other, ratio, bound, held", flush=True)
    short: list[str] = []
    for name in options.names or SCRIPTS:
        short += _run(name, SCRIPTS[name][options.quick])
    for text in short:
        print(f"# falls short: {text}")
    return 1 if short else 0


def _run(name: str, arguments: list[str]) -> list[str]:
    """The rows of one script; those that fall short."""
    print(f"# {name}", flush=True)
    short: list[str] = []
    with subprocess.Popen([sys.executable, str(HERE / f"{name}.py"), *arguments], stdout=subprocess.PIPE) as script:
        assert script.stdout is not None
        for line in script.stdout:
            text = line.decode().rstrip("\n")
            cells = [cell.strip() for cell in text.rsplit(",", 5)]
            if cells[0] == "name":
                continue
            print(text, flush=True)
            if len(cells) == 6 and HELD.get(cells[5].lower()) is False:
                short.append(f"{name}: {cells[0]}")
    if script.returncode not in (0, 1):
        short.append(f"{name}: the script ended with status {script.returncode}")
    return short


if __name__ == "__main__":
    sys.exit(main())
