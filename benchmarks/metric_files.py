"""Event files and CSV files of a million points: read, imported, drawn; and what memory that takes.

Times are of CPU. EventAccumulator is measured in the interpreter that AUTOTRAIN_TENSORBOARD_PYTHON names, if any.
Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/metric_files.py [--points 1000000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.trackers.event_writer import EventWriter
from benchmarks.curves import row, write_readings

PYTHON = os.environ.get("AUTOTRAIN_TENSORBOARD_PYTHON", "")
TAGS = ("train/loss", "val/loss", "lr", "grad_norm")

READ = """
import resource, sys, time
sys.path.insert(0, sys.argv[1])
from autotrain_tui.metrics.files.csv_file import CsvFileTail
from autotrain_tui.metrics.files.event_points import EventFilePoints
kind = CsvFileTail if sys.argv[2].endswith(".csv") else EventFilePoints
begin = time.process_time()
count = sum(map(len, kind(sys.argv[2]).poll()))
print(count, time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
ACCUMULATOR = """
import sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
begin = time.process_time()
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}).Reload()
count = sum(len(events.Scalars(tag)) for tag in events.Tags()["scalars"])
print(count, time.process_time() - begin)
"""
CURVE = """
import sys, time
sys.path.insert(0, sys.argv[1])
from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.tui.charts.chart import picture_lines
from autotrain_tui.tui.model.curve_picture import Curve, Picture
begin = time.process_time()
line = StageCurves()
for columns in ReadingsTail(sys.argv[2]).columns():
    line.extend_columns(columns)
    if time.process_time() - begin > 0.4:
        break
picture_lines(Picture("loss", (Curve(next(iter(line.series.values()))),)), 198, 56)
print(sum(map(len, line.series.values())), time.process_time() - begin)
"""


def write_events(path: Path, points: int) -> None:
    """An event file with that many points of four tags."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    writer = EventWriter(descriptor)
    writer.begin_file(0.0, 0)
    for step in range(points // len(TAGS)):
        for tag in TAGS:
            writer.scalars(tag, (step,), (float(step),), (0.5,))
    writer.flush()
    os.close(descriptor)


def write_csv(path: Path, points: int) -> None:
    """A CSV file with that many points in four columns."""
    with path.open("w") as file:
        file.write("step," + ",".join(TAGS) + "\n")
        file.writelines(f"{step},0.5123,0.6234,0.001,1.25\n" for step in range(points // len(TAGS)))


def figures(code: str, *words: object, python: str = sys.executable) -> list[float]:
    """What a fresh process prints, as numbers."""
    done = subprocess.run([python, "-c", code, *map(str, words)], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    points = parser.parse_args().points
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form, write in (("events.out.tfevents.1", write_events), ("metrics.csv", write_csv)):
            small, large = folder / "small" / form, folder / "large" / form
            for path, count in ((small, points // 10), (large, points)):
                path.parent.mkdir(exist_ok=True)
                write(path, count)
            (_, _, less), (count, seconds, more) = figures(READ, root, small), figures(READ, root, large)
            assert count == points
            other = None
            if PYTHON and form != "metrics.csv":
                part, took = figures(ACCUMULATOR, small.parent, python=PYTHON)
                other = took / part * 1e6
            ours = seconds / points * 1e6
            bound, held = ("<= 1/6", other is None or 6 * ours <= other) if other else ("–", True)
            row(f"{form}: read (us a point)", ours, other, bound, held)
            row(f"{form}: memory of {points} against a tenth (MiB)", more, less, "<= 1.1", more <= 1.1 * less)
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "autotrain_tui", "import", str(folder / "large"), "--sessions-dir", name],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        row(f"import of {2 * points} points (s)", time.monotonic() - begin, None, "–", held=True)
        imported = next((folder / done.stdout.strip()).glob("stages/*/attempt-1/readings.jsonl"))
        write_readings(folder / "readings.jsonl", points)
        ours, other = figures(CURVE, root, imported), figures(CURVE, root, folder / "readings.jsonl")
        row(f"first curve of {points} points from a file (s)", ours[1], other[1], "<= 1.1", ours[1] <= 1.1 * other[1])


if __name__ == "__main__":
    main()
