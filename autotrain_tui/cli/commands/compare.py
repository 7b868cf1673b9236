"""`compare`: two or more sessions side by side: parameters that differ, and results."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.errors import UsageError
from autotrain_tui.session.history.comparison import (
    Json,
    better,
    comparison,
    goals_of,
    lone_stages,
    without_lone_stages,
)
from autotrain_tui.session.history.documents import show
from autotrain_tui.session.journal.session_view import load_view
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["add_options", "run"]


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
    for sentence in lone_stages(document):
        print(sanitize(sentence))
    document = without_lone_stages(document)
    head = ["", *document["sessions"]]
    right = range(1, len(head))
    if document["parameters"]:
        print_table(["PARAMETER", *head[1:]], [_row(entry, ()) for entry in document["parameters"]], right=right)
    else:
        print("same parameters")
    print()
    rows = [_row(entry, better(entry, goals)) for entry in document["results"]]
    print_table(["RESULT (* better)", *head[1:]], rows, right=right)


def _row(entry: Json, best: Sequence[int]) -> list[str]:
    label = entry["name"].replace("elapsed_seconds", "time").replace("_seconds", "")
    cells = [
        ("* " if place in best else "") + _text(entry["name"], value) for place, value in enumerate(entry["values"])
    ]
    return [sanitize(f"{entry['stage']}: {label}" if entry["stage"] else label), *cells]


def _text(name: str, value: object) -> str:
    if value is None:
        return fmt.UNKNOWN
    if name.endswith("_seconds"):
        return fmt.clock(value if isinstance(value, int | float) else None)
    return fmt.value(value, 8) if isinstance(value, float) else sanitize(str(value))
