"""Tables in plain text: scikit-learn's boosting, skorch, spaCy, fastai.

      epoch    train_loss    valid_acc     dur           Iter       Train Loss   Remaining Time
    -------  ------------  -----------  ------              1           1.2996            0.05s
          1        0.6905       0.6150  0.0247

The heading is looked up when the first row of numbers comes. It must name an epoch or a step in one column; columns of
times and sizes are left out. A line between two rows does not end a table, another number of cells does.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.layout import Layout, Span, show_progress
from autotrain_tui.metrics.names import Kind, kind_of
from autotrain_tui.metrics.state import State, Table

__all__ = ["FASTAI", "columns_of", "find"]

_ROW = re.compile(
    r"^\s*\d+(?:\s+(?:[-+]?[\d.]+(?:[eE][-+]?\d+)?(?:[a-z%]{0,2})|[\d:]+|nan|-?inf|-|\+|\*))+\s*$", re.ASCII
)
_CELL = re.compile(r"\S+")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|-?inf")
_RULE = re.compile(rb"^\s*[-=]+(?:\s+[-=]+)+\s*$")
_GAP = re.compile(rb"\S+(?: \S+)*")
_MAX_COLUMNS = 64
FASTAI = "fastai"  # the state's section while fastai's bars are drawn


class _Row(msgspec.Struct, frozen=True, gc=False):
    """A row of cells; what they mean stands in the heading."""

    cells: tuple[Span, ...]
    numeric: tuple[bool, ...]

    def read(self, line: bytes, state: State) -> None:
        """Read the row under the table's heading."""
        table = self._table(state)
        if table is None:
            return
        state.table = table
        epoch = float(line[slice(*self.cells[table.epoch])]) if table.epoch is not None else state.epoch
        step = None
        if table.step is not None and self.numeric[table.step]:
            step = int(float(line[slice(*self.cells[table.step])]))
            state.step = step
        if state.section != FASTAI:  # whose rows count epochs from 0 and whose bars, the better source, from 1
            if table.epoch is not None and epoch is not None:
                state.see_epoch(epoch, None)
            place = epoch if table.epoch is not None else None
            show_progress(state, step, None, within=False, epoch=place, complete=step is None)
        for name, cell, numeric in zip(table.names, self.cells, self.numeric, strict=False):
            if name is not None and numeric:
                state.value(name, line[slice(*cell)], step, epoch)

    def _table(self, state: State) -> Table | None:
        above = list(state.before(2))
        if above:
            heading, spans = above[0], None
            if _RULE.match(heading) and len(above) > 1:
                spans = [found.span() for found in re.finditer(rb"\S+", heading)]
                heading = above[1]
            table = columns_of(heading, spans, len(self.cells))
            if table is not None:
                return table
        known = state.table
        return known if known is not None and len(known.names) == len(self.cells) else None


def columns_of(heading: bytes, spans: list[Span] | None, count: int | None) -> Table | None:
    """The columns a heading names, at the places of its rule's dashes if it has one; None when it is no heading."""
    if not re.search(rb"[A-Za-z]", heading) or len(heading) > 2000:
        return None
    if spans is not None:
        cells = [heading[begin : end + 1].strip() for begin, end in spans]
    else:
        cells = [found.group() for found in _GAP.finditer(heading.replace(b"\t", b"  "))]
    if count is not None and len(cells) not in {count, count + 1}:  # skorch's last column (a sign) may be empty
        return None
    epoch = step = None
    names: list[bytes | None] = []
    for i, cell in enumerate(cells[:count]):
        kind = Kind.EPOCH if cell == b"E" else Kind.STEP if cell == b"#" else kind_of(cell.decode("latin-1"))
        if kind is Kind.EPOCH and epoch is None:
            epoch = i
        elif kind is Kind.STEP and step is None:
            step = i
        names.append(cell if kind in {Kind.METRIC, Kind.WEAK, Kind.UNKNOWN} and cell[:1].isalpha() else None)
    if (epoch is None and step is None) or not any(names):
        return None
    return Table(tuple(names), epoch, step)


def find(text: str, start: int) -> Layout | None:
    """The layout of a row of numbers, the first of them whole."""
    if start or _ROW.match(text) is None:
        return None
    cells = [found.span() for found in _CELL.finditer(text)]
    if not 2 <= len(cells) <= _MAX_COLUMNS:
        return None
    numeric = tuple(_NUMBER.fullmatch(text[slice(*cell)]) is not None for cell in cells)
    return _Row(tuple(cells), numeric)
