"""The table of pycocotools after an evaluation, as DETR, torchvision, detectron2 and mmdetection print it.

     Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.423
     Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.311

The names are those of detectron2: AP, AP50, AP75, APs, APm, APl; AR1, AR10, AR100, ARs, ARm, ARl. A value of -1 says
that there was nothing to measure. What is told between `@[` and `]` is a setting.
"""

from __future__ import annotations

import msgspec

from autotrain_tui.metrics.parsing.lazy_pattern import lazy_pattern
from autotrain_tui.metrics.parsing.line_layout import Layout, Nothing, Span
from autotrain_tui.metrics.parsing.line_scanner import NUMBER
from autotrain_tui.metrics.parsing.parser_state import State

__all__ = ["find"]

_ROW = lazy_pattern(
    r"\s*Average (?:Precision|Recall)\s+\((?P<what>A[PR])\)\s+@\[\s*IoU=(?P<iou>[\d.]+(?::[\d.]+)?)\s*\|\s*"
    rf"area=\s*(?P<area>\w+)\s*\|\s*maxDets=\s*(?P<most>\d+)\s*\]\s*=\s*(?P<num>{NUMBER})\s*$"
)
_KIND = lazy_pattern(rb"(?:IoU metric: |Evaluate annotation type \*)(?P<kind>\w+)")
_ABOVE = 16  # lines between a table's last row and the word that says what is measured
_ALL_IOU = "0.50:0.95"


class CocoRow(msgspec.Struct, frozen=True, gc=False):
    """A row of the table."""

    name: bytes
    value: Span

    def read(self, line: bytes, state: State) -> None:
        """Tell the value at the last training step; of masks and key points with what is measured before it."""
        value = line[slice(*self.value)]
        if float(value) < 0:
            return
        found = next(filter(None, map(_KIND.search, state.before(_ABOVE))), None)
        kind = found["kind"] if found is not None else b"bbox"
        prefix = "" if kind == b"bbox" else kind.decode("latin-1") + "_"
        state.value(self.name, value, state.step, state.epoch, prefix)


def find(text: str, start: int) -> Layout | None:
    """The layout of a row of that table."""
    if "@[ IoU=" not in text:
        return None
    match = _ROW.match(text, start)
    if match is None:
        return Nothing()
    what, iou, area = match["what"], match["iou"], match["area"]
    size = "" if area == "all" else area[:1]
    if what == "AR":
        name = what + (size or match["most"])
    else:
        name = what + (size or ("" if iou == _ALL_IOU else iou.partition(".")[2]))
    return CocoRow(name.encode(), match.span("num"))
