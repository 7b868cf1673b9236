"""fastai's bars (fastprogress), redrawn between the rows of its table, which has no rule under its heading.

    epoch     train_loss  valid_loss  accuracy  time
    Epoch 1/3 : |██████------------------| 27.27% [3/11 00:00<00:00... 2.2870]
    0         2.185137    1.979614    0.602222  00:00

The bar of the validation looks like that of the training; what stands after the dots is the table's train_loss. The
heading is far above the rows, so it is kept when the first bar below it begins.
"""

from __future__ import annotations

import msgspec

from autotrain_tui.metrics.formats.table_columns import columns_of
from autotrain_tui.metrics.formats.tables import FASTAI
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Span, count_of, place_in_epoch
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_BAR = lazy_pattern(
    r"\s*(?:Epoch (?P<epoch>\d+)/(?P<epochs>\d+) : )?\|(?:\xe2\x96\x88|-|#)*\| (?P<percent>[\d.]+)% "
    r"\[(?P<n>\d+)/(?P<t>\d+) (?P<clock>[\d:]+)<(?P<left>[\d:?]+)(?:\.\.\.[^\]]*)?\]"
)
_HEADING = lazy_pattern(rb"epoch\s+\S+")


class FastprogressBar(msgspec.Struct, frozen=True, gc=False):
    """One drawing of the bar."""

    count: Span
    total: Span
    epoch: Span | None
    epochs: Span | None

    def read(self, line: bytes, state: State) -> None:
        """Read progress; at the first bar look for the table's heading."""
        count, total = count_of(line, self.count), count_of(line, self.total)
        if count == 0 and state.table is None:
            for above in state.before(4):
                heading = above.strip()
                if _HEADING.match(heading):
                    state.table = columns_of(heading, None, None)
                    state.table_is_believed = state.table is not None and state.table.certain
        if self.epoch is None or count is None:
            return
        epoch = float(line[slice(*self.epoch)])
        place = place_in_epoch(state, epoch, count_of(line, self.epochs), count, total, rate=None)
        if state.section != FASTAI:
            state.section, state.section_total = FASTAI, total  # the first bar is the training's
        if place.progress is not None and total == state.section_total:
            state.progress(place.progress)


def find(text: str, start: int) -> Layout | None:
    """The layout of one drawing of the bar."""
    if "% [" not in text:
        return None
    match = _BAR.match(text, start)
    if match is None:
        return None
    epoch = match.span("epoch") if match["epoch"] else None
    return FastprogressBar(match.span("n"), match.span("t"), epoch, match.span("epochs") if epoch else None)
