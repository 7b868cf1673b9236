"""`ls`: all sessions, newest first."""

from __future__ import annotations

import argparse
import sys

from autotrain_tui.cli.context import here
from autotrain_tui.cli.fast_imports import import_msgspec
from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.options import add_json, whole
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.session.history.list_row import HEAD
from autotrain_tui.session.history.listing import list_rows, listing_json

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable

    from autotrain_tui.session.history.list_row import Json, ListRow

__all__ = ["add_options", "run"]

_TITLE = HEAD.index("TITLE")


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """TERMs to filter by, -n and --json."""
    parser.add_argument(
        "terms",
        nargs="*",
        metavar="TERM",
        help="only sessions that match every TERM: digits, state:failed, tag:x, 'accuracy>0.9'",
    )
    parser.add_argument("-n", type=whole, metavar="N", help="only the newest N")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List them. One that can't be read is named on stderr; the status is 0 all the same. Raises UsageError."""
    with ReadWatch.of(options):
        return _list(options)


def _list(options: argparse.Namespace) -> int:
    sessions = str(here(options).sessions)
    wanted = _wanted(options.terms)
    rows: list[ListRow] = []
    for _, row in list_rows(sessions, None if wanted is not None else options.n, import_msgspec):
        if isinstance(row, str):
            print(f"autotrain-tui: {row}", file=sys.stderr)
        elif wanted is None or wanted(row.row):
            rows.append(row)
    rows = rows[: options.n]
    if options.json:
        write_json(listing_json(rows))
    elif rows:
        _print([row.cells for row in rows])
    elif wanted is not None:
        print("no session matches")
    else:
        print(f"no sessions in {sessions}; start one with: autotrain-tui run")
    return 0


def _print(rows: list[list[str]]) -> None:
    """The table; the titles of single commands only if there are any."""
    if any(cells[_TITLE] for cells in rows):
        print_table(HEAD, rows, right=(2, 3), shrinks=(7, 4, 5, 6), state=1)
        return
    head = (*HEAD[:_TITLE], *HEAD[_TITLE + 1 :])
    print_table(
        head, [cells[:_TITLE] + cells[_TITLE + 1 :] for cells in rows], right=(2, 3), shrinks=(6, 4, 5), state=1
    )


def _wanted(terms: list[str]) -> Callable[[Json], bool] | None:
    """Whether a row matches the terms; None without any."""
    if not terms:
        return None
    from autotrain_tui.errors import UsageError
    from autotrain_tui.session.history.search_query import QueryError, matcher

    try:
        return matcher(terms)
    except QueryError as error:
        raise UsageError(str(error)) from None
