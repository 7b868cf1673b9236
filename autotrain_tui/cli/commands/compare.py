"""`compare`: two or more sessions side by side: parameters that differ, and results."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.text_table import paint, table, width
from autotrain_tui.errors import UsageError
from autotrain_tui.session.history.comparison import Json, comparison
from autotrain_tui.session.history.comparison_text import (
    better,
    cell_text,
    differs,
    goals_of,
    in_common,
    row_label,
    what_differs,
)
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.text.sanitize import sanitize

__all__ = ["add_options", "run"]

_LABEL, _LEAST = 24, 16
"""Cells that the name of a row may take if there is no room, and that each session has: no number is longer."""


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION SESSION … and --json."""
    parser.add_argument("sessions", nargs="+", metavar="SESSION", help="two or more sessions")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print it. Raises UsageError for fewer than two sessions."""
    store = store_of(options)
    with ReadWatch(str(store.path)):
        folders = list({folder.path: folder for folder in map(store.find, options.sessions)}.values())
        if len(folders) < 2:
            raise UsageError(f"compare: expected two or more different sessions, got {len(folders)}")
        documents = [show(load_view(folder)) for folder in folders]
    document = comparison(documents)
    if options.json:
        print_json(document)
    else:
        _print(document, goals_of(documents))
    return 0


def _print(document: Json, goals: dict[str, str]) -> None:
    for sentence in in_common(document):
        print(sanitize(sentence))
    document = what_differs(document)
    sessions, parameters, results = document["sessions"], document["parameters"], document["results"]
    names = [row_label(entry) for entry in (*parameters, *results)]
    label = min(_LABEL, max(map(len, ["RESULT (* best)", *names])))
    fitting = max(1, (width() - label) // (_LEAST + 2))
    if not parameters:
        print("same parameters")
    for begin in range(0, len(sessions), fitting):
        part = range(begin, min(begin + fitting, len(sessions)))
        heads = [sessions[place] for place in part]
        if begin:
            print()
        if parameters:
            _table(["PARAMETER", *heads], [(entry, _row(entry, part, ())) for entry in parameters])
        print()
        rows = [(entry, _row(entry, part, better(entry, goals))) for entry in results]
        _table(["RESULT (* best)", *heads], rows)


def _table(head: list[str], rows: list[tuple[Json, list[str]]]) -> None:
    """Rows under a head: the best value green, what is the same everywhere dim, where colour is wanted."""
    cells = [row for _, row in rows]
    order = sorted(range(1, len(head)), key=lambda place: -max(len(row[place]) for row in [head, *cells]))
    columns = table(
        [*zip(head, *cells, strict=True)],
        right=range(1, len(head)),
        shrinks=order,
        last=0,
        room=width(),
        least=(_LEAST,),
    )
    lines = ["  ".join(parts).rstrip() for parts in zip(*columns, strict=True)]
    print(paint(lines[0], "dim"))
    for (entry, row), parts in zip(rows, list(zip(*columns, strict=True))[1:], strict=True):
        if differs(entry):
            marked = ("* " in raw[:2] for raw in row)
            print("  ".join(paint(text, "best") if best else text for text, best in zip(parts, marked, strict=True)))
        else:
            print(paint("  ".join(parts).rstrip(), "dim"))


def _row(entry: Json, part: Sequence[int], best: Sequence[int]) -> list[str]:
    values = entry["values"]
    cells = [("* " if place in best else "") + cell_text(entry["name"], values[place]) for place in part]
    return [row_label(entry), *cells]
