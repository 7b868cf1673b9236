r"""timm, DETR and torchvision's references, the ImageNet example, mmengine: epoch and batch in brackets.

    Train: 0 [  50/1251 (  4%)]  Loss: 6.948 (6.95)  Time: 0.345s, 742.10/s  LR: 1.000e-05  Data: 0.010 (0.012)
    Test: [  10/97]  Time: 0.104 (0.2)  Loss:  1.2 (1.3)  Acc@1:  75.0 (74.1)
    Epoch: [0]  [ 10/100]  eta: 0:01:00  lr: 0.000100  loss: 5.1021 (6.0113)  time: 0.3  data: 0.01  max mem: 2000
    Epoch: [0][  10/5005]\tTime  0.345 ( 0.400)\tLoss 6.9e+00 (7.0e+00)\tAcc@1   0.00 (  0.20)
    Epoch(train)  [1][ 50/937]  lr: 1.0e-02  eta: 0:01:00  time: 0.02  loss: 0.9

Epochs count from 0 (mmengine: 1), batches from 0 in each. The first of two figures is the step's or a median of the
last few, the one in brackets an average: the first is read. The test loop's names are the training's; they get `Test_`.
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.formats.pairs import accept
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Nothing, Pair
from autotrain_tui.metrics.parsing.line_scanner import NUMBER, scan
from autotrain_tui.metrics.parsing.metric_names import is_eval_word

__all__ = ["find"]

_COUNT = r"\[\s*(?P<n>\d+)/\s*(?P<t>\d+)(?: \(\s*\d+%\))?\]"
_HEADS = tuple(
    lazy_pattern(pattern, re.ASCII)
    for pattern in (
        rf"(?P<word>Train): (?P<epoch>\d+) {_COUNT}",
        rf"(?P<word>(?![Ee]poch)[A-Za-z]{{1,20}})\s*:\s*{_COUNT}",
        rf"(?P<word>)Epoch:?\s?\[(?P<epoch>\d+)\]\s*{_COUNT}",
        rf"Epoch\((?P<word>\w+)\)\s*\[(?P<epoch>\d+)\]\s*(?:{_COUNT}|\[(?P<only>\d+)\])",
        rf"Iter\((?P<word>\w+)\)\s*{_COUNT}",
    )
)
_FINAL = lazy_pattern(rf"\s*\*\s+Acc@1[: ]\s*{NUMBER}", re.ASCII)
_FINAL_VALUE = lazy_pattern(rf"(?P<name>[A-Za-z][\w@]*):?\s+(?P<num>{NUMBER})(?=\s|$)", re.ASCII)


def find(text: str, start: int) -> Layout | None:
    """The layout of a line of such a loop."""
    for head in _HEADS if "[" in text else ():
        if match := head.match(text, start):
            return _loop(text, match)
    if _FINAL.match(text, start):
        values = _FINAL_VALUE.finditer(text, start)
        return LineLayout(
            pairs=tuple(Pair(value.span("name"), value.span("num"), "Test_") for value in values), apart=True
        )
    if text.startswith("Averaged stats:", start):
        return Nothing()  # repeats the loop's last line, without saying whose loop it was
    return None


def _loop(text: str, match: re.Match[str]) -> Layout:
    word = match["word"]
    apart = is_eval_word(word)
    groups = match.groupdict()
    line = scan(text, match.end(), len(text), split=word if apart else "")
    has_epoch = groups.get("epoch") is not None
    counted = groups["n"] is not None
    return LineLayout(
        pairs=accept(line, has_place=True),
        step=match.span("n") if counted else None,
        total=match.span("t") if counted else None,
        epoch=match.span("epoch") if has_epoch else None,
        restarts=has_epoch,
        from_zero=_counts_from_zero(text, match.start()),
        apart=apart,
    )


def _counts_from_zero(text: str, start: int) -> bool:
    """timm, torchvision's references and the ImageNet example do; others that print `Epoch: [1][0/121]` may not."""
    return text.startswith("Train:", start) or (
        text.startswith("Epoch:", start) and ("  eta: " in text or "\tTime" in text)
    )
