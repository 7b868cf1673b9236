"""Tables in plain text: scikit-learn's boosting, skorch, spaCy, fastai; CSV, Markdown, rich's tables, people's own.

      epoch    train_loss    valid_acc     dur           Iter       Train Loss   Remaining Time
    -------  ------------  -----------  ------              1           1.2996            0.05s
          1        0.6905       0.6150  0.0247

     iter | pri res |   obj           average  since         example
        0| 6.85e+00 -2.1e+05          loss     last          counter
      250| 2.93e-15 -2.2e+01          0.693147 0.693147            1

    epoch,train_loss,val_loss          | Epoch | Train loss | Val acc |
    1,0.690500,0.615000                |     1 |     0.6905 |  61.50% |

The heading is looked up when the first row of numbers comes. It must name an epoch or a step in one column and a metric
in another; columns of times and sizes are left out. A line between two rows does not end a table, another number of
cells does.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from autotrain_tui.metrics.formats.ruled_table import ruled_table
from autotrain_tui.metrics.formats.table_columns import table_below, table_under_names
from autotrain_tui.metrics.formats.table_headings import RULE, SURE_CELLS
from autotrain_tui.metrics.formats.table_rows import PLAIN_ROW, RowCells, row_cells
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Span, count_of, show_progress
from autotrain_tui.metrics.parsing.parser_state import State, Table
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["FASTAI", "find"]

_NUMBER = lazy_pattern(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|-?inf")
_LETTER = lazy_pattern(rb"[A-Za-z]")
_SHAPE = bytes(0 if byte in b"0123456789" else byte for byte in range(256))
_NAME_WITH_DIGIT = lazy_pattern(rb"[A-Za-z_]\x00|\x00[A-Za-z_]")
_MOST_NO_HEADINGS = 16
_BLANKS = b" \t\n\r\f\v"
_TEXT = lazy_pattern(rb"\w")
_WORD = lazy_pattern(rb"\S+")
_MAX_COLUMNS = 64
_FAR = 8  # lines between a heading and its first row
_FAR_LOOKS = 4  # of rows of one shape that have found no heading
FASTAI = "fastai"  # the state's section while fastai's bars are drawn

_BELIEVED_AFTER = 3  # rows of a table whose names are not known
_MAX_WAITING = 64
_EDGES = b" |\xe2\x94\x82\x83"
_SIGNS = frozenset("+-*h")  # Vowpal Wabbit's h: the loss is of examples held out
_EMPTY_CELL = b" " * 12
_COUNT = lazy_pattern(r"(\d+)/(\d+)")


class TableRow:
    """A row of cells; what they mean stands in the heading. `of` is the second number of a first cell as `1/10`."""

    __slots__ = (
        "_far_looks",
        "_no_headings",
        "_planned_for",
        "_told",
        "cells",
        "has_words",
        "label",
        "numeric",
        "of",
        "separator",
        "signed",
    )

    def __init__(
        self, cells: tuple[Span, ...], numeric: tuple[bool, ...], row: RowCells, of: Span | None, *, signed: bool
    ) -> None:
        self.cells = cells
        self.numeric = numeric
        self.signed = signed  # its last cell is a sign and no number
        self.separator = row.separator
        self.has_words = row.has_words  # of what it is, `Sampling | 1 | …`: one count may have several rows
        self.label = row.label
        self.of = of
        self._far_looks = 0
        self._no_headings: frozenset[tuple[bytes, ...]] = frozenset()  # shapes of lines above, whatever their digits
        self._planned_for: Table | None = None
        self._told: list[tuple[bytes, slice, bool]] = []  # the columns that are told of a row of that table

    def read(self, line: bytes, state: State) -> None:
        """Read the row under the table's heading."""
        ruled = None
        if not self.separator and (state.table is None or not self._fits(state.table)):
            ruled = ruled_table(self.cells, state)
        table = ruled if ruled is not None and ruled.certain else self._table(state)
        if table is None:
            return
        short = ruled is table and state.table is not None and len(table.names) < len(state.table.names)
        if not short and table is not state.table and table != state.table:
            state.table, state.table_rows = table, []
            state.table_is_believed = table.certain and not self.has_words and self.label is None
        if not state.table_is_believed:
            self._wait(line, state, table)
            return
        epoch = float(line[slice(*self.cells[table.epoch])]) if table.epoch is not None else state.epoch
        step = None
        if table.step is not None and self.numeric[table.step]:
            step = state.step = int(float(line[slice(*self.cells[table.step])]))
        if state.section != FASTAI:  # whose rows count epochs from 0 and whose bars, the better source, from 1
            if table.epoch is not None and epoch is not None:
                state.see_epoch(epoch, count_of(line, self.of) if table.epoch == 0 else None)
            place = epoch if table.epoch is not None else None
            if table.percent is not None and self.numeric[table.percent]:
                fraction = float(line[slice(*self.cells[table.percent])]) / 100
                if 0 <= fraction <= 1:  # not so for nan
                    state.learned_progress(Progress(fraction=fraction))
            else:
                show_progress(state, step, None, within=False, epoch=place, complete=step is None)
        elif table.epoch is not None and epoch is not None and state.epochs is not None:
            # the bars of quick epochs say an earlier one's number: the row tells that its epoch is behind
            state.progress(Progress(None, None, epoch + 1, state.epochs, None, within_epoch=True))
        if self._planned_for is not table:
            self._plan(table)
        for name, cell, unsure in self._told:
            value = line[cell]
            if not unsure or b"." in value:
                state.value(name, value, step, epoch)

    def _plan(self, table: Table) -> None:
        columns = zip(table.names, table.unsure, self.cells, self.numeric, strict=False)
        self._told = [
            (name, slice(*cell), unsure) for name, unsure, cell, numeric in columns if name is not None and numeric
        ]
        self._planned_for = table

    def _wait(self, line: bytes, state: State, table: Table) -> None:
        """Hold the row until one of the columns with a name has changed; then tell the rows held."""
        rows = state.table_rows
        word = line[slice(*(self.label or self.cells[0]))]
        rows.append((*(line[slice(*cell)] for cell in self.cells), word))
        axis = table.epoch if table.epoch is not None else table.step
        if axis is None or len(rows) < _BELIEVED_AFTER:
            return
        places = [_place(row[axis]) for row in rows]
        if len(rows) > _MAX_WAITING or not _counts_on(places, repeats=self.has_words):
            state.table_rows = rows[-1:]  # it does not count: another table, or none
            return
        if len(set(places)) < _BELIEVED_AFTER or not self._is_one_report([row[-1] for row in rows]):
            return
        columns = zip(table.names, zip(*rows, strict=False), strict=False)
        if not any(name is not None and len(set(cells)) > 1 for name, cells in columns):
            return
        state.table_is_believed, state.table_rows = True, []
        for row, place in zip(rows, places, strict=True):
            step, epoch = (None, place) if table.epoch is not None else (int(place), None)
            for name, cell, numeric in zip(table.names, row, self.numeric, strict=False):
                if name is not None and numeric and b"." in cell:
                    state.value(name, cell, step, epoch)

    def _is_one_report(self, words: list[bytes]) -> bool:
        """Whether the words of the rows come again: those that compare models have another in each."""
        if self.label is not None:
            return len(set(words)) == 1
        return not self.has_words or len(set(words)) < len(words)

    def _fits(self, table: Table) -> bool:
        """Whether the row can be one of a table, which a sign may follow."""
        extra = len(self.cells) - len(table.names)
        return (extra == 0 or (extra == 1 and self.signed)) and table.separator == self.separator

    def _table(self, state: State) -> Table | None:
        known = state.table
        nearest = state.nearest()
        if known is not None and not self._fits(known):
            known = None
        if known is not None and nearest.lstrip(_EDGES)[:1].isdigit():
            return known  # below a row of its own
        is_short = _EMPTY_CELL in nearest and PLAIN_ROW.match(nearest.decode("latin-1")) is not None
        is_short = is_short and len(nearest.split()) < len(self.cells)
        if is_short or _LETTER.search(nearest) or not _TEXT.search(nearest):  # else it is a row of figures
            above = [heading for heading in state.before(4) if _TEXT.search(heading) or RULE.match(heading)]
            del above[: int(is_short)]  # the first row may have empty cells
            table = self._table_below(above)
            if table is not None:
                state.table_rule = None
                return table
        return known if known is not None or self.separator else self._far_table(state)

    def _table_below(self, above: list[bytes]) -> Table | None:
        """The table whose heading these lines are; that rows which begin with a word are none is found once."""
        shapes = tuple([line.translate(_SHAPE) for line in above])
        if shapes in self._no_headings:
            return None
        table = table_below(above, self.cells, self.separator)
        if table is None and not any(map(_NAME_WITH_DIGIT.search, shapes)):
            known = self._no_headings if len(self._no_headings) < _MOST_NO_HEADINGS else frozenset()
            self._no_headings = known | {shapes}
        return table

    def _far_table(self, state: State) -> Table | None:
        """The table of a row with empty cells, or one whose heading other lines keep apart from it."""
        if len(self.cells) < SURE_CELLS or (self._far_looks >= _FAR_LOOKS and not state.table_heading):
            return None
        self._far_looks += 1
        last = self.cells[-1][0]
        for heading in itertools.chain(state.before(_FAR), (state.table_heading,)):
            if len(heading) <= last or heading[last] in _BLANKS or heading[last - 1] not in _BLANKS:
                continue  # no name begins over the last cell
            if heading == heading.swapcase():
                continue  # a row of figures
            table = table_under_names(heading, self.cells)
            if table is not None and table.certain:
                state.table_heading = heading
                return table
        return None


def _counts_on(places: Sequence[float], *, repeats: bool) -> bool:
    return all(before < later or (repeats and before == later) for before, later in itertools.pairwise(places))


def _place(cell: bytes) -> float:
    try:
        return float(cell)
    except ValueError:
        return -math.inf


def find(text: str, start: int) -> Layout | None:
    """The layout of a row of numbers."""
    row = row_cells(text) if not start else None
    if row is None or not 2 <= len(row.cells) <= _MAX_COLUMNS:
        return None
    cells = [(begin, end - 1) if text[begin:end].endswith("%") else (begin, end) for begin, end in row.cells]
    of = None
    if count := _COUNT.fullmatch(text, *cells[0]):
        cells[0], of = count.span(1), count.span(2)
    numeric = tuple(_NUMBER.fullmatch(text[slice(*cell)]) is not None for cell in cells)
    if row.has_words and 2 * sum(numeric) < len(cells):
        return None
    signed = text[slice(*cells[-1])] in _SIGNS
    return TableRow(tuple(cells), numeric, row, of, signed=signed)
