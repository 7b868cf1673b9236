"""Tables with dashes under their names, some of whose cells are empty: skorch with a Checkpoint, tabulate.

      epoch    train_loss    valid_loss    cp     dur
    -------  ------------  ------------  ----  ------
          1        0.9022        0.8040     +  0.0052
          2        0.8462        0.7756        0.0021

Each cell is of the column within whose dashes it stands.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from autotrain_tui.metrics.formats.table_columns import columns_of
from autotrain_tui.metrics.formats.table_headings import RULE
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Span
from autotrain_tui.metrics.parsing.parser_state import State, Table

__all__ = ["ruled_table"]

_WORD = lazy_pattern(rb"\S+")
_FEWEST = 3  # cells of a row


def ruled_table(cells: tuple[Span, ...], state: State) -> Table | None:
    """The columns of a row under the nearest rule; None when there is no rule, or a cell is not within its dashes."""
    if len(cells) < _FEWEST:
        return None
    if RULE.match(state.nearest()):
        rule, heading = (*state.before(2), b"")[:2]
        spans = tuple(found.span() for found in _WORD.finditer(rule))
        table = columns_of(heading, spans, None)
        state.table_rule = (table, spans) if table is not None and len(table.names) == len(spans) else None
    return _within(cells, *state.table_rule) if state.table_rule is not None else None


@lru_cache(maxsize=64)
def _within(cells: tuple[Span, ...], table: Table, spans: tuple[Span, ...]) -> Table | None:
    """The part of a table that has these cells."""
    found: list[int] = []
    for begin, end in cells:
        at = next((i for i, (low, high) in enumerate(spans) if low <= begin and end <= high), None)
        if at is None or (found and at <= found[-1]):
            return None
        found.append(at)
    if found == list(range(len(spans))):
        return table
    places = {at: i for i, at in enumerate(found)}
    epoch, step, percent = (None if at is None else places.get(at) for at in (table.epoch, table.step, table.percent))
    if epoch is None and step is None:
        return None
    names, unsure = (tuple(each[at] for at in found) for each in (table.names, table.unsure))
    return msgspec.structs.replace(table, names=names, unsure=unsure, epoch=epoch, step=step, percent=percent)
