"""What the columns of a table in plain text are: an epoch, a step, a metric or nothing, by the heading above a row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from autotrain_tui.metrics.formats.table_headings import (
    RULE,
    SURE_CELLS,
    aligned_spans,
    cells_above,
    heading_cells,
    is_other_axis,
    is_table_axis,
    joined_rows,
    may_be_series,
    told_apart,
)
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Span
from autotrain_tui.metrics.parsing.metric_names import LabelKind, kind_of
from autotrain_tui.metrics.parsing.parser_state import Table

__all__ = ["columns_of", "table_below", "table_under_names"]

_LETTER = lazy_pattern(rb"[A-Za-z]")
_WORD = lazy_pattern(rb"\S+")
_HEADING_WORD = lazy_pattern(rb"[^\s|,\xe2\x94\x82\x83]+")
_PERCENT = frozenset({b"progress (%)", b"progress(%)", b"progress%"})


def table_below(above: list[bytes], cells: tuple[Span, ...], separator: str) -> Table | None:
    """The table whose heading is the nearest of these lines, or the one over a rule."""
    if not above:
        return None
    count = len(cells)
    heading, spans, higher = above[0], None, above[1:3]
    if RULE.match(heading) and len(above) > 1:
        spans = tuple(found.span() for found in _WORD.finditer(heading))
        heading, higher = above[1], above[2:4]
    if not separator and spans is None and higher:
        table = _below_two_rows(higher[0], heading, count)
        if table is not None:
            return table
    words = _HEADING_WORD.findall(heading)
    if len(set(words)) == len(words):
        higher = []  # they only tell apart names that occur twice
    if (
        not separator
        and spans is None
        and count >= SURE_CELLS
        and (table := table_under_names(heading, cells)) is not None
    ):
        return table
    table = _columns_of(heading, spans, count, separator, tuple(higher))
    return table if table is not None or separator or spans is not None else _aligned(heading, cells)


@lru_cache(maxsize=64)
def table_under_names(heading: bytes, cells: tuple[Span, ...]) -> Table | None:
    """The table of a row whose cells begin where the heading's names do, some of which may be over none."""
    names = cells_above(heading, cells)
    return _columns_of(b"   ".join(names), None, len(names)) if names else None


@lru_cache(maxsize=64)
def _below_two_rows(upper: bytes, lower: bytes, count: int) -> Table | None:
    """The table of a heading in two rows of words."""
    names = joined_rows(upper, lower)
    return _columns_of(b"   ".join(names), None, count) if names else None


def columns_of(
    heading: bytes, spans: Sequence[Span] | None, count: int | None, separator: str = "", above: Sequence[bytes] = ()
) -> Table | None:
    """The columns a heading names, at the places of its rule's dashes if it has one; None when it is no heading.

    `above` are the lines over it: the first row of a heading in two, or the names of groups of columns.
    """
    if not _LETTER.search(heading) or len(heading) > 2000:
        return None
    cells = heading_cells(heading, spans, separator)
    if count is not None and len(cells) < count == len(heading.split()) and not separator:
        cells = heading.split()  # two names with one blank between them
    if count is not None and len(cells) not in {count, count + 1}:  # skorch's last column (a sign) may be empty
        return _frame(cells) if count == len(cells) + 1 and not separator else None
    cells = cells[:count]
    printed = told_apart(heading, cells, above)
    epoch = step = None
    names: list[bytes | None] = []
    unsure: list[bool] = []
    for i, cell in enumerate(cells):
        text = cell.decode("latin-1")
        kind = LabelKind.EPOCH if cell == b"E" else LabelKind.STEP if cell == b"#" else kind_of(text)
        if kind is LabelKind.EPOCH and epoch is None:
            epoch = i
        elif (kind is LabelKind.STEP or is_table_axis(text)) and step is None:
            step = i
            names.append(None)
            unsure.append(True)
            continue
        known = kind is LabelKind.METRIC or kind is LabelKind.WEAK
        names.append(printed[i] if may_be_series(text, kind) else None)
        unsure.append(not known)
    if epoch is None and step is None:
        step = next((i for i, cell in enumerate(cells) if is_other_axis(cell.decode("latin-1"))), None)
    if epoch is None and step is None:
        return None
    percent = next((i for i, cell in enumerate(cells) if cell.lower() in _PERCENT), None)
    certain = any(name is not None and not doubt for name, doubt in zip(names, unsure, strict=True))
    return Table(tuple(names), epoch, step, tuple(unsure), separator, certain, percent) if any(names) else None


_columns_of = lru_cache(maxsize=64)(columns_of)  # a table's rows have the same heading above


@lru_cache(maxsize=64)
def _aligned(heading: bytes, cells: tuple[Span, ...]) -> Table | None:
    """The columns of a heading with another number of cells than its rows; it must recur to be believed."""
    spans = aligned_spans(heading, cells)
    table = columns_of(heading, spans, len(cells)) if spans is not None else None
    return None if table is None else msgspec.structs.replace(table, certain=False)


def _frame(cells: list[bytes]) -> Table | None:
    """A data frame of metrics alone: its first column is an index without a name."""
    if len(cells) > 1 and all(kind_of(cell.decode("latin-1")) is LabelKind.METRIC for cell in cells):
        return Table((None, *cells), None, 0, (True, *(False for _ in cells)))
    return None
