"""The headings of tables in plain text: what is the name of which column.

Iterat #Fevals   function value  axis ratio        Iter      Cost
    1      8 1.843031719357374e+00 1.0e+00            0   0.25000
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Span
from autotrain_tui.metrics.parsing.metric_names import LabelKind, words_of
from autotrain_tui.metrics.parsing.series_kinds import NameRole, role_of

__all__ = [
    "LINE",
    "RULE",
    "SURE_CELLS",
    "THICK",
    "aligned_spans",
    "cells_above",
    "heading_cells",
    "is_other_axis",
    "is_table_axis",
    "joined_rows",
    "may_be_series",
    "split_cells",
    "told_apart",
]

RULE = lazy_pattern(rb"^\s*[-=]+(?:\s+[-=]+)+\s*$")
LINE, THICK = "\xe2\x94\x82", "\xe2\x94\x83"  # drawn lines between cells: UTF-8 as latin-1 reads it
_GAP = lazy_pattern(rb"\S+(?: \S+)*")
_AXIS = lazy_pattern(
    r"(?:(?:n_)?gen(?:eration)?|n_?iters?|iters?|iterat|nit|trial|round|tree|fold|it|pass|sweep|counter|example counter"
    r"|nr|no\.?|update|call|eval|evaluation|game|episodes?|k)\.?",
    re.IGNORECASE,
)
_OTHER_AXIS = lazy_pattern(r"(?:n_?)?(?:f?calls|f?evals|evaluations|nodes?)", re.IGNORECASE)
_GROUP = lazy_pattern(rb"\|[^|]+(?=\|)|\S+(?: \S+)*")
_SPREAD = frozenset({"min", "max", "std", "sd"})  # alone, beside an average, or of something: `max_fitness`, `f_min`
_FIGURES = _SPREAD | {"best", "worst"}
SURE_CELLS = 4  # that begin where their names do
_WORD = lazy_pattern(rb"\S+")


def aligned_spans(heading: bytes, cells: Sequence[Span]) -> tuple[Span, ...] | None:
    """The part of a heading over each cell of a row: each word is over the cell that it overlaps most.

    None where a word is over no cell, or a cell under no word. `min&max std` names two columns together and neither by
    itself: their parts are empty.
    """
    parts: list[Span | None] = [None] * len(cells)
    for group in _GAP.finditer(heading):
        together = b"&" in group.group()
        for word in _WORD.finditer(heading, *group.span()):
            begin, end = word.span()
            overlaps = [min(end, high) - max(begin, low) for low, high in cells]
            at = overlaps.index(max(overlaps))
            if overlaps[at] <= 0:
                return None
            first = parts[at]
            parts[at] = (begin, begin - 1) if together else (begin if first is None else first[0], end)
    found = tuple(part for part in parts if part is not None)
    return found if len(found) == len(cells) else None


def cells_above(heading: bytes, cells: Sequence[Span]) -> list[bytes] | None:
    """The names over a row some of whose cells may be empty; None unless each cell begins where a name does."""
    names = {found.start(): found.group() for found in _GAP.finditer(heading)}
    if len(cells) < SURE_CELLS or b"\t" in heading or not all(begin in names for begin, _ in cells):
        return None
    return [names[begin] for begin, _ in cells]


def joined_rows(upper: bytes, lower: bytes) -> list[bytes] | None:
    """The names of a heading in two rows, each made of the two words that stand over each other; None if it is none.

    Vowpal Wabbit's `average  since` over `loss     last`: each word of both begins or ends where the other does.
    """
    if not upper.replace(b" ", b"").isalpha():
        return None
    pairs = list(zip(_WORD.finditer(upper), _WORD.finditer(lower), strict=False))
    words = len(upper.split())
    if len(pairs) < SURE_CELLS or not len(pairs) == words == len(lower.split()) or b"\t" in upper + lower:
        return None
    if not all(a.start() == b.start() or a.end() == b.end() for a, b in pairs):
        return None
    return [a.group() + b" " + b.group() for a, b in pairs]


def heading_cells(heading: bytes, spans: Sequence[Span] | None, separator: str) -> list[bytes]:
    """A heading's cells: between separators, at the places of a rule's dashes, or two blanks apart."""
    if separator:
        text = heading.decode("latin-1").replace(THICK, LINE)
        return [_bare(text[slice(*cell)].encode("latin-1")) for cell in split_cells(text, separator)]
    if spans is not None:
        return [heading[begin : end + 1].strip() for begin, end in spans]
    return [_bare(found.group()) for found in _GAP.finditer(heading.replace(b"\t", b"  "))]


def _bare(cell: bytes) -> bytes:
    """A heading's cell without the mark of a comment, quotes and the colon behind it."""
    cell = cell.removeprefix(b"#") if cell[1:2] == b'"' else cell
    return cell[1:-1] if len(cell) > 2 and cell[:1] == cell[-1:] == b'"' else cell.rstrip(b":") or cell


def is_table_axis(name: str) -> bool:
    """Whether a column counts, by a name that counts in tables only: `Iter`, `n_gen`, `Trial`."""
    return _AXIS.fullmatch(name) is not None


def is_other_axis(name: str) -> bool:
    """Whether a column counts where no other does: calls of the function, nodes of a search."""
    return _OTHER_AXIS.fullmatch(name) is not None


def told_apart(heading: bytes, cells: list[bytes], above: Sequence[bytes]) -> list[bytes]:
    """Names that occur twice take the name of their group, or of the heading's row above."""
    twice = {cell for cell, times in Counter(cells).items() if times > 1}
    if not twice:
        return cells
    heading, groups = heading.expandtabs(), _groups([line.expandtabs() for line in above])
    found, at = [], 0
    for i, cell in enumerate(cells):
        begin = heading.find(cell, at)
        at = begin + len(cell)
        title = next((title for title, low, high in groups if low <= begin and at <= high + 1), b"")
        name = title + b" " + cell if cell in twice and title else cell
        found.append(name if name not in found else name + b" %d" % (i + 1))
    return found


def _groups(above: Sequence[bytes]) -> list[tuple[bytes, int, int]]:
    """The titles above a heading, each with the columns of text that it is over: of the dashes below it if any are."""
    found = []
    runs: list[Span] = []
    for line in above:
        if RULE.match(line):
            runs = [run.span() for run in _WORD.finditer(line)]
            continue
        for group in _GROUP.finditer(line):
            begin, end = group.span()
            low, high = next(((a, b) for a, b in runs if a <= begin and end <= b), (begin, end))
            found.append((group.group().strip(b" |"), low, high))
        runs = []
    return found


def split_cells(text: str, separator: str) -> list[Span]:
    """The cells between the separators, without the white space around them and the frame on either side."""
    spans: list[Span] = []
    begin = 0
    for part in text.split(separator):
        left = begin + len(part) - len(part.lstrip())
        spans.append((left, max(left, begin + len(part.rstrip()))))
        begin += len(part) + len(separator)
    if separator != ",":
        for edge in (0, -1):
            if len(spans) > 1 and spans[edge][0] == spans[edge][1]:
                spans.pop(edge)
    return spans


def may_be_series(name: str, kind: LabelKind) -> bool:
    """Whether a column's name can be a series'; one that the table cut (`learni...`) is not known."""
    name = name.strip("|")  # Ipopt's `||d||`
    if not name[:1].isalpha() or name.endswith(("...", "\xe2\x80\xa6", "~")):
        return False
    if kind is LabelKind.METRIC or kind is LabelKind.WEAK:
        return True
    if role_of(name) in {NameRole.FREE, NameRole.RATE, NameRole.KNOWN}:
        return name.lower() != "scale"  # of a solver's steps (SCS), a setting that may adapt
    words = words_of(name)
    if words[:1] == ("since",):
        return True  # `since last`: of the examples since the row before
    others = (
        words[1:] if words and words[0] in _FIGURES else words[:-1] if words[-1:] and words[-1] in _SPREAD else None
    )
    return others is not None and all(role_of(word) in {NameRole.FREE, NameRole.KNOWN} for word in others)
