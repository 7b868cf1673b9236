"""Measures trackers: event files written and read, a backfill of a million points, and a stage beside a follower.

    python benchmarks/trackers.py [POINTS]

AUTOTRAIN_TENSORBOARD_PYTHON names an interpreter with tensorboard and tensorboardX to compare with. Times are processor
time, which other programs on the machine hardly change; bounds in brackets. Exit status 1 if one is not met.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.metrics.curves.readings_file import ReadingsWriter
from autotrain_tui.metrics.files.event_file import EventFileTail
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.session.records.folder import SessionFolder
from autotrain_tui.trackers.event_writer import EventWriter
from autotrain_tui.trackers.place import place_of
from autotrain_tui.trackers.tensorboard import export_to_tensorboard
from autotrain_tui.trackers.tensorboard_target import TensorboardTarget
from autotrain_tui.trackers.track_follower import Follower
from tests.cli.project import created, finished, hand_made, ran, runner_started

THEIRS = """
import json, sys, time
from tensorboardX import SummaryWriter
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
count, folder, ours = int(sys.argv[1]), sys.argv[2], sys.argv[3]
began = time.process_time()
writer = SummaryWriter(folder)
for at in range(count):
    writer.add_scalar("train/loss", at / 3, at)
writer.close()
wrote = time.process_time() - began
began = time.process_time()
found = EventAccumulator(ours, size_guidance={"scalars": 0}).Reload()
points = len(found.Scalars("train/loss"))
print(json.dumps([wrote / count * 1e6, (time.process_time() - began) / points * 1e6]))
"""
TRAINS = "import time\nn = 0\nfor step in range(1, 41):\n    for _ in range(400_000):\n        n += 1\n    print(f'step {step}/40 loss {1 / step}', flush=True)\nprint('spent', time.process_time())\n"


def measured(call: Callable[[], object]) -> float:
    """Seconds of this process's processor time."""
    began = time.process_time()
    call()
    return time.process_time() - began


def write(path: Path, count: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    writer = EventWriter(descriptor)
    writer.begin_file(1.0, 0)
    for begin in range(0, count, 65_536):
        steps = range(begin, min(count, begin + 65_536))
        writer.scalars("train/loss", steps, [1e9 + step for step in steps], [step / 3 for step in steps])
    writer.flush()
    os.close(descriptor)


def session(root: Path, count: int) -> SessionFolder:
    """A finished session whose one attempt has a line of `count` points."""
    folder = hand_made(root, [created("one"), runner_started(), *ran("one"), finished()])
    place = folder.attempt(1, "one", 1).path
    place.mkdir(parents=True)
    writer = ReadingsWriter(place / "readings.jsonl")
    for begin in range(0, count, 1000):
        steps = range(begin, min(count, begin + 1000))
        writer.append([(step / 100, "train/loss", step / 3, step, None) for step in steps], begin, 0)
    writer.close()
    return folder


def follow(folder: SessionFolder, target: Path) -> None:
    place = place_of(folder, {"folder": str(target)})
    folder.track.mkdir(exist_ok=True)
    Follower(folder, "tensorboard", TensorboardTarget(place), folder.track / "tensorboard.json").send_once()


def stage_seconds(root: Path, *, tracked: bool) -> float:
    """Processor time of a real stage, with or without a follower of its session."""
    (root / "stages").mkdir(parents=True)
    (root / "train.py").write_text(TRAINS)
    head = "[track]\ntensorboard = true\n" if tracked else ""
    plan = f'name = "t"\n{head}[[stage]]\nname = "one"\ncommand = ["{{python}}", "train.py"]\n'
    (root / "stages" / "t.toml").write_text(plan)
    command = [sys.executable, "-m", "autotrain_tui", "run", "t", "--no-ui", "--quiet"]
    subprocess.run(
        command,
        cwd=root,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    (log,) = root.glob("sessions/*/stages/1-one/attempt-1/log")
    return float(log.read_text().rpartition("spent ")[2])


def told(what: str, value: float, unit: str, bound: str, *, good: bool) -> bool:
    print(f"{'ok  ' if good else 'OVER'}  {what:<44} {value:10.3f} {unit:<10} [{bound}]", flush=True)
    return good


def main(count: int) -> int:
    good = True
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        ours = root / "ours" / "events.out.tfevents.1.autotrain"
        ours.parent.mkdir()
        part = min(count, 100_000)
        writing = min(measured(lambda: write(ours, part)) for _ in range(3)) / part * 1e6
        reading = min(measured(lambda: sum(map(len, EventFileTail(ours).poll()))) for _ in range(3)) / part * 1e6
        python = os.environ.get("AUTOTRAIN_TENSORBOARD_PYTHON", "")
        if python:
            words = [python, "-c", THEIRS, "20000", str(root / "theirs"), str(ours.parent)]
            wrote, read = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
            good &= told("writer against tensorboardX", wrote / writing, "times", ">= 5", good=wrote >= 5 * writing)
            good &= told("reader against EventAccumulator", read / reading, "times", ">= 6", good=read >= 6 * reading)
        folder = session(root / "sessions", count)
        whole = measured(lambda: export_to_tensorboard(load_view(folder), root / "whole"))
        live = measured(lambda: follow(folder, root / "live"))
        alone = measured(lambda: write(root / "alone", count))
        for what, seconds in (("export of all points", whole), ("a follower that catches up", live)):
            good &= told(what, seconds, "s", "<= 20 a million", good=seconds <= 20 * count / 1e6)
            ratio = seconds / alone
            good &= told("  against the writer alone", ratio, "times", "<= 1.3", good=ratio <= 1.3)
        times: dict[bool, list[float]] = {True: [], False: []}
        for at in range(6):
            for tracked in (True, False):
                times[tracked].append(stage_seconds(root / f"stage-{at}-{tracked}", tracked=tracked))
        ratio = statistics.median(times[True]) / statistics.median(times[False])
        good &= told("a stage beside a follower", ratio, "times", "1.00 ± 0.02", good=ratio <= 1.02)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
