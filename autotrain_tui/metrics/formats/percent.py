"""Progress that a log tells in per cent and no other way.

Progress:  12.3% words/sec/thread:   1234 lr:  0.05 avg.loss:  2.3 ETA:   0h 1m        fastText
PROGRESS: at 25.00% examples, 1234 words/s                                             gensim
Training ━━━━━━━━━━━━━━━━━━━━━━━━ 45% 0:00:12                                          rich's own columns
||||||____________ 12.5% GA is running...                                              geneticalgorithm
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Nothing, Span
from autotrain_tui.metrics.parsing.parser_state import State
from autotrain_tui.metrics.parsing.progress_bars import is_aside
from autotrain_tui.metrics.parsing.reading_events import Progress

__all__ = ["with_percent"]

_PERCENT = lazy_pattern(
    r"(?:\bprogress\b\W{1,4}(?:at\s|is\s)?|\b(?:completed?|finished):?\s|(?:\xe2[\x80-\xbf]{2}){6,}\s+|[=#>.\-]{6,}\]\s*|\|[|_]{9,}\s)"
    r"(?P<percent>\d{1,3}(?:\.\d{1,4})?)\s?%(?=[\s,;)\]]|$)"
    r"|(?P<done>\d{1,3}(?:\.\d{1,4})?)\s?%\s(?:complete[d]?|done|finished)\b",
    re.IGNORECASE,
)


class PercentLine:
    """A line that tells per cent; `rest` reads whatever else it holds."""

    __slots__ = ("percent", "rest")

    def __init__(self, percent: Span, rest: Layout) -> None:
        self.percent = percent
        self.rest = rest

    def read(self, line: bytes, state: State) -> None:
        """Tell the progress, then read the rest."""
        percent = float(line[slice(*self.percent)])
        if percent <= 100:
            state.shapes.moves += 1
            state.learned_progress(Progress(fraction=percent / 100))
        self.rest.read(line, state)


def with_percent(layout: Layout, text: str, start: int) -> Layout:
    """The layout, and the line's per cent where it tells no step or epoch."""
    if "%" not in text or (isinstance(layout, LineLayout) and (layout.step is not None or layout.epoch is not None)):
        return layout
    match = _PERCENT.search(text, start)
    before = text[start : match.start()] if match else ""
    if match is None or is_aside(before) or "epoch" in before.lower():  # a part of an epoch, of how many nobody says
        return layout
    rest = layout if not isinstance(layout, Nothing) else Nothing()
    return PercentLine(match.span("percent") if match["percent"] else match.span("done"), rest)
