"""Ultralytics: an epoch's means before a bar, under a heading; then the evaluation's row under another.

          Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size
            1/3      0.81G      1.248      2.314      1.105         21        640: 100%|###| 2/2 [00:01<00:00, 1.6it/s]
                     Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|##| 1/1 [00:00<...]
                       all          4         17      0.612        0.7      0.781      0.512

YOLOv5 and YOLOv7 name the columns `P R mAP50 mAP50-95`, older ones `Labels` and `mAP@.5 mAP@.5:.95`.
The means run up to the end of the epoch, and only its last drawing is read. Precision and recall get their whole names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Nothing, Span, count_of, place_in_epoch
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.metric_names import LabelKind, kind_of
from autotrain_tui.metrics.parsing.parser_state import State, Table

__all__ = ["find"]

_TRAIN = lazy_pattern(
    rf"\s*(?P<epoch>\d+)/(?P<epochs>\d+)\s+(?P<memory>[\d.]+[GM])(?P<cells>(?:\s+{NUMBER}(?=[\s:]))+)(?:\s+[\d.]*\xe2\x80\xa6)?:\s+\d+%"
    r"[^\d]{0,200}?\s(?P<n>\d+)/(?P<t>\d+)\s",
    re.ASCII,
)
_EVAL = lazy_pattern(rf"\s+all(?:\s+\d+\s+\d+(?=(?:\s+{NUMBER}){{3}}))?(?P<cells>(?:\s+{NUMBER})+)\s*$", re.ASCII)
_CELL = lazy_pattern(r"\S+")
_TRAIN_HEADING = lazy_pattern(rb"^\s+Epoch\s+(?:GPU|gpu)_mem\s+(?P<names>\S.*\S)\s*$")
_EVAL_HEADING = lazy_pattern(rb"\sClass\s+Images\s+(?:Instances|Labels)\s+(?P<names>\S.*?)\)?:\s+\d+%")
_CUT_HEADING = lazy_pattern(rb"\sClass\s+Images\s[\w\s(]*\xe2\x80\xa6:\s+\d+%")
_CLASSIFIED = lazy_pattern(rb"\sclasses\s+(?P<names>top1_acc\s+top5_acc):\s+\d+%")
_EVAL_BAR = lazy_pattern(r"\s+(?:Class\s+Images|classes\s+top1_acc)\s", re.ASCII)
_LOSSES = frozenset({b"box", b"obj", b"cls", b"total"})  # as YOLOv5 to 6 and YOLOv7 name them
_FIGURES = (b"P", b"R", b"mAP50", b"mAP50-95")
_CUT = "\u2026".encode()  # where a narrow terminal cuts the heading
_LONG = {b"P": b"precision", b"R": b"recall"}
_LOOK_BACK = 3
# The best model's evaluation after the training: its figures are those of an earlier epoch.
_FINAL = lazy_pattern(rb"(?:Validating|val:|Fusing) ?.*\.pt|Fusing layers")
_FINAL_ABOVE = 6  # lines
_TABLE = "ultralytics"  # whose columns the state's table holds


class _Train(msgspec.Struct, frozen=True, gc=False):
    """One drawing of an epoch's bar."""

    epoch: Span
    epochs: Span
    count: Span
    total: Span
    cells: tuple[Span, ...]

    def read(self, line: bytes, state: State) -> None:
        """Read progress; at the epoch's end its means."""
        count, total = count_of(line, self.count), count_of(line, self.total)
        if count is None:
            return
        epoch = float(line[slice(*self.epoch)])
        place = place_in_epoch(state, epoch, count_of(line, self.epochs), count, total, rate=None)
        state.step = place.step
        if place.progress is not None:
            state.progress(place.progress)
        if names := _names(state, _TRAIN_HEADING):  # above the first drawing; it may be far off at the last
            state.table = _table_of(tuple(names))
        table = state.table
        if count != total or table is None or table.separator != _TABLE:
            return
        for name, cell in zip(table.names, self.cells, strict=False):
            if name is not None:
                state.value(name, line[slice(*cell)], place.step, epoch)


class _Eval(msgspec.Struct, frozen=True, gc=False):
    """The row over all classes."""

    cells: tuple[Span, ...]

    def read(self, line: bytes, state: State) -> None:
        """Read the row when it stands under its heading."""
        names = list(_expand(_names(state, _EVAL_HEADING))) or _names(state, _CLASSIFIED)
        if not names and len(self.cells) == len(_FIGURES) and any(map(_CUT_HEADING.search, state.before(_LOOK_BACK))):
            names = [_LONG.get(name, name) for name in _FIGURES]
        if len(names) == len(self.cells):
            again = any(_FINAL.match(above) for above in state.before(_FINAL_ABOVE))
            for name, cell in zip(names, self.cells, strict=True):
                state.value(name, line[slice(*cell)], state.step, state.epoch, "eval_" if again else "")


@lru_cache(maxsize=16)  # the heading is near each drawing of a bar
def _table_of(names: tuple[bytes, ...]) -> Table:
    metrics = tuple([name if _is_metric(name) else None for name in names])
    return Table(metrics, None, None, (False,) * len(names), _TABLE)


def _is_metric(name: bytes) -> bool:
    return name in _LOSSES or kind_of(name.decode("latin-1")) is LabelKind.METRIC


def _names(state: State, heading: re.Pattern[bytes]) -> list[bytes]:
    for above in state.before(_LOOK_BACK):
        if found := heading.search(above):
            return found["names"].split()
    return []


def _expand(names: list[bytes]) -> Iterator[bytes]:
    """`Box(P R mAP50 mAP50-95) Mask(P ...`: what is measured stands before its first figure."""
    part, since = b"", 0
    for i, name in enumerate(names):
        word, opened, rest = name.rpartition(b"(")
        if opened:
            part, since = b"" if word == b"Box" else word + b"_", i
        rest = rest.rstrip(b")")
        if rest.endswith(_CUT) and 0 <= i - since < len(_FIGURES):
            rest = _FIGURES[i - since]
        yield part + _LONG.get(rest, rest)


def find(text: str, start: int) -> Layout | None:
    """The layout of a training bar or of the row of an evaluation."""
    if start:
        return None
    if text.startswith("      "):
        if match := _EVAL.match(text):
            return _Eval(tuple(cell.span() for cell in _CELL.finditer(text, *match.span("cells"))))
        if _EVAL_BAR.match(text):
            return Nothing()  # the evaluation's bar is no progress of the training
    match = _TRAIN.match(text)
    if match is None:
        return None
    cells = tuple(cell.span() for cell in _CELL.finditer(text, *match.span("cells")))
    return _Train(match.span("epoch"), match.span("epochs"), match.span("n"), match.span("t"), cells)
