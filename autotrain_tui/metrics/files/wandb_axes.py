"""Over which number a program of W&B draws each of its metrics, by its calls of `run.define_metric`.

W&B's own `_step` counts calls of `log`, not steps of the training: transformers and Lightning define
`train/global_step` and `trainer/global_step` as the step of all metrics, and log it in every row.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

from autotrain_tui.metrics.files.csv_layout import axis_of
from autotrain_tui.metrics.files.event_message import fields_of
from autotrain_tui.metrics.parsing.metric_names import LabelKind

__all__ = ["WandbAxes", "number_in"]

_NAME, _PATTERN, _STEP_METRIC = 1, 2, 4
"""Fields of MetricRecord (`wandb_internal.proto`)."""
_GLOBAL = frozenset({"global_step", "total_timesteps", "num_timesteps"})
"""Keys that count steps of the whole training without being defined; TensorBoard's sync logs the first."""
_MOST = 1000


class WandbAxes:
    """The definitions so far, and the last value of each metric that is the step of others."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}
        self._patterns: dict[str, str] = {}
        self._last: dict[str, float] = {}

    def define(self, record: bytes) -> None:
        """Take in a MetricRecord. Raises ValueError if it is none."""
        texts = {
            field: value.decode("utf-8", "replace") for field, value in fields_of(record) if isinstance(value, bytes)
        }
        step = texts.get(_STEP_METRIC, "")
        for field, known in ((_NAME, self._named), (_PATTERN, self._patterns)):
            if (name := texts.get(field)) and len(known) < _MOST:
                known[name] = "" if step == "_step" else step

    def row(self, row: Mapping[str, object]) -> None:
        """Take in the values of a row, before its places are asked for.

        A row without the value of a step has that of the row before, as in W&B.
        """
        for name in {*self._named.values(), *self._patterns.values()} - {""}:
            if (value := number_in(row.get(name))) is not None:
                self._last[name] = value

    def counts(self, name: str) -> bool:
        """Whether a key is the step or the epoch of others, and no metric."""
        defined = name in self._named.values() or name in self._patterns.values()
        return defined or name.rpartition("/")[2] in _GLOBAL or axis_of(name) is LabelKind.EPOCH

    def place(self, name: str, row: Mapping[str, object]) -> tuple[int | None, float | None]:
        """Step and epoch of a metric in a row; None where the row does not say it."""
        step = _whole(row.get("_step"))
        epoch = next((number_in(value) for key, value in row.items() if axis_of(key) is LabelKind.EPOCH), None)
        axis = self._axis(name)
        if not axis:
            counts = [_whole(value) for key, value in row.items() if key.rpartition("/")[2] in _GLOBAL]
            return next((count for count in counts if count is not None), step), epoch
        value = self._last.get(axis)
        if value is None:
            return step, epoch
        if axis_of(axis) is LabelKind.EPOCH:
            return None, value
        return (step if (whole := _whole(value)) is None else whole), epoch

    def _axis(self, name: str) -> str:
        if name in self._named:
            return self._named[name]
        return next((step for pattern, step in self._patterns.items() if fnmatch.fnmatchcase(name, pattern)), "")


def number_in(value: object) -> float | None:
    """A finite number of a row; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None  # a whole number of more than 308 digits
    return number if abs(number) < float("inf") else None


def _whole(value: object) -> int | None:
    number = number_in(value)
    return int(number) if number is not None and number >= 0 and number == int(number) else None
