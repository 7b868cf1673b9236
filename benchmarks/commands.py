"""Bound 8: commands without a screen against the bare interpreter. Prints `name, ours, other, ratio, bound, held`.

Both sides run in turn in every round, as a shell would start them; figures are medians in milliseconds. `live` rows
read a session that is still running, which no index can answer: its journal is folded each time. The last row says how equal two equal things came out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BOUND, LIVE_BOUND = 5.0, 3.5
PLAN = """
name = "bench"
command = ["{python}", "-c", "print('loss 0.5')"]
[[stage]]
name = "one"
[[stage]]
name = "two"
"""


def main() -> int:
    """Print the table; 0 when every bound is held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    script = str(Path(sys.executable).with_name("autotrain-tui"))
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{scratch}/bytecode"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        done, live = Path(scratch, "done"), Path(scratch, "live")
        for project, command in (
            (done, PLAN),
            (live, PLAN.replace("print('loss 0.5')", "import time; time.sleep(600)")),
        ):
            (project / "stages").mkdir(parents=True)
            (project / "stages" / "bench.toml").write_text(command)
        _run([script, "run", "--no-ui", "-q", "--project", str(done)], environment)
        _run([script, "run", "--detach", "--project", str(live)], environment)
        cases = {
            "--help": [script, "--help"],
            "--version": [script, "--version"],
            "ls": [script, "ls", "--project", str(done)],
            "ls --json": [script, "ls", "--json", "--project", str(done)],
            "show": [script, "show", "--project", str(done)],
            "show --json": [script, "show", "--json", "--project", str(done)],
            "ls, live": [script, "ls", "--project", str(live)],
            "show, live": [script, "show", "--project", str(live)],
            "bare again": [sys.executable, "-c", "pass"],
        }
        try:
            return _measure(cases, environment, options.rounds)
        finally:
            _run([script, "kill", "--wait", "--project", str(live)], environment)


def _measure(cases: dict[str, list[str]], environment: dict[str, str], rounds: int) -> int:
    times: dict[str, list[float]] = {name: [] for name in ("bare", *cases)}
    for round_number in range(rounds + 1):  # the first one only fills the caches
        for name, command in {"bare": [sys.executable, "-c", "pass"], **cases}.items():
            begin = time.perf_counter()
            _run(command, environment)
            if round_number:
                times[name].append(time.perf_counter() - begin)
    bare = statistics.median(times["bare"])
    held = True
    print("name, ours, other, ratio, bound, held")
    for name in cases:
        ours = statistics.median(times[name])
        bound = LIVE_BOUND if name.endswith("live") else BOUND
        held = held and ours <= bound * bare
        print(
            f"{name}, {ours * 1000:.1f} ms, {bare * 1000:.1f} ms, {ours / bare:.2f}, {bound:g}, "
            f"{'yes' if ours <= bound * bare else 'no'}"
        )
    return 0 if held else 1


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
