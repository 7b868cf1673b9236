"""Bounds 17 and 18: readings from disk into a chart, and the readers of logs.

Times are processor time of this process (the machines are shared), both sides in turn, medians. Prints
`name, ours, other, ratio, bound, held`.

    python benchmarks/metrics_readers.py [--megabytes 20] [--points 1000000] [--rounds 5]
"""

# ruff: noqa: SIM905  a text of words
from __future__ import annotations

import argparse
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.readings_file import ReadingsTail, Row
from autotrain_tui.metrics.log_parser import LogReader
from tests.metrics.lines import NO_METRICS

RECORDINGS = Path(__file__).parents[1] / "tests" / "metrics" / "recordings"
BLOCK = 256 * 1024
WORDS = """the of training model data loader worker file path cache node value epoch step warning info debug error layer
    attention shape tensor batch seconds read write open close checkpoint saved to disk from all ranks are ready""".split()


def seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def medians(rounds: int, *sides: Callable[[], float]) -> list[float]:
    figures = [[side() for side in sides] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*figures, strict=True)]


def row(name: str, ours: float, other: float | None, ratio: float | None, bound: str, held: bool) -> None:
    shown = ["–" if figure is None else f"{figure:.3f}" for figure in (ours, other, ratio)]
    print(f"{name}, {', '.join(shown)}, {bound}, {'yes' if held else 'NO'}", flush=True)


def mixed_log(size: int, recordings: Iterable[Path] | None = None) -> bytes:
    """The recordings and lines without metrics, again and again, each line with other digits."""
    chance = random.Random(18)
    tables = [
        bytes(chance.choice(b"0123456789") if byte in b"123456789" else byte for byte in range(256)) for _ in range(64)
    ]
    parts = [path.read_bytes() + b"\n" for path in sorted(recordings or RECORDINGS.glob("*.log"))]
    parts.append("\n".join(NO_METRICS * 3).encode() + b"\n")
    made: list[bytes] = []
    length = 0
    while length < size:
        for part in parts:
            lines = [line.translate(chance.choice(tables)) for line in part.split(b"\n")]
            made.append(b"\n".join(lines))
            length += len(part)
    return b"".join(made)


def trainer_log(size: int, *, every: int) -> bytes:
    """A logger's lines without metrics, and one with metrics every so many."""
    chance = random.Random(19)
    lines = []
    for i in range(size // 95):
        stamp = f"2026-11-22 10:{i // 60 % 60:02d}:{i % 60:02d},{i % 1000:03d} - INFO - train - "
        if i % every == 0:
            lines.append(
                f"{stamp}epoch {i // 5000} step {i} loss {chance.random():.4f} acc {chance.random():.4f} lr 3.0e-04"
            )
        else:
            lines.append(f"{stamp}shard {i} read in {chance.randrange(10**5)} us by worker {i % 16}")
    return "\n".join(lines).encode() + b"\n"


def words_log(size: int) -> bytes:
    chance = random.Random(20)
    lines = [" ".join(chance.choice(WORDS) for _ in range(14)) for _ in range(2000)]
    block = "\n".join(lines).encode() + b"\n"
    return block * (size // len(block) + 1)


def read_log(data: bytes) -> int:
    reader, count = LogReader(), 0
    for at in range(0, len(data), BLOCK):
        count += len(reader.feed(data[at : at + BLOCK]))
    return count + len(reader.finish())


def learned_log(size: int) -> bytes:
    """A program whose names no list knows, but that counts."""
    chance = random.Random(21)
    lines = [
        f"Gen {i} wobble: {chance.random():.4f} gizmo: {chance.random():.4f} drift={chance.random():.3e}"
        f" tokens/s {chance.randrange(10**4, 10**5)}"
        for i in range(size // 75)
    ]
    return "\n".join(lines).encode() + b"\n"


def bar_log(size: int) -> bytes:
    """A bar's redraws as tqdm writes them to a file: each fills it a little more."""
    chance = random.Random(22)
    redraws, length = [], 0
    for i in itertools.count(1):
        done = i % 4000
        percent = done // 40
        drawing = "█" * (percent // 10) + (" ▏▎▍▌▋▊▉█"[percent % 10 * 8 // 10] if percent < 100 else "")
        redraws.append(
            f"\rEpoch {i // 4000}: {percent:3d}%|{drawing:<10}| {done}/4000 [00:{done // 80:02d}<00:{50 - done // 80:02d},"
            f" {80 + chance.random():.2f}it/s, loss={chance.random():.4f}]"
        )
        length += len(redraws[-1])
        if length >= size:
            break
    return "".join(redraws).encode() + b"\n"


def bomb_log(size: int) -> bytes:
    """Every line of another shape, with a known name and others."""
    chance = random.Random(23)
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = []
    for i in range(size // 70):
        words = ["".join(chance.choices(letters, k=chance.randrange(3, 9))) for _ in range(4)]
        values = [chance.random() for _ in range(3)]
        lines.append(
            f"{words[0]} {words[1]} step {i} {words[2]}: {values[0]:.4f} {words[3]}={values[1]:.3f} loss {values[2]:.4f}"
        )
    return "\n".join(lines).encode() + b"\n"


_READ = """
import sys, time
sys.path.insert(0, sys.argv[1])
try:
    from autotrain_tui.metrics.log_parser import LogReader
except ImportError:  # its name at c2ebc5a
    from autotrain_tui.metrics.log_reader import LogReader
data = open(sys.argv[2], "rb").read()
reader, begin = LogReader(), time.process_time()
for at in range(0, len(data), 256 * 1024):
    reader.feed(data[at : at + 256 * 1024])
reader.finish()
print(time.process_time() - begin)
"""


def seconds_of(package: Path, log: Path) -> float:
    """Processor seconds that a checkout's reader takes for a log, in a process of its own."""
    command = [sys.executable, "-c", _READ, str(package), str(log)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


_POINTS = """
import sys
sys.path.insert(0, sys.argv[1])
try:
    from autotrain_tui.metrics.log_parser import LogReader
except ImportError:
    from autotrain_tui.metrics.log_reader import LogReader
for path in sys.argv[2:]:
    reader = LogReader()
    events = reader.feed(open(path, "rb").read()) + reader.finish()
    print(sorted((one.name, one.value) for one in events if type(one).__name__ == "Reading"))
"""


def read_alike(other: Path) -> list[Path]:
    """The recordings of which both checkouts read the same values under the same names."""
    paths = sorted(RECORDINGS.glob("*.log"))
    points = []
    for package in (Path(__file__).parents[1], other):
        command = [sys.executable, "-c", _POINTS, str(package), *map(str, paths)]
        points.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
    return [path for path, ours, theirs in zip(paths, *points, strict=True) if ours == theirs]


def against(other: Path, size: int, rounds: int) -> None:
    """This reader and another checkout's, in turn: MB/s of each."""
    here = Path(__file__).parents[1]
    alike = read_alike(other)
    with tempfile.TemporaryDirectory() as folder:
        for name, data, bound in (
            ("recordings mixed", mixed_log(size), 2.0),
            (f"the {len(alike)} recordings that both read alike, mixed", mixed_log(size, alike), 2.0),
            ("a trainer's log, one metric line in ten", trainer_log(size, every=10), 1.0),
            ("a trainer's log of known words", trainer_log(size, every=1), 3.0),
            ("shapes that are learned (the other one reads none)", learned_log(size), 0.0),
            ("redraws of one bar", bar_log(size // 4), 1.5),
            ("every line of another shape", bomb_log(size // 40), 0.7),
        ):
            log = Path(folder) / "log"
            log.write_bytes(data)
            ours, theirs = medians(
                rounds, lambda log=log: seconds_of(here, log), lambda log=log: seconds_of(other, log)
            )
            speed = [len(data) / 1e6 / each for each in (ours, theirs)]
            ratio = speed[0] / speed[1]
            row(f"MB/s against another checkout: {name}", *speed, ratio, f">= {bound:g}", ratio >= bound)


def scan_newlines(data: bytes) -> int:
    return sum(data[at : at + BLOCK].count(b"\n") for at in range(0, len(data), BLOCK))


def bound_18(size: int, rounds: int) -> None:
    for name, data in (
        ("readers MB/s: recordings mixed (every second line a metric)", mixed_log(size)),
        ("readers MB/s: a trainer's log, one metric line in ten", trainer_log(size, every=10)),
    ):
        (ours,) = medians(rounds, lambda data=data: seconds(lambda: read_log(data)))
        speed = len(data) / 1e6 / ours
        row(name, speed, None, None, ">= 20", speed >= 20)
    data = words_log(size)
    ours, other, again = medians(
        rounds,
        lambda: seconds(lambda: read_log(data)),
        lambda: seconds(lambda: scan_newlines(data)),
        lambda: seconds(lambda: scan_newlines(data)),
    )
    row("seconds: lines without a number against a newline scan", ours, other, ours / other, "<= 2", ours <= 2 * other)
    row("the newline scan against itself", again, other, again / other, "–", True)


def write_readings(path: Path, points: int) -> None:
    chance, encode = random.Random(17), msgspec.json.Encoder().encode
    with path.open("wb") as file:
        for i in range(points // 4):
            for name in ("loss", "accuracy", "lr", "grad_norm"):
                file.write(encode((round(i * 0.1, 3), name, round(chance.random(), 4), i, None)) + b"\n")


def load(path: Path) -> StageCurves:
    curves = StageCurves()
    curves.begin_attempt()
    for columns in ReadingsTail(path).columns():
        curves.extend_columns(columns)
    return curves


def decode_lines(path: Path) -> None:
    decode = msgspec.json.Decoder(Row).decode
    with path.open("rb") as file:
        for line in file:
            decode(line)


def bound_17(points: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readings.jsonl"
        write_readings(path, points)
        memory = subprocess.run(
            [sys.executable, __file__, "--memory-of", str(path)], capture_output=True, text=True, check=True
        )
        grown = float(memory.stdout)
        row("MiB more for a million points", grown, None, None, "<= 40", grown <= 40)
        ours, other = medians(rounds, lambda: seconds(lambda: load(path)), lambda: seconds(lambda: decode_lines(path)))
        row("seconds: a million points into curves", ours, other, ours / other, "<= 1.2", ours <= 1.2 * other)
        curves = load(path)
        series, end = curves.series["loss"], points / 4
        first = seconds(lambda: series.reduce(400, 0, end))
        row(f"ms: a curve of {len(series)} points, looked at for the first time", first * 1e3, None, None, "–", True)
        (whole, part) = medians(
            rounds,
            lambda: seconds(lambda: series.reduce(400, 0, end)),
            lambda: seconds(lambda: series.reduce(400, 0.1 * end, 0.7 * end)),
        )
        row("ms: a curve reduced to 400 columns", whole * 1e3, None, None, "<= 5", whole <= 0.005)
        row("ms: the same, panned and zoomed", part * 1e3, None, None, "<= 5", part <= 0.005)


def resident() -> float:
    """Resident memory of this process in MiB."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout, whose reader is measured in turn with this one")
    parser.add_argument("--memory-of", default="")
    given = parser.parse_args()
    if given.memory_of:
        before = resident()
        curves = load(Path(given.memory_of))
        print(resident() - before if curves.series else 0.0)
        return
    print("name, ours, other, ratio, bound, held")
    if given.against:
        against(given.against, given.megabytes * 1_000_000, given.rounds)
        return
    bound_17(given.points, given.rounds)
    bound_18(given.megabytes * 1_000_000, given.rounds)


if __name__ == "__main__":
    main()
