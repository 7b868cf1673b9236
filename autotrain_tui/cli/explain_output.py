"""`metrics --explain`: what was read of a log, what was left out and why."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.errors import UsageError
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

if TYPE_CHECKING:
    from autotrain_tui.metrics.explain import Explanation, ShapeReport

__all__ = ["explain_log"]

_MAX_EXAMPLE = 160  # characters


def explain_log(path: Path, options: argparse.Namespace) -> int:
    """Explain a log. UsageError when it can't be read."""
    import msgspec  # inside, as the reader: the other verbs start without them

    from autotrain_tui.metrics.explain import explain

    try:
        found = explain(path)
    except OSError as error:
        raise UsageError(f"cannot read {sanitize(str(path))}: {error.strerror}") from error
    if options.json:
        document = {"version": 1, "log": str(path), **msgspec.to_builtins(found)}
        write_json(msgspec.json.encode(document) + b"\n")
    else:
        _print(path, found)
    return 0


def _print(path: Path, found: Explanation) -> None:
    print(f"{sanitize(str(path))}: {len(found.series)} series, {len(found.shapes)} line shapes with numbers")
    from autotrain_tui.metrics.parsing.series_kinds import KINDS  # inside, as above

    rows = [
        [sanitize(one.name), one.kind, fmt.count(one.points), one.axis]
        for one in sorted(found.series, key=lambda one: KINDS.index(one.kind))
    ]
    if rows:
        print()
        print_table(["SERIES", "KIND", "POINTS", "AXIS"], rows, right=(2,), shrinks=(0,))
    for shape in found.shapes:
        _print_shape(shape)
    if found.lines_left_out or found.names_left_out:
        print(f"\n{found.lines_left_out} lines were too long; {found.names_left_out} names were beyond the limit")


def _print_shape(shape: ShapeReport) -> None:
    from autotrain_tui.metrics.explain import plan_line  # inside, as above

    print(f"\n{fmt.count(shape.count)} x  {sanitize(shape.example)[:_MAX_EXAMPLE]}")
    print(f"    read by: {shape.read_by}")
    if shape.taken:
        print(f"    series: {', '.join(map(sanitize, shape.taken))}")
    if shape.counts:
        print(f"    counts: {', '.join(map(sanitize, shape.counts))}")
    for number in shape.left_out:
        print(f"    left out: {sanitize(number.name)} {sanitize(number.value)} ({number.reason})")
        print(f"        to read it: {sanitize(plan_line(number))}")
