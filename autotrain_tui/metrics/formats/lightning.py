"""What Lightning's callbacks and result tables say (its bars: tqdm.py, rich_bar.py).

Epoch 1, global step 60: 'val_loss' reached 0.39341 (best 0.39341), saving model to '….ckpt' as top 1
Metric val_loss improved by 0.767 >= min_delta = 0.0. New best score: 0.393       repeats a value: not read
    test_acc            0.8377777934074402          under `Test metric   DataLoader 0`
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Nothing, Pair, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_REACHED = lazy_pattern(
    rf"^Epoch (?P<epoch>\d+), global step (?P<step>\d+): '(?P<name>[^']{{1,120}})' reached (?P<num>{NUMBER}) \(best ",
    re.ASCII,
)
_SILENT = lazy_pattern(
    r"^(?:Metric \S+ improved|Monitored metric|Epoch \d+, global step \d+:|Trainable params|`Trainer|Restor|Loaded)"
)
_RULE = "(?:\xe2\x94[\x80-\xbf]|\xe2\x95[\x80-\xbf])"  # a line-drawing sign, as latin-1 reads its UTF-8
_ROW = lazy_pattern(
    rf"^(?:\s*+{_RULE})?\s++(?P<name>[A-Za-z_][\w./-]*+)\s++(?:{_RULE}\s++)?(?P<num>{NUMBER})\s*+(?:{_RULE})?\s*+$",
    re.ASCII,
)
_HEADING = lazy_pattern(rb"(?:Test|Validate|Predict|Runningstage\.\w+) metric\s.*DataLoader \d+")
_TABLE_ROWS = 40


class ResultRow(msgspec.Struct, frozen=True, gc=False):
    """A row of the table that trainer.test() and trainer.validate() end with."""

    name: Span
    value: Span

    def read(self, line: bytes, state: State) -> None:
        """Read the row when it stands under the table's heading."""
        if any(b" metric" in above and _HEADING.search(above) for above in state.before(_TABLE_ROWS)):
            state.value(line[slice(*self.name)], line[slice(*self.value)], None, state.epoch)


def find(text: str, start: int) -> Layout | None:
    """The layout of a line by one of Lightning's callbacks, or of a row of its result tables."""
    if match := _REACHED.match(text, start):
        return LineLayout(
            pairs=(Pair(match.span("name"), match.span("num")),),
            epoch=match.span("epoch"),
            step=match.span("step"),
            restarts=False,
            shows_progress=False,
        )
    if _SILENT.match(text[start : start + 60]):
        return Nothing()
    if match := _ROW.match(text, start):
        return ResultRow(match.span("name"), match.span("num"))
    return None
