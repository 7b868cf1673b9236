"""`ls`: all sessions, newest first."""

from __future__ import annotations

import argparse
import json
import os
import sys

from autotrain_tui import figures
from autotrain_tui.session.index import Index, stamp
from autotrain_tui.session.names import session_names
from autotrain_tui.verbs.lean import import_msgspec
from autotrain_tui.verbs.options import add_json, whole
from autotrain_tui.verbs.table import plain, print_table
from autotrain_tui.verbs.where import here

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from autotrain_tui.session.index import Json

__all__ = ["add_options", "row_of", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """-n and --json."""
    parser.add_argument("-n", type=whole, metavar="N", help="only the newest N")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """List them. One that can't be read is named on stderr; the status is 0 all the same."""
    sessions = str(here(options).sessions)
    index = Index(sessions)
    names = session_names(sessions)
    rows = []
    for name in names[: options.n]:
        row = row_of(sessions, name, index)
        if isinstance(row, str):
            print(f"autotrain-tui: {row}", file=sys.stderr)
        else:
            rows.append(row)
    index.save(names)
    if options.json:
        print(json.dumps({"version": 1, "sessions": rows}, ensure_ascii=False))
    elif rows:
        _print(rows)
    else:
        print(f"no sessions in {sessions}; autotrain-tui run starts one")
    return 0


def row_of(sessions: str, name: str, index: Index) -> Json | str:
    """A session's row, from the index where it is finished and known; or why it can't be read."""
    row = index.row(name)
    if row is not None:
        return row
    import_msgspec()  # from here on it costs what it costs: the journal must be read
    from pathlib import Path

    from autotrain_tui.errors import RecordsError
    from autotrain_tui.session.folder import SessionFolder
    from autotrain_tui.session.report import row as make_row
    from autotrain_tui.session.view import load_view

    before = stamp(os.path.join(sessions, name))
    try:
        view = load_view(SessionFolder(Path(sessions) / name))
    except RecordsError as error:
        return str(error)
    row = make_row(view)
    if view.finished and view.alive is False:
        index.keep_row(name, row, before)
    return row


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
