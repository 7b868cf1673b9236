"""`compare`: two or more sessions side by side: parameters that differ, and results."""

from __future__ import annotations

import argparse

from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.errors import UsageError
from autotrain_tui.session.history.comparison import Json, comparison
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
        document = comparison([show(load_view(folder)) for folder in folders])
    if options.json:
        print_json(document)
    else:
        _print(document)
    return 0


def _print(document: Json) -> None:
    head = ["", *document["sessions"]]
    right = range(1, len(head))
    if document["parameters"]:
        print_table(["PARAMETER", *head[1:]], [_row(entry) for entry in document["parameters"]], right=right)
    else:
        print("same parameters")
    print()
    print_table(["RESULT", *head[1:]], [_row(entry) for entry in document["results"]], right=right)


def _row(entry: Json) -> list[str]:
    label = entry["name"].replace("elapsed_seconds", "time").replace("_seconds", "")
    cells = [_text(entry["name"], value) for value in entry["values"]]
    return [sanitize(f"{entry['stage']}: {label}" if entry["stage"] else label), *cells]


def _text(name: str, value: object) -> str:
    if value is None:
        return fmt.UNKNOWN
    if name.endswith("_seconds"):
        return fmt.clock(value if isinstance(value, int | float) else None)
    return fmt.value(value, 8) if isinstance(value, float) else sanitize(str(value))
