"""Which columns of a CSV file are metrics, which count steps and epochs; and the numbers of its rows.

Seen: Lightning's metrics.csv, ultralytics' results.csv, Keras' CSVLogger, progress.csv of stable-baselines3, CatBoost's
learn_error.tsv, and files that pandas writes.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autotrain_tui.metrics.files.file_point import FilePoint
from autotrain_tui.metrics.parsing.metric_names import LabelKind, clean_name, kind_of
from autotrain_tui.metrics.parsing.series_kinds import NameRole, role_of

__all__ = ["CsvLayout", "axis_of", "number_of"]

_DELIMITERS = (",", "\t", ";")
_STEPS = ("step", "global_step", "_step", "total_timesteps", "num_timesteps", "timesteps", "iteration", "iter")
"""Columns that count steps, the best one first; of others the first."""
_COUNTERS = frozenset({"iterations", "updates", "n_updates", "num_updates"})
_NO_METRIC = frozenset({"", "index", "unnamed: 0"})
"""Headings of the column in which pandas counts rows."""
_ABSENT = frozenset({"", "none", "null", "na", "n/a", "-"})


def axis_of(name: str) -> LabelKind | None:
    """`STEP` or `EPOCH` if a column or a tag counts instead of measuring: `trainer/global_step`, `epoch`; else None."""
    for label in (name, name.rpartition("/")[2]):
        kind = kind_of(label)
        if kind is LabelKind.STEP or kind is LabelKind.EPOCH:
            return kind
    return LabelKind.STEP if name.rpartition("/")[2].lower() in _COUNTERS else None


def number_of(text: str) -> float | None:
    """A cell's number, nan and inf included; None if it has none."""
    text = text.strip()
    if not text or "_" in text or text.lower() in _ABSENT:
        return None
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """The columns of a file. `metrics` has index and name of each metric; `left_out` counts names that can be none."""

    delimiter: str
    width: int
    step: int | None
    epoch: int | None
    metrics: tuple[tuple[int, str], ...]
    left_out: int = 0

    @classmethod
    def of_header(cls, line: str) -> CsvLayout | None:
        """The layout that a first line gives; None if it is no header of a table of metrics."""
        line = line.lstrip("\ufeff")
        if not line.replace("\t", "").isprintable():  # binary data: by chance it has commas too
            return None
        delimiter = max(_DELIMITERS, key=line.count)
        names = [name.strip() for name in _cells(line, delimiter)]
        if len(names) < 2 or any(number_of(name) is not None for name in names):
            return None
        axes = [axis_of(name) for name in names]
        steps = [at for at, kind in enumerate(axes) if kind is LabelKind.STEP]
        step = min(steps, key=lambda at: (_rank(names[at]), at), default=None)
        metrics, left_out = [], 0
        for at, (name, axis) in enumerate(zip(names, axes, strict=True)):
            if axis is not None or name.lower() in _NO_METRIC or role_of(name) is NameRole.TIME:
                continue
            clean = clean_name(name.encode("utf-8", "replace"))
            if clean is None:
                left_out += 1
            else:
                metrics.append((at, clean))
        if not metrics and not left_out:
            return None
        epoch = axes.index(LabelKind.EPOCH) if LabelKind.EPOCH in axes else None
        return cls(delimiter, len(names), step, epoch, tuple(metrics), left_out)

    def cells(self, line: str) -> Sequence[str] | None:
        """The cells of a row; None if it does not have as many as the header."""
        cells = _cells(line, self.delimiter)
        return cells if len(cells) == self.width else None

    def points(self, cells: Sequence[str]) -> Iterator[FilePoint]:
        """The metrics of a row; cells without a number have none."""
        step = None if self.step is None else self._number(cells[self.step])
        epoch = None if self.epoch is None else self._number(cells[self.epoch])
        whole = int(step) if step is not None and math.isfinite(step) and step >= 0 else None
        epoch = epoch if epoch is not None and math.isfinite(epoch) else None
        for at, name in self.metrics:
            value = self._number(cells[at])
            if value is not None:
                yield FilePoint(name, value, whole, epoch)

    def _number(self, text: str) -> float | None:
        if self.delimiter == ";":
            text = text.replace(",", ".")
        return number_of(text)


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _rank(name: str) -> int:
    last = name.rpartition("/")[2].lower()
    return _STEPS.index(last) if last in _STEPS else len(_STEPS)
