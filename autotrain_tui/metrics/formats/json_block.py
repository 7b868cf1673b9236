"""A JSON object over several lines, a key a line, as `json.dumps(metrics, indent=2)` prints it.

    {
      "epoch": 3,
      "val_loss": 0.31,

A row is read by what stands above it in its braces: a step or an epoch there, or a name that can only be a metric's.
Where a setting, or a heading of settings (`config: {`), stands above, nothing is read.
"""

from __future__ import annotations

import re

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Nothing, Span, count_of
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.metric_names import LabelKind, is_split_word, is_well_known, kind_of
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_ROW = lazy_pattern(rf'^(?P<indent>\s++)"(?P<key>[^"\\]{{1,120}})": "?(?P<num>{NUMBER})"?,?\s*$', re.ASCII)
_ABOVE = lazy_pattern(rb'^(?P<indent>\s*+)(?:"(?P<key>[^"\\]{1,120})": *+(?P<value>[^\s{[].*)?)?')
_SETTINGS = lazy_pattern(
    rb"config|hyper|param|\bargs\b|argument|option|setting|kwargs|request|weight|threshold|best", re.IGNORECASE
)
_PARENT = lazy_pattern(rb'"(?P<parent>[A-Za-z]\w{0,40})": *\{\s*$')
_PLACE = lazy_pattern(rb"\d+(?:\.\d+)?(?=,|\s*$)")
_REPORTS = frozenset({"metrics", "results", "scores", "losses", "stats", "scalars"})
_MAX_ROWS = 60


class JsonRow(msgspec.Struct, frozen=True, gc=False):
    """A key with a number."""

    indent: int
    key: Span
    value: Span
    sure: bool  # its name means nothing else

    def read(self, line: bytes, state: State) -> None:
        """Read the row if its object reports on a run."""
        step = epoch = part = None
        name = line[slice(*self.key)]
        rows = state.before(_MAX_ROWS)
        for above in rows:
            match = _ABOVE.match(above)
            depth = len(match["indent"]) if match else 0
            if depth > self.indent:
                continue
            if depth < self.indent or match is None or match["key"] is None:
                part = _part(above, next(rows, b"")) if depth < self.indent else None
                break
            kind = kind_of(match["key"].decode("latin-1"))
            if kind is LabelKind.SETTING or match["key"] == name:
                return
            value = match["value"] or b""
            number = _PLACE.match(value)
            if number and kind is LabelKind.STEP and step is None:
                step = count_of(value, number.span())
            elif number and kind is LabelKind.EPOCH and epoch is None:
                epoch = float(number.group())
        if part is None or (step is None and epoch is None and not self.sure):
            return
        if epoch is not None:
            state.see_epoch(epoch, None)
        if step is not None:
            state.step = step
        prefix = "" if not part or part.encode().lower() in name.lower() else part + "_"
        state.value(name, line[slice(*self.value)], step, state.epoch if epoch is None else epoch, prefix)


def _part(opening: bytes, before: bytes) -> str | None:
    """The part of the data that the object with this opening line is about, or ""; None when it is no report."""
    heading = before if opening.strip() == b"{" and before.rstrip().endswith((b":", b"=")) else opening
    if _SETTINGS.search(heading) or not opening.rstrip().endswith(b"{"):
        return None
    parent = _PARENT.search(opening)
    if parent is None:
        return ""
    word = parent["parent"].decode()
    if is_split_word(word):
        return word
    return "" if word.lower() in _REPORTS else None


def find(text: str, start: int) -> Layout | None:
    """The layout of a row with a number."""
    if start or text[:1] not in " \t" or '": ' not in text:
        return None
    match = _ROW.match(text)
    if match is None:
        return None
    kind = kind_of(match["key"])
    if kind is not LabelKind.METRIC and kind is not LabelKind.WEAK:
        return Nothing()
    sure = kind is LabelKind.METRIC and "." in match["num"] and is_well_known(match["key"])
    return JsonRow(len(match["indent"]), match.span("key"), match.span("num"), sure)
