"""What the runner of a Slurm session costs and how soon it sees an end, on a cluster of three nodes on this machine.

    python benchmarks/slurm_runner.py [--stages 100] [--seconds 60] [--rounds 7]

Needs root and slurm-wlm (tests/support/slurm_cluster.py). Measured are, with bounds:

- queued: the processor time of the runner while 100 stages wait in the queue, as a part of one core, and how often it
  calls squeue (the time of squeue itself is printed beside it; it is Slurm's);
- end: from the moment at which `exit.json` is visible to the journaled end of the attempt, the median and the longest;
- lost: of a job whose processes are all killed, shims too, from the kill to the journaled end, which is `lost`.

Prints `name, ours, other, ratio, bound, held`; `other` is the bound's own figure where nothing else does this.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from autotrain_tui.plan.loading.load import parse_plan
from autotrain_tui.plan.loading.overrides import Overrides
from autotrain_tui.session.journal.session_view import SessionFollower
from autotrain_tui.session.launch.prepare import create, prepare
from autotrain_tui.session.launch.start_runner import spawn_runner
from autotrain_tui.session.records.attempt_files import RunningRecord, Started, read_record
from tests.support.slurm_cluster import SlurmCluster, missing, search_path, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autotrain_tui.session.records.folder import SessionFolder

QUEUED_BOUND, END_BOUND, LOST_BOUND = 0.01, 1.2, 80.0
"""A part of one core; seconds; seconds."""

EVERY_SECONDS = 5.0
"""The least time between two calls of squeue."""

TICKS = os.sysconf("SC_CLK_TCK")
LOOK = 0.002


class Session:
    """One session with its runner, in a folder of its own."""

    def __init__(self, home: Path, head: str, stages: list[str]) -> None:
        table = "".join(f'[[stage]]\nname = "{name}"\nneeds = []\n' for name in stages)
        text = f'name = "bench"\njobs = {len(stages)}\nlauncher = "slurm"\n{head}\n{table}'
        prepared = prepare(parse_plan(text, "benchmark"), Overrides(), root=home, sessions=home / "sessions")
        self.folder: SessionFolder = create(prepared, root=home, sessions=home / "sessions")
        self.runner = spawn_runner(self.folder)
        self._follower = SessionFollower(self.folder)

    def states(self) -> list[str]:
        """The stages' states, as the journal has them."""
        return [str(stage.state) for stage in self._follower.poll()[0].session.stages]

    def reasons(self) -> list[str]:
        """Why they wait."""
        return [stage.reason for stage in self._follower.poll()[0].session.stages]


@contextmanager
def session(home: Path, head: str, stages: list[str]) -> Iterator[Session]:
    """A session that is stopped and gone afterwards."""
    home.mkdir()
    made = Session(home, head, stages)
    try:
        yield made
    finally:
        if made.runner.poll() is None:
            made.runner.send_signal(signal.SIGTERM)
        made.runner.wait(120)
        shutil.rmtree(home)


def processor_seconds(pid: int) -> tuple[float, float]:
    """What a process itself has used, and what its children have that it waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own, children = (int(fields[at]) + int(fields[at + 1]) for at in (11, 13))
    return own / TICKS, children / TICKS


def queued(root: Path, stages: int, seconds: float) -> tuple[float, float, float]:
    """Parts of a core that the runner and its children take while jobs wait, and seconds between two calls of squeue."""
    tools = root / "tools"
    tools.mkdir()
    calls, real = root / "calls", shutil.which("squeue")
    (tools / "squeue").write_text(f'#!/bin/sh\necho >>{calls}\nexec {real} "$@"\n')
    (tools / "squeue").chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{tools}:{before}"
    head = 'command = ["true"]\nslurm = { extra = ["--begin=now+1hour"] }'
    try:
        with session(root / "queued", head, [f"s{number}" for number in range(stages)]) as made:
            wait_for(lambda: all("BeginTime" in reason for reason in made.reasons()), "a reason for each stage", 300)
            time.sleep(3.0)  # the journal's last events are followed up
            began, asked = time.monotonic(), calls.stat().st_size
            own, children = processor_seconds(made.runner.pid)
            time.sleep(seconds)
            own_after, children_after = processor_seconds(made.runner.pid)
            taken, called = time.monotonic() - began, calls.stat().st_size - asked
            return (own_after - own) / taken, (children_after - children) / taken, taken / max(1, called)
    finally:
        os.environ["PATH"] = before


def end(root: Path, number: int) -> float:
    """Seconds from a visible exit record to the journaled end."""
    home = root / f"end-{number}"
    with session(home, 'command = ["sleep", "1"]', ["a"]) as made:
        record = made.folder.attempt(1, "a", 1).path / "exit.json"
        while not record.exists():
            time.sleep(LOOK)
        began = time.monotonic()
        while not re.search(rb'"type":\s*"attempt_ended"', made.folder.journal.read_bytes()):
            time.sleep(LOOK)
        return time.monotonic() - began


def lost(root: Path) -> float:
    """Seconds from the death of a job's processes, without a record, to the journaled end."""
    with session(root / "lost", 'command = ["sleep", "600"]', ["a"]) as made:
        attempt = made.folder.attempt(1, "a", 1).path
        wait_for(lambda: made.states() == ["running"], "a running stage")
        started, running = read_record(attempt, Started).record, read_record(attempt, RunningRecord).record
        began = time.monotonic()
        for each in (started.a, started.b, running):
            os.kill(each.pid, signal.SIGKILL)
        wait_for(lambda: made.states() != ["running"], "the end", 200)
        taken = time.monotonic() - began
        assert made.states() == ["lost"], made.states()
        return taken


def main() -> int:
    """Measure all three; 1 if a bound does not hold."""
    parser = argparse.ArgumentParser(
        description="What the runner of a Slurm session costs, and how soon it sees an end."
    )
    parser.add_argument("--stages", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=("queued", "end", "lost"))
    options = parser.parse_args()
    if why := missing():
        print(why, file=sys.stderr)
        return 2
    rows: list[tuple[str, str, str, float, float]] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        root = Path(place)
        root.chmod(0o755)  # munged refuses a folder that others can't enter
        cluster = SlurmCluster(root / "slurm")
        os.environ |= {"SLURM_CONF": str(cluster.config), "PATH": search_path()}
        try:
            cluster.start()
            if options.only in (None, "queued"):
                own, children, apart = queued(root, options.stages, options.seconds)
                print(f"squeue itself: {children:.2%} of a core", file=sys.stderr)
                rows.append((f"{options.stages} queued", f"{own:.2%}", f"{QUEUED_BOUND:.0%}", own, QUEUED_BOUND))
                rows.append(("squeue apart", f"{apart:.1f} s", f"{EVERY_SECONDS} s", EVERY_SECONDS / apart, 1.02))
            if options.only in (None, "end"):
                times = [end(root, number) for number in range(options.rounds)]
                rows.append(
                    (
                        "end, median",
                        f"{statistics.median(times):.2f} s",
                        f"{END_BOUND} s",
                        statistics.median(times),
                        END_BOUND,
                    )
                )
                rows.append(("end, longest", f"{max(times):.2f} s", f"{END_BOUND} s", max(times), END_BOUND))
            if options.only in (None, "lost"):
                taken = lost(root)
                rows.append(("lost", f"{taken:.1f} s", f"{LOST_BOUND} s", taken, LOST_BOUND))
        finally:
            cluster.stop()
    print("name, ours, other, ratio, bound, held")
    for name, ours, other, figure, bound in rows:
        print(f"{name}, {ours}, {other}, {figure / bound:.3f}, {other}, {figure <= bound}")
    return 0 if all(figure <= bound for *_, figure, bound in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
