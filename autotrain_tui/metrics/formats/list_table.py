"""Tables whose cells are lists, as DeepXDE prints them: a loss has a part for each equation and each condition.

    Step      Train loss              Test loss               Test metric
    0         [4.14e+01, 3.73e-01]    [4.73e+01, 3.73e-01]    [6.78e-01]

The parts are series of their own, numbered from 0: `Train_loss.0`; a list of one number has the column's name.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.formats.table_columns import columns_of
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Span, show_progress
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State, Table

__all__ = ["find"]

_LIST = rf"\[{NUMBER}(?:,?\s{{1,3}}{NUMBER}){{0,31}}\]"
_ROW = lazy_pattern(rf"^\s*+(?P<place>\d{{1,15}})(?:\s{{2,}}(?:{_LIST}|\[\]|{NUMBER}))+\s*$", re.ASCII)
_CELL = lazy_pattern(r"\[[^\]]*\]|\S+")
_PART = lazy_pattern(NUMBER, re.ASCII)
_SEPARATOR = "["  # what tells its table from one of plain cells
_MOST_NUMBERS = 128


class RowOfLists(msgspec.Struct, frozen=True, gc=False):
    """A row: its place, and of each other cell the numbers."""

    place: Span
    cells: tuple[tuple[Span, ...], ...]

    def read(self, line: bytes, state: State) -> None:
        """Read the row under the heading right above the table."""
        table = self._table(state)
        if table is None:
            return
        place = float(line[slice(*self.place)])
        step, epoch = (None, place) if table.step is None else (int(place), state.epoch)
        if epoch is not None and step is None:
            state.see_epoch(epoch, None)
        else:
            state.step = step
        show_progress(state, step, None, within=False, epoch=None if step is not None else epoch, complete=step is None)
        for name, parts in zip(table.names[1:], self.cells, strict=True):
            for i, part in enumerate(parts if name is not None else ()):
                suffix = f".{i}" if len(parts) > 1 else ""
                state.value(name or b"", line[slice(*part)], step, epoch, "", suffix)

    def _table(self, state: State) -> Table | None:
        known = state.table
        if known is not None and (known.separator != _SEPARATOR or len(known.names) != len(self.cells) + 1):
            known = None
        nearest = state.nearest()
        if nearest.lstrip()[:1].isdigit():
            return known
        table = columns_of(nearest, None, len(self.cells) + 1)
        if table is None or not table.certain or 0 not in {table.step, table.epoch}:
            return known
        state.table = table = msgspec.structs.replace(table, separator=_SEPARATOR)
        state.table_rows, state.table_is_believed = [], True
        return table


def find(text: str, start: int) -> Layout | None:
    """The layout of a row with lists."""
    if start or "[" not in text or len(text) > 2000:
        return None
    match = _ROW.match(text)
    if match is None:
        return None
    cells = [cell.span() for cell in _CELL.finditer(text, match.end("place"))]
    parts = tuple(tuple(part.span() for part in _PART.finditer(text, *cell)) for cell in cells)
    return RowOfLists(match.span("place"), parts) if sum(map(len, parts)) <= _MOST_NUMBERS else None
