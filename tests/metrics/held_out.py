"""What is said at the end of each recording, against the library's own record: `python -m tests.metrics.held_out`.

A sentence is false if by the record the best is elsewhere, the last value is not worse by what is said, training did not
go on to become better, or a score is better at the end. It is missed if the record shows that a person would say it: six
values or more, the best three or more before the end, the last three worse than it by 5 %, training better since, and
no score better.
"""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from autotrain_tui.metrics.held_out_tracker import HeldOutTracker
from autotrain_tui.metrics.log_parser import LogReader
from autotrain_tui.metrics.parsing.metric_split import split_of
from autotrain_tui.metrics.parsing.reading_events import Reading
from autotrain_tui.metrics.past_best import PastBest
from autotrain_tui.text.metric_goal import usual_goal

FOLDER = Path(__file__).parent / "recordings"

Points = dict[str, list[float]]


@dataclass(frozen=True)
class Said:
    """What was said of one recording."""

    library: str
    pairs: int
    text: str
    false: bool
    missed: bool


def said_of(data: bytes) -> PastBest | None:
    """What the tracker finds in a log."""
    reader, tracker = LogReader(), HeldOutTracker()
    for event in [*reader.feed(data), *reader.finish()]:
        if isinstance(event, Reading):
            tracker.feed(event, 0.0)
    return tracker.find()


def judge(log: Path, library: str, points: Points) -> Said:
    """What is said, and whether the record agrees."""
    found = said_of(log.read_bytes())
    pairs = [(train, name) for name in points if (train := partner(name, points)) is not None]
    would = [name for train, name in pairs if is_past_best(points[name], points[train], name, points)]
    return Said(
        library,
        len(pairs),
        found.text if found is not None else "",
        found is not None and not is_true(found, points),
        found is None and bool(would),
    )


def partner(name: str, points: Points) -> str | None:
    """The record's name of the same measure on the training data."""
    split = split_of(name)
    if not split.held_out or usual_goal(name) is None:
        return None
    found = [each for each in points if split_of(each).measure == split.measure and not split_of(each).held_out]
    return max(found, key=lambda each: len(points[each]), default=None)


def is_true(found: PastBest, points: Points) -> bool:
    """Whether the record says the same."""
    values, train = points.get(found.name, []), points.get(found.train_name, [])
    if len(values) < found.count or not train:
        return False
    best = (min if found.goal == "min" else max)(values)
    near = abs(best - found.best) <= 0.006 * abs(best) and abs(values[-1] - found.last) <= 0.006 * abs(values[-1])
    return near and is_past_best(values, train, found.name, points, least=0.0)


def is_past_best(values: list[float], train: list[float], name: str, points: Points, least: float = 0.05) -> bool:
    """What a person would call passed, by the whole record."""
    sign = 1 if usual_goal(name) == "min" else -1
    seen = [sign * value for value in values]
    at = seen.index(min(seen))
    if len(seen) < 6 or len(seen) - 1 - at < 3 or min(seen[-3:]) < seen[at] + least * abs(seen[at]):
        return False
    share = (at + 1) / len(seen)
    trained = [sign * value for value in train]
    cut = max(1, min(len(trained) - 1, round(share * len(trained))))
    if statistics.fmean(trained[-3:]) >= statistics.fmean(trained[max(0, cut - 2) : cut + 1]):
        return False
    for other, theirs in points.items():
        if other != name and split_of(other).held_out and usual_goal(other) is not None and len(theirs) == len(values):
            turn = 1 if usual_goal(other) == "min" else -1
            if turn * statistics.median(theirs[-3:]) < turn * statistics.median(theirs[max(0, at - 1) : at + 2]):
                return False
    return True


def recordings() -> list[tuple[Path, str, Points]]:
    """Every recording of this repository with its record."""
    found = []
    for path in sorted(FOLDER.glob("*.log")):
        record = path.with_suffix(".json")
        if record.exists():
            truth = json.loads(record.read_text())
            points = {**truth["points"], **truth.get("evaluations", {})}
            found.append((path, truth["library"] + ", in a terminal" * path.stem.endswith("_pty"), points))
    return found


def others(folder: Path) -> list[tuple[Path, str, Points]]:
    """Recordings that are not part of the repository: NAME.MODE.log beside NAME.MODE.truth.json."""
    found = []
    for path in sorted(folder.glob("*.log")):
        truth = json.loads(path.with_suffix(".truth.json").read_text())
        points = {name: [value for _, value in series] for name, series in truth["series"].items()}
        found.append((path, path.name.removesuffix(".log"), points))
    return found


def table(all_of: list[tuple[Path, str, Points]]) -> str:
    """The table, with a last line of sums."""
    rows = ["| recording | pairs | said | false | missed |", "| --- | ---: | --- | ---: | ---: |"]
    judged = [judge(*each) for each in all_of]
    rows += [
        f"| {one.library} | {one.pairs} | {one.text or '–'} | {int(one.false)} | {int(one.missed)} |"
        for one in judged
        if one.pairs or one.text
    ]
    silent = sum(not one.pairs and not one.text for one in judged)
    said = sum(bool(one.text) for one in judged)
    rows.append(
        f"| {silent} more, without a pair | 0 | – | 0 | 0 |\n| sum of {len(judged)} | {sum(one.pairs for one in judged)} | "
        f"{said} said | {sum(one.false for one in judged)} | {sum(one.missed for one in judged)} |"
    )
    return "\n".join(rows)


if __name__ == "__main__":
    print(table(others(Path(sys.argv[1])) if len(sys.argv) > 1 else recordings()))
