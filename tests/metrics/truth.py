"""Readings against a library's own record: what was found, what is wrong, what was missed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.reading_events import Reading

FOLDER = Path(__file__).parent / "recordings"
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.(\d+))?(?:[eE]([-+]?\d+))?(?![\w.])")


@dataclass(frozen=True)
class Verdict:
    library: str
    lines: int
    recorded: int
    printed: int
    found: int
    wrong: list[tuple[str, float]]
    missed: list[tuple[str, float]]


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.log") if path.with_suffix(".json").exists())


def read(data: bytes) -> list[Reading]:
    reader = LogReader()
    return [event for event in [*reader.feed(data), *reader.finish()] if isinstance(event, Reading)]


def judge(name: str) -> Verdict:
    """A reading is right when the record has that value, as rounded in print, under that name, no earlier than before.

    A recorded value counts as printed when some number of the text is it at that number's own precision.
    """
    data = (FOLDER / f"{name}.log").read_bytes()
    truth = json.loads((FOLDER / f"{name}.json").read_text())
    points: dict[str, list[float]] = truth["points"]
    readings = read(data)
    wrong, hit = [], set()
    for name in sorted({reading.name for reading in readings}):
        values = points.get(name, [])
        mine = [reading.value for reading in readings if reading.name == name]
        order = list(range(len(values)))
        if truth.get("unordered"):
            mine.sort()
            order.sort(key=values.__getitem__)
        pairs = _align(mine, [values[i] for i in order])
        hit |= {(name, order[j]) for _, j in pairs}
        matched = {i for i, _ in pairs}
        # a value printed again (a bar's redraw, a summary) is no wrong one
        wrong += [(name, x) for i, x in enumerate(mine) if i not in matched and not any(_same(x, v) for v in values)]
    printed = _printed(data)
    shown = [(name, i) for name, values in points.items() for i, value in enumerate(values) if _is_in(value, printed)]
    missed = [(name, points[name][i]) for name, i in shown if not _is_hit(name, i, points[name], hit)]
    recorded = sum(len(values) for values in points.values())
    lines = sum(1 for line in re.split(rb"[\r\n]+", data) if line.strip())
    return Verdict(truth["library"], lines, recorded, len(shown), len(readings), wrong, missed)


def _is_hit(name: str, i: int, values: list[float], hit: set[tuple[str, int]]) -> bool:
    """A bar that shows the same figure at two steps can't be told from one that was redrawn: that counts as found."""
    return (name, i) in hit or any(
        (name, j) in hit and f"{values[i]:.3g}" == f"{values[j]:.3g}" for j in (i - 1, i + 1)
    )


def _same(printed: float, recorded: float) -> bool:
    return abs(printed - recorded) <= max(5.1e-3 * abs(recorded), 5.1e-5)


def _align(mine: list[float], truth: list[float]) -> list[tuple[int, int]]:
    """The longest common subsequence of readings and recorded values, as index pairs; of equals the nearest."""
    best = [[0.0] * (len(truth) + 1) for _ in range(len(mine) + 1)]
    for i in range(len(mine) - 1, -1, -1):
        for j in range(len(truth) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if _same(mine[i], truth[j]):
                nearness = 1 - abs(mine[i] - truth[j]) / (1 + abs(truth[j]))
                best[i][j] = max(best[i][j], 1000 + nearness + best[i + 1][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(mine) and j < len(truth):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def _printed(data: bytes) -> list[tuple[float, float]]:
    """Each number of the text with half a unit of its last place."""
    text = _ESCAPE.sub("", data.decode("utf-8", "replace"))
    found = set()
    for match in _NUMBER.finditer(text):
        places = len(match[1] or "") - int(match[2] or 0)
        found.add((float(match[0]), 0.5001 * 10.0**-places))
    return sorted(found)


def _is_in(value: float, printed: list[tuple[float, float]]) -> bool:
    for number, half in printed:
        if abs(value - number) <= half <= max(5.1e-3 * abs(value), 5.1e-5):
            return True
        if number in {float(f"{value:.3g}"), float(f"{value:.4g}"), float(f"{value:.5g}")}:
            return True
    return False
