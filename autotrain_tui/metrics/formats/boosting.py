r"""XGBoost, LightGBM, CatBoost: a line a round, tab between the values.

[5]\ttrain-logloss:0.20268\tvalid-auc:0.98565                               rounds from 0
[5]\ttraining's auc: 0.99313\tvalid_1's auc: 0.984985                       rounds from 1
Early stopping, best iteration is:                                           LightGBM's last line is one of before
10:\tlearn: 0.31\ttest: 0.9952663\tbest: 0.9952663 (10)\ttotal: 88.3ms\tremaining: 1.11s
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Nothing, Pair, count_of
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_HEAD = lazy_pattern(r"\s*(?:\[(?P<round>\d{1,12})\]|(?P<number>\d{1,12}):)\t", re.ASCII)
_CELL = lazy_pattern(rf"(?P<name>[^\t:]{{1,120}}?):\s?(?P<num>{NUMBER})(?:\s?\+\s?{NUMBER})?(?=\s*(?:\t|$))", re.ASCII)

_BEST_BELOW = b"est iteration is:"
_ROUND = lazy_pattern(rb"\[(\d{1,12})\]\t")
_ABOVE = 8  # lines above that line that hold two rounds


class BoostingRound(LineLayout, frozen=True, gc=False, kw_only=True):
    """A round; below `Best iteration is:` stands one again, unless it is of those that were not printed."""

    def repeats(self, line: bytes, state: State) -> bool:
        """Whether the round was printed before, as the distance of the rounds above says."""
        if not state.nearest().endswith(_BEST_BELOW):
            return False
        step = count_of(line, self.step)
        rounds = [int(found[1]) for above in state.before(_ABOVE) if (found := _ROUND.match(above))]
        every = abs(rounds[0] - rounds[1]) if len(rounds) > 1 else 0
        return step is not None and (step in rounds or (every > 0 and step % every == 0))


def find(text: str, start: int) -> Layout | None:
    """The layout of a boosting round."""
    head = _HEAD.match(text, start)
    if head is None:
        return Nothing() if text.startswith(("bestTest = ", "bestIteration = "), start) else None
    found = []
    at = head.end()
    for cell in text[at:].split("\t"):
        match = _CELL.match(cell)
        name = match["name"].strip() if match else ""
        if match and name not in {"best", "total", "remaining", "time", "elapsed"}:
            begin = at + match.start("name") + len(match["name"]) - len(match["name"].lstrip())
            found.append(Pair((begin, begin + len(name)), (at + match.start("num"), at + match.end("num"))))
        at += len(cell) + 1
    if not found:
        return None
    step = head.span("round") if head["round"] else head.span("number")
    return BoostingRound(pairs=tuple(found), step=step, restarts=False)
