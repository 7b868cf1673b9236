"""The rows of tables in plain text: where their cells stand.

1      8 1.843e+00 1.0e+00         columns of numbers
5.0%,1000,26.86,0,--               CSV; the first number may be a per cent
|     1 |     0.6905 |  61.50% |   bars
BFGS:    0 04:19:56  16.88  14.03  a name before the columns (ASE)
Sampling  | 1  | 200 | 1.0 | N/A   words in some of the cells between bars (nautilus, SCIP)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from autotrain_tui.metrics.formats.table_headings import LINE, THICK, split_cells
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Span
from autotrain_tui.metrics.parsing.metric_names import LabelKind, kind_of

__all__ = ["PLAIN_ROW", "RowCells", "row_cells"]

# Each cell is taken whole or not at all: a long row that is none must not be tried in every way.
PLAIN_ROW = lazy_pattern(
    r"\s*+\d++(?:\.\d++)?+%?+(?:\s++(?>\d*:[\d:.]+|[-+]?[\d.]+(?:[eE][-+]?\d+)?[A-Za-z%]{0,2}|nan|-?inf|-{1,12}|\+|\*|h(?=\s*+$)))++"
    r"\s*+$",
    re.ASCII,
)
# Signs between cells; drawn lines are three bytes of UTF-8 as latin-1 reads them.
_BAR = "(?:\xe2\x94[\x82\x83]|\\|)"
_VALUE = r"(?>\d*:[\d:]+|[-+]?(?:\d+(?:/\d+|\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s?[a-z%]{0,2}|nan|-?inf|-{1,2})"
_CSV_ROW = lazy_pattern(rf"\d++(?:\.\d++)?+%?+(?:,\s?{_VALUE}?)++\s*+$", re.ASCII)
_BAR_ROW = lazy_pattern(rf"\s*+{_BAR}?\s*+\d++(?:/\d++)?\s*+(?:{_BAR}\s*+{_VALUE}?\s*+)++$", re.ASCII)
_WORDS_ROW = lazy_pattern(
    rf"\s*+{_BAR}?\s*+\w[\w .]{{0,24}}+(?:{_BAR}\s*+(?>{_VALUE}|[A-Za-z][\w/.]{{0,15}})?\s*+){{4,}}+$", re.ASCII
)
_LABEL = lazy_pattern(r"\s*+(?P<name>[A-Za-z][\w.-]{0,24}):\s++(?=\d++\s)", re.ASCII)
# SCS: a sign behind the count alone
_MIXED_ROW = lazy_pattern(r"\s*+\d++\s?\|(?:\s++[-+]?[\d.]++(?:[eE][-+]?\d++)?+){2,}+\s*+$", re.ASCII)
_CELL = lazy_pattern(r"\S+")
_LABELLED_CELLS = 3


class RowCells(msgspec.Struct, frozen=True, gc=False):
    """The cells of a row; `separator` stands between them. `has_words`: some cells are words.

    `label` is the name before the columns.
    """

    cells: Sequence[Span]
    separator: str = ""
    has_words: bool = False
    label: Span | None = None


def row_cells(text: str) -> RowCells | None:
    """The cells of a line that is a row of a table; None for any other."""
    if PLAIN_ROW.match(text):
        return RowCells(_words(text, 0))
    if _CSV_ROW.match(text):
        return RowCells(split_cells(text, ","), ",")
    has_words = False
    if _BAR_ROW.match(text) or (has_words := _WORDS_ROW.match(text) is not None):
        separator = "|" if "|" in text else LINE
        return RowCells(split_cells(text.replace(THICK, LINE), separator), separator, has_words)
    if _MIXED_ROW.match(text):
        return RowCells(_words(text.replace("|", " "), 0), "|")
    return _labelled(text)


def _words(text: str, begin: int) -> list[Span]:
    return [found.span() for found in _CELL.finditer(text, begin)]


def _labelled(text: str) -> RowCells | None:
    """A row behind a name that says nothing of its numbers."""
    label = _LABEL.match(text)
    if label is None or kind_of(label["name"]) is not LabelKind.UNKNOWN or not PLAIN_ROW.match(text, label.end()):
        return None
    cells = _words(text, label.end())
    return RowCells(cells, label=label.span("name")) if len(cells) >= _LABELLED_CELLS else None
