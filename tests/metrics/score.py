"""Hold the log reader against recordings with known truth, and print how much of each it reads.

    python -m tests.metrics.score [FOLDER ...] [--only NAME] [--package DIR] [--names] [--markdown]

Without FOLDER it takes `tests/metrics/recordings`. A recording is `NAME.log` with either `NAME.json` (the form of this
repository: `{"library", "points": {metric: [value, ...]}}`) or `NAME.truth.json` (`{"series": {metric: [[x, value],
...]}, "in_text": {metric: {"text_name", "fmt", ...}}, ...}`, with `NAME.timing`: `seconds bytes` a line).
`--package DIR` scores the reader of another checkout (to print before and after).

The columns: values read / values that the log shows; points at the right step or epoch / points read whose place is
known; names of series that stand for no metric of the truth; points of a true name that have no true value; whether the
fraction only grows, and where it ends; how far off the ETA was from half-way on (share of looks within 20 %).
"""

from __future__ import annotations

import argparse
import bisect
import functools
import importlib
import json
import math
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent / "recordings"
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.(\d+))?(?:[eE]([-+]?\d+))?")
_AHEAD = 60  # readings that one true value is looked for in
_ETA_SHARE = 0.2


@dataclass
class Recording:
    """One log with its truth; `pieces` are (seconds, bytes) as they came."""

    name: str
    data: bytes
    series: dict[str, list[tuple[float | None, float]]]
    text_names: dict[str, str]
    library: str
    unordered: bool = False
    formats: dict[str, str] = field(default_factory=dict)
    by_epoch: frozenset[str] = frozenset()
    partial: frozenset[str] = frozenset()

    @functools.cached_property
    def line_numbers(self) -> list[frozenset[float]]:
        """The numbers of each line."""
        text = _ESCAPE.sub("", self.data.decode("utf-8", "replace"))
        lines = re.split(r"[\r\n]+", text)
        return [frozenset(float(match[0]) for match in _NUMBER.finditer(line)) for line in lines]

    pieces: list[tuple[float, int]] = field(default_factory=list)


@dataclass
class Score:
    """What the reader made of one recording."""

    name: str
    library: str
    shown: int = 0
    read: int = 0
    placed: int = 0
    placed_right: int = 0
    other_names: list[str] = field(default_factory=list)
    false: list[tuple[str, float]] = field(default_factory=list)
    missed: dict[str, tuple[int, int]] = field(default_factory=dict)
    monotonic: bool = True
    fraction: float | None = None
    eta_right: int = 0
    eta_looks: int = 0


def load(folder: Path) -> Iterator[Recording]:
    """Every recording of a folder."""
    for log in sorted(folder.glob("*.log")):
        far, own = log.with_suffix(".truth.json"), log.with_suffix(".json")
        if far.exists():
            yield _load_far(log, json.loads(far.read_text()))
        elif own.exists():
            truth = json.loads(own.read_text())
            series = {name: [(None, value) for value in values] for name, values in truth["points"].items()}
            yield Recording(log.stem, log.read_bytes(), series, {}, truth["library"], truth.get("unordered", False))


def _load_far(log: Path, truth: dict[str, Any]) -> Recording:
    told = truth.get("in_text") or {}
    series, names = {}, {}
    for name, points in truth.get("series", {}).items():
        how = told.get(name)
        if not how or how.get("fmt") == "hidden":
            continue
        scale = how.get("scale") or 1.0
        series[name] = [(x, value * scale) for x, value in points if value is not None]
        names[name] = how.get("text_name") or name
    library = " ".join(" ".join(pair) for pair in truth.get("libraries", {}).items()) or log.stem
    timing = log.with_suffix(".timing")
    pieces = []
    if timing.exists():
        for line in timing.read_text().splitlines():
            if line and not line.startswith("#"):
                seconds, count = line.split()[:2]
                pieces.append((float(seconds), int(count)))
    formats = {name: told[name].get("fmt") or "" for name in series}
    partial = frozenset(name for name in series if told[name].get("partial"))
    by_epoch = frozenset(name for name, axis in (truth.get("axis") or {}).items() if "epoch" in axis)
    return Recording(
        log.stem,
        log.read_bytes(),
        series,
        names,
        library,
        formats=formats,
        pieces=pieces,
        by_epoch=by_epoch,
        partial=partial,
    )


class Readers:
    """The reader's classes of this checkout, or of another one."""

    def __init__(self, package: Path | None) -> None:
        if package is not None:
            sys.path.insert(0, str(package.resolve()))
        for parser, events, tracker in (
            ("log_parser", "parsing.reading_events", "progress_tracker"),
            ("log_reader", "reading", "progress"),  # their names at c2ebc5a
        ):
            try:
                modules = [
                    importlib.import_module(f"autotrain_tui.metrics.{name}") for name in (parser, events, tracker)
                ]
            except ModuleNotFoundError:
                continue
            self.reader, self.reading, self.progress = modules[0].LogReader, modules[1].Reading, modules[1].Progress
            self.tracker = modules[2].ProgressTracker
            self._estimate = getattr(self.tracker, "estimate_at", None) or self.tracker.outlook
            return
        raise SystemExit("score: no log reader found in the package autotrain_tui.metrics")

    def estimate(self, tracker: Any, now: float) -> Any:
        """What a tracker shows at `now`."""
        return self._estimate(tracker, now)


def score(recording: Recording, readers: Readers) -> Score:
    """Read one recording as it came, piece by piece, and judge it."""
    result = Score(recording.name, recording.library)
    reader, tracker = readers.reader(), readers.tracker()
    readings: dict[str, list[Any]] = defaultdict(list)
    looks: list[tuple[float, float, float | None]] = []
    at, now = 0, 0.0
    pieces = recording.pieces or [(i / 10, 100) for i in range(len(recording.data) // 100 + 1)]
    for now, count in pieces:
        _take(reader.feed(recording.data[at : at + count]), now, readers, tracker, readings)
        at += count
        _look(readers.estimate(tracker, now), now, looks)
    _take(reader.feed(recording.data[at:]) + reader.finish(), now, readers, tracker, readings)
    _look(readers.estimate(tracker, now), now, looks)
    _judge_progress(looks, now, result, timed=bool(recording.pieces))
    _judge_values(recording, readings, result)
    return result


def _take(events: list[Any], now: float, readers: Readers, tracker: Any, readings: dict[str, list[Any]]) -> None:
    for event in events:
        if isinstance(event, readers.reading):
            readings[event.name].append(event)
        elif isinstance(event, readers.progress):
            tracker.feed(event, now)


def _look(estimate: Any, now: float, looks: list[tuple[float, float, float | None]]) -> None:
    if estimate.fraction is not None:
        looks.append((now, estimate.fraction, estimate.eta_seconds))


def _judge_progress(looks: list[tuple[float, float, float | None]], end: float, result: Score, *, timed: bool) -> None:
    fractions = [fraction for _, fraction, _ in looks]
    result.monotonic = fractions == sorted(fractions)
    result.fraction = fractions[-1] if fractions else None
    for now, fraction, eta in looks if timed else ():
        if fraction >= 0.5 and eta is not None and end - now > 0.5:
            result.eta_looks += 1
            result.eta_right += abs(eta - (end - now)) <= _ETA_SHARE * (end - now) + 0.5


def _judge_values(recording: Recording, readings: dict[str, list[Any]], result: Score) -> None:
    printed = _printed(recording.data)
    used: set[str] = set()
    found: dict[str, tuple[str, list[tuple[int, int]]]] = {}
    wanted = {
        name: [point for point in points if _is_shown(point[1], printed, recording.formats.get(name))]
        for name, points in recording.series.items()
    }
    for name in recording.partial & set(wanted):  # one value may stand in the text for another step's
        beside = [point for point in wanted[name] if _stands_beside(point, recording)]
        wanted[name] = beside or wanted[name]
    order = sorted(wanted, key=lambda name: -len(wanted[name]))
    for by_name in (True, False):
        for name in order:
            if name in found:
                continue
            best = _best(
                wanted[name], readings, used, recording.text_names.get(name, name) if by_name else None, recording
            )
            if best is not None:
                found[name] = best
                used.add(best[0])
    for name, points in wanted.items():
        result.shown += len(points)
        series, pairs = found.get(name, ("", []))
        result.read += len(pairs)
        if len(pairs) < len(points):
            result.missed[name] = (len(pairs), len(points))
        for i, j in pairs:
            x, reading = points[i][0], readings[series][j]
            by_epoch = reading.step is None and name in recording.by_epoch
            if x is not None and (reading.step is not None or (by_epoch and reading.epoch is not None)):
                result.placed += 1
                result.placed_right += x in {reading.step, reading.epoch}
        if series:
            true = sorted(value for _, value in recording.series[name])
            result.false += [(series, r.value) for r in readings[series] if not _is_near(r.value, true)]
    result.other_names = sorted(set(readings) - used)


def _stands_beside(point: tuple[float | None, float], recording: Recording) -> bool:
    """Whether a line of the text holds both the value and its place."""
    x, value = point
    return any(x in numbers and any(_same(value, number) for number in numbers) for numbers in recording.line_numbers)


def _best(
    points: list[tuple[float | None, float]],
    readings: dict[str, list[Any]],
    used: set[str],
    name: str | None,
    recording: Recording,
) -> tuple[str, list[tuple[int, int]]] | None:
    """The series that holds most of a metric's values; with `name` only those that are named like it."""
    best: tuple[str, list[tuple[int, int]]] | None = None
    for series, events in readings.items():
        if series in used or (name is not None and not _is_named(series, name)):
            continue
        pairs = _match_places(points, events) or _match(
            points, [event.value for event in events], unordered=recording.unordered
        )
        if name is None and len(pairs) < max(1, 0.6 * len(points)):
            continue
        if pairs and (best is None or len(pairs) > len(best[1])):
            best = (series, pairs)
    return best


def _is_named(series: str, name: str) -> bool:
    flat, want = (re.sub(r"[^a-z0-9]", "", text.lower()) for text in (series, name))
    return flat.endswith(want) or want.endswith(flat)


def _match_places(points: list[tuple[float | None, float]], events: list[Any]) -> list[tuple[int, int]]:
    """Pairs of (true, read) at equal steps or epochs with equal values; empty when the places are others."""
    at: dict[float, list[int]] = defaultdict(list)
    for j, event in enumerate(events):
        at[event.step if event.step is not None else event.epoch].append(j)
    pairs = []
    for i, (x, value) in enumerate(points):
        pairs += [(i, j) for j in at.get(x, ()) if x is not None and _same(events[j].value, value)][:1]
    return pairs if 2 * len(pairs) >= len(points) else []


def _match(points: list[tuple[float | None, float]], values: list[float], *, unordered: bool) -> list[tuple[int, int]]:
    """Pairs of (true, read) with equal values, in order."""
    pairs, at, taken = [], 0, set()
    for i, (_, value) in enumerate(points):
        begin = 0 if unordered else at
        for j in range(begin, min(len(values), begin + _AHEAD)):
            if j not in taken and _same(values[j], value):
                pairs.append((i, j))
                taken.add(j)
                at = j + 1
                break
        else:  # a bar that shows the same figure again gives no second point
            if pairs and _same(values[pairs[-1][1]], value):
                pairs.append((i, pairs[-1][1]))
    return pairs


def _same(read: float, true: float) -> bool:
    return math.isclose(read, true, rel_tol=5.1e-3, abs_tol=5.1e-5)


def _is_near(value: float, true: list[float]) -> bool:
    at = bisect.bisect_left(true, value)
    return any(_same(value, other) for other in true[max(0, at - 2) : at + 2])


def _printed(data: bytes) -> list[float]:
    text = _ESCAPE.sub("", data.decode("utf-8", "replace")).replace(",", " ")
    return sorted({float(match[0]) for match in _NUMBER.finditer(text) if len(match[0]) < 40})


def _is_shown(value: float, printed: list[float], form: str | None) -> bool:
    if form:
        value = float(format(value, form))
    elif form is not None:  # printed in full
        at = bisect.bisect_left(printed, value - 1e-9 * abs(value))
        return at < len(printed) and printed[at] <= value + 1e-9 * abs(value)
    width = max(5.1e-3 * abs(value), 5.1e-5)
    if form:
        width = 1e-9 * abs(value)
    at = bisect.bisect_left(printed, value - width)
    return at < len(printed) and printed[at] <= value + width


def row(one: Score, *, names: bool) -> str:
    """One line of the table."""
    cells = [
        one.name,
        f"{one.read}/{one.shown}",
        f"{one.placed_right}/{one.placed}",
        str(len(one.other_names)),
        str(len(one.false)),
        "yes" if one.monotonic else "NO",
        "–" if one.fraction is None else f"{one.fraction:.2f}",
        f"{one.eta_right}/{one.eta_looks}",
    ]
    text = f"| {' | '.join(cells)} |"
    if names:
        text += f"\n    missed {one.missed}\n    other names {one.other_names}\n    false {one.false[:6]}"
    return text


def figures(one: Score) -> dict[str, Any]:
    """What the table of docs/metrics.md shows of a recording."""
    return {
        "read": one.read,
        "shown": one.shown,
        "placed": one.placed,
        "placed_right": one.placed_right,
        "false": len(one.false),
        "fraction": one.fraction,
        "monotonic": one.monotonic,
    }


def _figures_of(package: Path, folder: Path) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "tests.metrics.score", str(folder), "--package", str(package), "--json"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures_by_name: dict[str, dict[str, Any]] = json.loads(output)
    return figures_by_name


def print_comparison(scores: list[Score], before: dict[str, dict[str, Any]]) -> None:
    """One row a recording: before → after."""
    print("| recording | values read / shown | steps right | fraction at the end | false values |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for one in scores:
        old, new = before[one.name], figures(one)
        ends = [
            "–"
            if each["fraction"] is None
            else f"{each['fraction']:.2f}" + ("" if each["monotonic"] else " (runs back)")
            for each in (old, new)
        ]
        cells = [
            one.library + (", in a terminal" if one.name.endswith(("pty", ".pty")) else ""),
            f"{old['read']} → {new['read']} / {new['shown']}",
            f"{old['placed_right']}/{old['placed']} → {new['placed_right']}/{new['placed']}",
            " → ".join(ends),
            f"{old['false']} → {new['false']}",
        ]
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    """Score the folders and print one table each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[RECORDINGS])
    parser.add_argument("--only", default="", help="recordings whose name begins with this")
    parser.add_argument("--package", type=Path, default=None, help="a checkout whose reader is scored")
    parser.add_argument("--before", type=Path, default=None, help="another checkout: print its figures beside these")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--names", action="store_true", help="list what was missed and what is not in the truth")
    given = parser.parse_args()
    readers = Readers(given.package)
    for folder in given.folders:
        scores = [score(one, readers) for one in load(folder) if one.name.startswith(given.only)]
        if given.json:
            print(json.dumps({one.name: figures(one) for one in scores}))
            continue
        if given.before is not None:
            print_comparison(scores, _figures_of(given.before, folder))
            continue
        print("| recording | values | places | other names | false | only grows | fraction | ETA |")
        print("| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
        for one in scores:
            print(row(one, names=given.names))
        shares = [one.read / one.shown for one in scores if one.shown]
        print(
            f"{folder.name}: recall {sum(shares) / max(1, len(shares)):.3f} (mean of recordings),"
            f" {sum(one.read for one in scores)}/{sum(one.shown for one in scores)} values;"
            f" places {sum(one.placed_right for one in scores)}/{sum(one.placed for one in scores)};"
            f" other names {sum(len(one.other_names) for one in scores)}; false {sum(len(one.false) for one in scores)};"
            f" fraction runs back in {sum(not one.monotonic for one in scores)};"
            f" ETA {sum(one.eta_right for one in scores)}/{sum(one.eta_looks for one in scores)}"
        )


if __name__ == "__main__":
    main()
