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


class CocoRow(msgspec.Struct, frozen=True, gc=False):
    """A row of the table; `size` is the letter of small, medium or large."""

    what: bytes
    size: bytes
    iou: Span
    most: Span
    value: Span

    def read(self, line: bytes, state: State) -> None:
        """Tell the value at the last training step; of masks and key points with what is measured before it."""
        value = line[slice(*self.value)]
        if float(value) < 0:
            return
        found = next(filter(None, map(_KIND.search, state.before(_ABOVE))), None)
        kind = found["kind"] if found is not None else b"bbox"
        prefix = "" if kind == b"bbox" else kind.decode("latin-1") + "_"
        state.value(self.what + (self.size or self._of_all(line)), value, state.step, state.epoch, prefix)

    def _of_all(self, line: bytes) -> bytes:
        """`AR10` is of ten found at most; `AP75` of those that overlap by 0.75."""
        if self.what == b"AR":
            return line[slice(*self.most)]
        iou = line[slice(*self.iou)]
        return b"" if b":" in iou else iou.partition(b".")[2]


def find(text: str, start: int) -> Layout | None:
    """The layout of a row of that table."""
    if "@[ IoU=" not in text:
        return None
    match = _ROW.match(text, start)
    if match is None:
        return Nothing()
    size = "" if match["area"] == "all" else match["area"][:1]
    return CocoRow(match["what"].encode(), size.encode(), match.span("iou"), match.span("most"), match.span("num"))
