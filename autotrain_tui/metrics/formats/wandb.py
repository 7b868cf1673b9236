"""wandb's summary at the end of a run: last values, five places, under `Run summary:`.

wandb: Run summary:
wandb: train/loss 0.89213
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Nothing, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.metric_names import LabelKind, kind_of
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_ROW = lazy_pattern(rf"wandb:\s+(?P<name>[^\s_]\S{{0,119}}) (?P<num>{NUMBER})\s*$", re.ASCII)
_MAX_ROWS = 200


class SummaryRow(msgspec.Struct, frozen=True, gc=False):
    """A row that counts when only wandb's own lines stand between it and the summary's heading."""

    name: Span
    value: Span

    def read(self, line: bytes, state: State) -> None:
        """Read the row."""
        for above in state.before(_MAX_ROWS):
            if b"Run summary:" in above:
                state.value(line[slice(*self.name)], line[slice(*self.value)], None, None)
                return
            if not above.startswith(b"wandb:"):
                return


def find(text: str, start: int) -> Layout | None:
    """The layout of a line by wandb; whatever is no summary row holds nothing."""
    del start
    if not text.startswith("wandb:"):
        return None
    match = _ROW.match(text)
    if match is None or kind_of(match["name"]) in {LabelKind.STEP, LabelKind.EPOCH}:
        return Nothing()
    return SummaryRow(match.span("name"), match.span("num"))
