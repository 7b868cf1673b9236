r"""The PyTorch MNIST example and its many descendants.

Train Epoch: 1 [640/60000 (1%)]\tLoss: 1.100000            counts samples, from 0 in each epoch
Test set: Average loss: 0.0512, Accuracy: 9833/10000 (98%)
loss: 2.303494  [   64/60000]                              PyTorch's quickstart, under `Epoch 1`
"""

from __future__ import annotations

import re

from autotrain_tui.metrics.formats.pairs import accept
from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, LineLayout, Pair
from autotrain_tui.metrics.parsing.line_scanner import NUMBER, scan

__all__ = ["find"]

_TRAIN = lazy_pattern(
    r"(?:Train )?Epoch:? (?P<epoch>\d+) \[\s*(?P<n>\d+)/\s*(?P<t>\d+) \(\s*[\d.]+%\)\]\s*(?P<rest>\S.*)$", re.ASCII
)
_QUICK = lazy_pattern(rf"(?P<name>loss): +(?P<num>{NUMBER}) +\[ *(?P<n>\d+)/ *(?P<t>\d+)\]\s*$", re.ASCII)
_TEST = lazy_pattern(
    rf"(?P<set>[A-Za-z]+) set: (?P<name>(?:Average|Avg\.?) [Ll]oss): (?P<num>{NUMBER})"
    rf"(?:, (?P<acc>[Aa]ccuracy): \d+/\d+ \((?P<percent>{NUMBER})%\))?",
    re.ASCII,
)


def find(text: str, start: int) -> Layout | None:
    """The layout of a line of the example's training or test loop."""
    if "[" not in text and " set: " not in text:
        return None
    if match := _TRAIN.match(text, start):
        line = scan(text, match.start("rest"), len(text))
        found = accept(line, has_place=True)
        n, t, epoch = match.span("n"), match.span("t"), match.span("epoch")
        return LineLayout(pairs=found, step=n, total=t, epoch=epoch, restarts=True)
    if match := _QUICK.match(text, start):
        pair = Pair(match.span("name"), match.span("num"))
        return LineLayout(pairs=(pair,), step=match.span("n"), total=match.span("t"), restarts=True)
    match = _TEST.match(text, start)
    if match is None:
        return None
    # the training's own name is `Loss`, so the test set's two can stay as printed
    prefix = "" if match["set"] == "Test" else match["set"] + "_"
    found = (Pair(match.span("name"), match.span("num"), prefix),)
    if match["acc"]:
        found += (Pair(match.span("acc"), match.span("percent"), prefix),)
    return LineLayout(pairs=found, apart=match["set"] != "Train")
