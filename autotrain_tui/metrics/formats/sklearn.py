"""scikit-learn's verbose output: MLP, searches, histogram boosting (the rest: pairs.py, tables: tables.py).

Iteration 1, loss = 2.32230334
Validation score: 0.266667                                   belongs to the iteration above
[CV 1/3] END ..max_depth=3, n_estimators=10;, score=0.775 total time=   0.0s
[1/12] 10 trees, 186 leaves (18 on avg), max depth = 9, train loss: 1.57166, val loss: 1.63682, in 0.022s
[CV] END ................................ score: (test=0.790) total time=   0.0s
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Pair
from autotrain_tui.metrics.parsing.line_scanner import NUMBER

__all__ = ["find"]

_N = NUMBER
_ITERATION = lazy_pattern(rf"^Iteration (?P<step>\d+), (?P<name>loss) = (?P<num>{_N})\s*$", re.ASCII)
_VALIDATION = lazy_pattern(rf"^(?P<name>Validation score): (?P<num>{_N})\s*$", re.ASCII)
_SEARCH = lazy_pattern(r"^\[CV(?: \d+/\d+)?(?:; \d+/\d+)?\] (?P<word>START|END)\b", re.ASCII)
_SCORE = lazy_pattern(
    rf"(?P<name>[A-Za-z_]\w*)(?:=|: )(?:(?P<num>{_N})(?=\s|,|$)|\((?:train=(?P<train>{_N}), )?test=(?P<test>{_N})\))",
    re.ASCII,
)
_TREES = lazy_pattern(
    rf"^\[(?P<step>\d+)/(?P<total>\d+)\] \d+ trees?, .*?(?:, (?P<train>train (?:loss|score)): (?P<tnum>{_N}))?"
    rf"(?:, (?P<val>val (?:loss|score)): (?P<vnum>{_N}))?, in [\d.]+s\s*$",
    re.ASCII,
)


def find(text: str, start: int) -> Layout | None:
    """The layout of a line as scikit-learn's estimators print it."""
    if start or text[:1] not in "[IVN":
        return None
    if match := _ITERATION.match(text):
        pair = Pair(match.span("name"), match.span("num"))
        return LineLayout(pairs=(pair,), step=match.span("step"), restarts=False)
    if match := _VALIDATION.match(text):
        return LineLayout(pairs=(Pair(match.span("name"), match.span("num")),), inherits=True)
    if match := _TREES.match(text):
        found = [
            Pair(match.span(name), match.span(value))
            for name, value in (("train", "tnum"), ("val", "vnum"))
            if match[name]
        ]
        return LineLayout(pairs=tuple(found), step=match.span("step"), total=match.span("total"), restarts=False)
    if match := _SEARCH.match(text):
        return LineLayout(pairs=_scores(text, match.end()) if match["word"] == "END" else ())
    return None


def _scores(text: str, start: int) -> tuple[Pair, ...]:
    """What stands between the candidate's parameters, which end with `;`, and the time."""
    end = text.rfind("total time=")
    begin = text.rfind(";", start) + 1 or start
    if "=" in text[start:begin] or "(" in text[begin:end]:
        values = _SCORE.finditer(text, begin, end if end > begin else len(text))
    else:
        return ()  # parameters alone, without `;`
    found: list[Pair] = []
    for match in values:
        name = match.span("name")
        if match["num"]:
            found.append(Pair(name, match.span("num")))
            continue
        if match["train"]:
            found.append(Pair(name, match.span("train"), "train_"))
        found.append(Pair(name, match.span("test"), "test_"))
    return tuple(found)
