"""A table on its side: a metric a row, a fold or a run a column, as scikit-surprise prints it.

                      Fold 1  Fold 2  Fold 3  Mean    Std
    RMSE (testset)    1.4568  1.4494  1.4276  1.4446  0.0124
    Fit time          0.11    0.11    0.08    0.10    0.01

The columns that are counted give the points, at their number; a mean and a deviation behind them are left out.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.series_kinds import NameRole, role_of

__all__ = ["find"]

_ROW = lazy_pattern(
    rf"^\s*+(?P<name>[A-Za-z][\w./%@-]*+(?: [\w()./%@-]++)*+)\s{{2,}}(?P<cells>{NUMBER}(?:\s++{NUMBER})+)\s*$", re.ASCII
)
_CELL = lazy_pattern(r"\S+")
_HEADING = lazy_pattern(rb"^\s+[A-Za-z]+ \d+(?:\s{2,}\S+(?: \S+)*)+\s*$")
_COLUMN = lazy_pattern(rb"(?P<word>[A-Za-z]+) (?P<number>\d{1,6})(?=\s|$)")
_ABOVE = 12  # rows between one and its heading


class CountedColumnsRow(msgspec.Struct, frozen=True, gc=False):
    """A metric's row."""

    name: Span
    cells: tuple[Span, ...]

    def read(self, line: bytes, state: State) -> None:
        """Read the row when a heading above it counts its columns."""
        for above in state.before(_ABOVE):
            if _HEADING.match(above):
                columns = list(_COLUMN.finditer(above))
                if 2 <= len(columns) <= len(self.cells) and len({column["word"] for column in columns}) == 1:
                    for column, cell in zip(columns, self.cells, strict=False):
                        step = int(column["number"])
                        state.value(line[slice(*self.name)], line[slice(*cell)], step, None)
                return


def find(text: str, start: int) -> Layout | None:
    """The layout of a row with a name and two numbers or more."""
    if start:
        return None
    match = _ROW.match(text)
    if match is None or role_of(match["name"]) not in {NameRole.KNOWN, NameRole.FREE}:
        return None
    return CountedColumnsRow(
        match.span("name"), tuple(cell.span() for cell in _CELL.finditer(text, *match.span("cells")))
    )
