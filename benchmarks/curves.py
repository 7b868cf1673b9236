"""Bounds 17 and 19: a million metric points read, drawn, panned and appended to; ten thousand sessions listed.

Times are of this process's CPU, so that other programs on the machine hardly matter. Both sides in turn, medians; what
reads the million, in a fresh process each time.
Prints `name, ours, other, ratio, bound, held`.

    python benchmarks/curves.py [--points 1000000] [--sessions 10000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from autotrain_tui.metrics.curves.curves import StageCurves
from autotrain_tui.metrics.curves.readings_file import ReadingsTail
from autotrain_tui.metrics.curves.series import Series
from autotrain_tui.session.history.listing import list_rows
from autotrain_tui.tui.charts.chart import picture_lines
from autotrain_tui.tui.model.curve_picture import Curve, Picture
from tests.tui.sessions import make_session

DAYS = 9_000_000
TURN = 0.4
WIDTH, HEIGHT = 198, 56
"""A pane that fills a window of 200 x 60."""


def cpu(call: Callable[[], object]) -> float:
    """Milliseconds of CPU that a call takes."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1000


def medians(rounds: int, *sides: Callable[[], float]) -> list[float]:
    """The median of each side's own figures, the sides in turn."""
    figures = [[side() for side in sides] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*figures, strict=True)]


def row(name: str, ours: float, other: float | None, bound: str, held: bool) -> None:
    compared = (f"{other:.3f}", f"{ours / other:.3f}") if other else ("–", "–")
    print(f"{name}, {ours:.3f}, {compared[0]}, {compared[1]}, {bound}, {'yes' if held else 'NO'}", flush=True)


def write_readings(path: Path, points: int) -> None:
    """A million rows as the runner writes them: noise, so that every column of a drawing is full."""
    rng = random.Random(1)
    with path.open("w") as out:
        for number in range(points):
            out.write(f'[{number * 0.05:.3f},"loss",{rng.random():.5f},{number},{number / 1000:.3f}]\n')


def load(path: Path) -> StageCurves:
    """The file as the screen reads it."""
    curves = StageCurves()
    curves.begin_attempt()
    for columns in ReadingsTail(path).columns():
        curves.extend_columns(columns)
    return curves


def decode_lines(path: Path) -> None:
    """The same file line by line with msgspec, values kept."""
    decoder = msgspec.json.Decoder(tuple[float, str, float, int | None, float | None])
    values: list[float] = []
    with path.open("rb") as file:
        values.extend(decoder.decode(line)[2] for line in file)


def repainted(path: Path) -> None:
    """Memory, first curve and repaints of days of points: printed as `rss_mib first_s repaint_ms …`, in one process."""
    before, start = resident(), time.monotonic()
    curves, first = StageCurves(), 0.0
    curves.begin_attempt()
    for columns in ReadingsTail(path).columns():
        curves.extend_columns(columns)
        if not first and time.monotonic() - start > TURN:  # as the screen does (tui/poller.py)
            picture_lines(Picture("loss", (Curve(curves.series["loss"]),)), WIDTH, HEIGHT)
            first = time.monotonic() - start
    series = curves.series["loss"]
    end = series.ts[-1]
    drawn = []
    for window in (None, (end * 0.21, end * 0.71), (end * 0.5, end * 0.51)):
        picture = Picture("loss", (Curve(series),), window=window)
        picture_lines(picture, WIDTH, HEIGHT)
        drawn += medians(9, partial(cpu, partial(picture_lines, picture, WIDTH, HEIGHT)))
    print(resident() - before, first or time.monotonic() - start, *drawn)


def resident() -> float:
    """MiB of this process in memory."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def days_figures(path: Path) -> None:
    """Bound 9 of the metrics issue: 9,000,000 points (24 h at 100 a second)."""
    command = [sys.executable, __file__, "--days", str(path)]
    rss, first, *drawn = map(float, subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.split())
    row("9,000,000 points: memory (MiB)", rss, None, "24 MiB", rss <= 24)
    row("9,000,000 points: first curve (s)", first, None, "1 s", first <= 1)
    for name, took in zip(("all of it", "a half, panned", "a hundredth, zoomed"), drawn, strict=True):
        row(f"9,000,000 points: a repaint: {name} (ms)", took, None, "5 ms", took <= 5)


SIDES: dict[str, Callable[[Path], object]] = {
    "chart": lambda path: picture_lines(Picture("loss", (Curve(load(path).series["loss"]),)), WIDTH, HEIGHT),
    "lines": decode_lines,
}
"""What is compared in processes of its own: what the allocator kept of the round before would be half of it."""


def alone(side: str, path: Path) -> float:
    """Milliseconds of CPU that a side takes in a fresh process, without its start."""
    command = [sys.executable, __file__, "--side", side, str(path)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def points_figures(path: Path, points: int, rounds: int) -> None:
    """Bound 17."""
    ours, other, again = medians(rounds, *(partial(alone, side, path) for side in ("chart", "lines", "lines")))
    row(f"{points} points from disk into a chart (ms)", ours, other, "1.3x", ours <= 1.3 * other)
    row("the other side again (ms)", again, other, "–", held=True)
    tracemalloc.start()
    series = load(path).series["loss"]
    taken = tracemalloc.get_traced_memory()[0] / (1 << 20)
    tracemalloc.stop()
    row("memory they take (MiB)", taken, None, "40 MiB", taken <= 40)
    end = series.ts[-1]
    for name, window in (
        ("all of it", None),
        ("a half, panned", (end * 0.21, end * 0.71)),
        ("a hundredth, zoomed", (end * 0.5, end * 0.51)),
    ):
        picture = Picture("loss", (Curve(series),), window=window)
        [drawn] = medians(max(5, rounds), partial(cpu, partial(picture_lines, picture, WIDTH, HEIGHT)))
        row(f"a repaint: {name} (ms)", drawn, None, "5 ms", drawn <= 5)
    for count in (100_000, 40_000):
        # The worst cases: a window of as many points a column as are still read from the file one by one.
        part = Series("loss")
        part.extend(series.ys[:count], series.ts[:count], [None] * count, [None] * count)
        picture = Picture("loss", (Curve(part),))
        [drawn] = medians(max(5, rounds), partial(cpu, partial(picture_lines, picture, WIDTH, HEIGHT)))
        row(f"a repaint of {count} points (ms)", drawn, None, "5 ms", drawn <= 5)
    small = Series("lr")
    small.extend([value / 1e4 for value in series.ys], series.ts, [None] * len(series), [None] * len(series))
    for width, height in ((88, 31), (WIDTH, HEIGHT)):
        picture = Picture("lr", (Curve(small),))
        [drawn] = medians(max(5, rounds), partial(cpu, partial(picture_lines, picture, width, height)))
        row(f"a repaint with long labels, {width} x {height} (ms)", drawn, None, "5 ms", drawn <= 5)
    few, many = StageCurves(), load(path)
    batch = [(end + number, "loss", 0.5, points + number, None) for number in range(1000)]
    few.begin_attempt()
    few.extend(batch)
    ours, other = medians(rounds, lambda: cpu(lambda: many.extend(batch)), lambda: cpu(lambda: few.extend(batch)))
    row("1000 points appended, after a million / after none (ms)", ours, other, "2x", ours <= 2 * other)


def write_sessions(folder: Path, count: int) -> None:
    """Copies of one finished session under other names."""
    source = make_session(folder, "finished", name="20240101-000000-digits").path
    lock = source / "runner.lock"
    lock.write_bytes(
        msgspec.json.encode({**msgspec.json.decode(lock.read_bytes()), "pid": 99_999_999, "start_time": 1})
    )
    for number in range(1, count):
        moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(1_704_067_200 + 3600 * number))
        place = folder / f"{moment}-digits"
        place.mkdir(0o700)
        for name in ("journal.jsonl", "runner.lock"):
            shutil.copy(source / name, place / name)


def sessions_figures(folder: Path, count: int, rounds: int) -> None:
    """Bound 19."""

    def glob_and_json() -> float:
        return cpu(
            lambda: [
                msgspec.json.decode(line)
                for path in folder.glob("*/journal.jsonl")
                for line in path.read_bytes().splitlines()[:1]
            ]
        )

    def listed() -> float:
        return cpu(lambda: sum(1 for _ in list_rows(str(folder))))

    first = listed()
    row(f"{count} sessions without the index (ms)", first, None, "80 ms", first <= 80)
    ours, other = medians(rounds, listed, glob_and_json)
    row(
        f"{count} sessions from the index (ms) against the first line of each journal", ours, other, "10 ms", ours <= 10
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=["points", "days", "sessions"])
    parser.add_argument("--side", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--days", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.days:
        repainted(options.days)
        return
    if options.side:
        print(cpu(lambda: SIDES[options.side[0]](Path(options.side[1]))))
        return
    print("name, ours, other, ratio, bound, held")
    with tempfile.TemporaryDirectory() as place:
        readings = Path(place) / "readings.jsonl"
        if "points" in options.only:
            write_readings(readings, options.points)
            points_figures(readings, options.points, options.rounds)
        if "days" in options.only:
            write_readings(readings, DAYS)
            days_figures(readings)
        if "sessions" in options.only:
            write_sessions(Path(place) / "sessions", options.sessions)
            sessions_figures(Path(place) / "sessions", options.sessions, options.rounds)


if __name__ == "__main__":
    main()
