"""What the reader made of a log, as rows: each line shape, below it what was taken, what counts, what was left out."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from autotrain_tui.metrics.explain import Explanation, ShapeReport, explain, plan_line
from autotrain_tui.metrics.parsing.series_kinds import KINDS
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["ExplainRow", "explain_rows", "read_rows"]

MOST_READ = 8 << 20
"""Bytes of a log's end that are explained on the screen: a second of reading."""


class ExplainRow(msgspec.Struct, frozen=True):
    """A row: a label and a text; of a shape its count and an example. `plan_line` reads a left-out number."""

    kind: Literal["shape", "fact", "left out"]
    label: str
    text: str
    plan_line: str = ""


def read_rows(path: Path) -> list[ExplainRow]:
    """Read a log's last 8 MiB and explain them. OSError when it can't be read."""
    return explain_rows(explain(path, MOST_READ))


def explain_rows(found: Explanation) -> list[ExplainRow]:
    """The series by kind, then every line shape."""
    rows = []
    for kind in KINDS:
        names = [f"{sanitize(one.name)} ({fmt.count(one.points)})" for one in found.series if one.kind == kind]
        if names:
            rows.append(ExplainRow("fact", kind, ", ".join(names)))
    for shape in found.shapes:
        rows += _shape_rows(shape)
    if found.lines_left_out or found.names_left_out:
        text = f"{found.lines_left_out} lines were too long; {found.names_left_out} names were beyond the limit"
        rows.append(ExplainRow("fact", "limits", text))
    return rows


def _shape_rows(shape: ShapeReport) -> list[ExplainRow]:
    rows = [
        ExplainRow("shape", f"{fmt.count(shape.count)} x", sanitize(shape.example)),
        ExplainRow("fact", "read by", shape.read_by),
    ]
    if shape.taken:
        rows.append(ExplainRow("fact", "series", ", ".join(map(sanitize, shape.taken))))
    if shape.counts:
        rows.append(ExplainRow("fact", "counts", ", ".join(map(sanitize, shape.counts))))
    for number in shape.left_out:
        text = f"{sanitize(number.value)}  {sanitize(number.reason)}"
        rows.append(ExplainRow("left out", sanitize(number.name), text, sanitize(plan_line(number))))
    return rows
