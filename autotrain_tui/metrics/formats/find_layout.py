"""How a line is read: the families of log lines in turn, from the most to the least particular."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable

import msgspec

from autotrain_tui.metrics.formats import (
    boosting,
    boxes,
    chains,
    coco,
    columns_by_count,
    fastprogress,
    json_block,
    keras,
    lightning,
    list_table,
    mnist,
    pairs,
    placed_lines,
    records,
    rich_bar,
    rich_log,
    sklearn,
    tables,
    tqdm,
    vision,
    wandb,
    yolo,
)
from autotrain_tui.metrics.formats.learned import learn
from autotrain_tui.metrics.formats.nested_record import FlatRecord, flat
from autotrain_tui.metrics.formats.percent import with_percent
from autotrain_tui.metrics.formats.tqdm import BarLayout
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Glued, Layout, Nothing
from autotrain_tui.metrics.parsing.prefixes import message_start

__all__ = ["NOTHING", "find_layout"]

NOTHING = Nothing()
_FAMILIES: tuple[Callable[[str, int], Layout | None], ...] = (
    wandb.find,
    coco.find,
    json_block.find,
    yolo.find,
    tqdm.find,
    fastprogress.find,
    chains.find,
    rich_bar.find,
    keras.find,
    boosting.find,
    sklearn.find,
    list_table.find,
    tables.find,
    columns_by_count.find,
    boxes.find,
    lightning.find,
    placed_lines.find,
    records.find,
    mnist.find,
    vision.find,
    rich_log.find,
    pairs.find,
)
# Families that read lines by words anyone may use: what they leave out may be a metric too.
_LEARNABLE = frozenset({mnist.find, vision.find, placed_lines.find, pairs.find})


# Ranks that share a log write text and newline apart: `loss 2.3188epoch 0 step 3 loss 2.31`; ESPnet's `3epoch:train:1-`
# is its own.
_GLUE = lazy_pattern(
    r"\d(?!epoch(?::\w+:\d| results: \[| started))"
    r"(?=(?:epoch|step|iter|iteration|\[(?:default|rank)\d+\]:)[ :=\[])",
    re.ASCII | re.IGNORECASE,
)


_GLUED = ("epoch", "step", "iter", "[default", "[rank")  # one stands in each line that _GLUE finds a seam in


def find_layout(text: str, *, learns: bool = True) -> Layout:
    """How lines of this line's shape are read; `text` holds one byte a character (latin-1).

    `learns`: what no list of words knows may be learned by its recurrence.
    """
    low = text.lower()
    may_be_glued = any(map(low.__contains__, _GLUED))
    seams = [seam.end() for seam in _GLUE.finditer(text)][:16] if may_be_glued else ()
    if not seams:
        return _find_one(text, learns=learns)
    edges = [0, *seams, len(text)]
    parts = [(begin, end, _find_one(text[begin:end], learns=learns)) for begin, end in itertools.pairwise(edges)]
    parts = [part for part in parts if part[2] is not NOTHING]
    return Glued(tuple(parts)) if parts else NOTHING


def _find_one(text: str, *, learns: bool) -> Layout:
    if json_block.closes(text):
        return json_block.ObjectEnd(functools.partial(_find_record, learns=learns))
    layout = _find_alone(text, learns=learns)
    return json_block.BareRow(layout) if layout is not NOTHING and json_block.is_bare_row(text) else layout


def _find_alone(text: str, *, learns: bool) -> Layout:
    start = message_start(text)
    for find in _FAMILIES:
        layout = find(text, start)
        if layout is not None:
            if learns and find is records.find and _is_nested(layout, text):
                return FlatRecord(_find_flat)
            if find not in _LEARNABLE and not (find is records.find and _may_learn(layout, text)):
                return _with_rest(layout, text)
            return with_percent(learn(layout, text, start) if learns else layout, text, start)
    return with_percent(learn(NOTHING, text, start) if learns else NOTHING, text, start)


def _may_learn(record: Layout, text: str) -> bool:
    """Of a record without inner braces, where a key could stand twice."""
    return isinstance(record, Nothing) and text.count("{") == 1


def _find_record(text: str, *, learns: bool) -> Layout:
    """How an object that stood on several lines is read: as a record, or not at all."""
    start = message_start(text)
    layout = records.find(text, start)
    if layout is None:
        return NOTHING
    if learns and _is_nested(layout, text):
        return FlatRecord(_find_flat)
    return learn(layout, text, start) if learns and _may_learn(layout, text) else layout


def _is_nested(record: Layout, text: str) -> bool:
    """Of a record that holds no known metric, only others in inner braces."""
    return isinstance(record, Nothing) and text.count("{") > 1 and flat(text) is not None


def _find_flat(text: str) -> Layout:
    return learn(NOTHING, text, 0)


def _with_rest(layout: Layout, text: str) -> Layout:
    """A bar without a newline: the next thing printed is glued to it."""
    if isinstance(layout, BarLayout) and layout.end and text[layout.end :].strip():
        return msgspec.structs.replace(layout, rest=find_layout(text[layout.end :]))
    return layout
