"""`ls`: all sessions, newest first."""

from __future__ import annotations

import argparse
import json
import sys

from autotrain_tui import figures
from autotrain_tui.session.listing import list_rows
from autotrain_tui.verbs.lean import import_msgspec
from autotrain_tui.verbs.options import add_json, whole
from autotrain_tui.verbs.table import plain, print_table
from autotrain_tui.verbs.where import here

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable

    from autotrain_tui.session.index import Json

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """Words to find sessions by, -n and --json."""
    parser.add_argument("terms", nargs="*", metavar="TERM",
                        help="only sessions that all of these mean: digits, state:failed, tag:x, 'accuracy>0.9'")
    parser.add_argument("-n", type=whole, metavar="N", help="only the newest N")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List them. One that can't be read is named on stderr; the status is 0 all the same. Raises UsageError."""
    sessions = str(here(options).sessions)
    wanted = _wanted(options.terms)
    rows: list[Json] = []
    for _, row in list_rows(sessions, None if wanted is not None else options.n, import_msgspec):
        if isinstance(row, str):
            print(f"autotrain-tui: {row}", file=sys.stderr)
        elif wanted is None or wanted(row):
            rows.append(row)
    rows = rows[: options.n]
    if options.json:
        print(json.dumps({"version": 1, "sessions": rows}, ensure_ascii=False))
    elif rows:
        _print(rows)
    elif wanted is not None:
        print("no session is meant by these words")
    else:
        print(f"no sessions in {sessions}; autotrain-tui run starts one")
    return 0


def _wanted(terms: list[str]) -> Callable[[Json], bool] | None:
    """Whether a row is meant by the words; None without any."""
    if not terms:
        return None
    from autotrain_tui.errors import UsageError
    from autotrain_tui.session.query import QueryError, matcher

    try:
        return matcher(terms)
    except QueryError as error:
        raise UsageError(str(error)) from None


def _print(rows: list[Json]) -> None:
    lines = []
    for row in rows:
        metric = row["metric"] or {}
        value = f"{plain(metric['name'])} {figures.value(metric['best'])}" if metric.get("best") is not None else ""
        remark = " ".join([*(f"#{tag}" for tag in row["tags"]), row["note"]])
        lines.append([row["id"], _word(row), f"{row['stages_done']}/{row['stages_total']}",
                      figures.clock(row["elapsed_seconds"]), row["mode"], value, plain(remark)])
    print_table(["SESSION", "STATE", "STAGES", "TIME", "MODE", "BEST", "NOTE"], lines, right=(2, 3),
                shrinks=(6, 4, 5), state=1)


def _word(row: Json) -> str:
    """One word for how it stands."""
    if row["state"] == "finished":
        return "ended by its budget" if row["outcome"] == "budget" else str(row["outcome"])
    return str(row["state"])
