"""Projects for the classic API: a default plan whose small program takes the classic flags and does as it is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autotrain_tui.session.history.store import Store
from autotrain_tui.session.journal.session_view import View, load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.session.records.lock import owner_alive, read_owner
from tests.runner.rig import PATIENCE, kill_tree, wait_for

REPOSITORY = Path(__file__).parents[2]
MODULE = REPOSITORY / "automated_training.py"

PROGRAM = """
import argparse, json, os, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--mode")
parser.add_argument("--dataset-limit", type=int)
parser.add_argument("--additional-epochs", "--epochs", type=int)
parser.add_argument("--batch-size", type=int)
parser.add_argument("--scale", type=float)
parser.add_argument("--output-json-path")
given = parser.parse_args()
with open("calls.jsonl", "a") as calls:
    calls.write(json.dumps({**vars(given), "pid": os.getpid()}) + "\\n")
count = len(open("calls.jsonl").readlines())
print("call", count, "of", given.dataset_limit, flush=True)
orders = json.load(open("orders.json"))
if orders.get("flood"):
    for number in range(orders["flood"]):
        print(f"line {number:08d} " + "x" * 50)
    print("the last line", flush=True)
while not os.path.exists("go") and orders.get("wait_at") == count:
    time.sleep(0.02)
if orders.get("fail_at") == count:
    print("out of ideas", file=sys.stderr)
    sys.exit(3)
with open(given.output_json_path, "w") as result:
    json.dump({orders.get("metric", "final_similarity"): 0.5 + count / 100}, result)
"""

PLAN = """
name = "quick"
command = ["{python}", "train.py", "--mode", "{mode}", "--dataset-limit", "{dataset_limit}",
           "--additional-epochs", "{epochs}", "--batch-size", "{batch_size}", "--output-json-path", "{result_path}",
           ["--scale", "{scale}"]]
metric = { name = "final_similarity", goal = "max" }
stop = { grace_seconds = 5 }

[modes.nightly]
scale = 0.25
epochs = 999

[[stage]]
name = "only"
dataset_limit = 1
epochs = 1
batch_size = 1
"""


class Project:
    """A project folder with one plan. `orders` tell its program what to do."""

    def __init__(self, root: Path, plan: str = PLAN, **orders: object) -> None:
        self.root = root
        (root / "stages").mkdir(parents=True)
        (root / "stages" / "quick.toml").write_text(plan)
        (root / "train.py").write_text(PROGRAM)
        self.order(**orders)

    def order(self, **orders: object) -> None:
        (self.root / "orders.json").write_text(json.dumps(orders))

    @property
    def calls(self) -> list[dict[str, object]]:
        """What the program was called with, each time."""
        path = self.root / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def sessions(self) -> list[SessionFolder]:
        """Newest first."""
        return Store(self.root / "sessions").folders()

    def view(self) -> View:
        """The only session."""
        (folder,) = self.sessions
        return load_view(folder)

    def called(self, times: int) -> None:
        wait_for(lambda: len(self.calls) >= times, f"call number {times} (of {self.calls})", 4 * PATIENCE)

    def close(self) -> None:
        """Leave no process behind, whatever the test did."""
        for folder in self.sessions:
            owner = read_owner(folder)
            if owner is not None and owner_alive(owner):
                with suppress(ProcessLookupError):  # it may end at any time
                    os.kill(owner.pid, signal.SIGKILL)
            for attempt in folder.path.glob("stages/*/attempt-*/"):
                kill_tree(attempt)


def environment(**variables: str) -> dict[str, str]:
    """This process's, without what names a place for sessions."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("AUTOTRAIN_")}
    return {**base, **variables}


def classic(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python automated_training.py …` to its end."""
    return subprocess.run(
        [sys.executable, str(MODULE), *words],
        cwd=cwd,
        env=environment(**variables),
        text=True,
        capture_output=True,
        timeout=4 * PATIENCE,
        check=False,
    )


@contextmanager
def classic_running(*words: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """The same, while it runs; killed at the end when it still does."""
    with subprocess.Popen(
        [sys.executable, str(MODULE), *words],
        cwd=cwd,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
