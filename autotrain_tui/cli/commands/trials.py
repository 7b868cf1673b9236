"""`trials`: the trials of a search, their settings, rungs and values."""

from __future__ import annotations

import argparse
from typing import Any

from autotrain_tui.cli.context import store_of
from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.cli.targets import select
from autotrain_tui.cli.text_table import print_table
from autotrain_tui.session.history.sweep_documents import sweep_document
from autotrain_tui.session.history.trial_table import search_stage, sorted_trials, swept_names, trial_cells
from autotrain_tui.session.journal.session_view import View
from autotrain_tui.session.journal.state import Stage
from autotrain_tui.text import format as fmt
from autotrain_tui.text.sanitize import sanitize

__all__ = ["add_options", "run"]

Json = dict[str, Any]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """[SESSION] [STAGE], --sort and --json."""
    parser.add_argument("words", nargs="*", metavar="SESSION STAGE", help="a session, a search of it, or both")
    parser.add_argument(
        "--sort",
        metavar="COLUMN",
        help="number, state, rungs, last, best, time or a swept name, with :asc or :desc "
        "(default: winners, then the best)",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print them. Raises UsageError if no search or several are meant."""
    _, view, word = select(store_of(options), list(options.words), "trials")
    stage = search_stage(view, word)
    with ReadWatch(str(view.folder.path)):
        rows = sorted_trials(view, stage, options.sort)
        sweep = sweep_document(view, stage) or {}
    if options.json:
        document = {"version": 1, "session": view.folder.id, "stage": stage.name, "trials": rows}
        print_json(document | {"metric": view.session.metric_name, "sweep": sweep})
    else:
        _print(view, stage, rows, sweep)
    return 0


def _print(view: View, stage: Stage, rows: list[Json], sweep: Json) -> None:
    parts = [f"{sweep['ended']} of {sweep['trials']} trials", f"{sweep['running']} running"]
    if sweep["best"] is not None:
        parts.append(f"best {sanitize(view.session.metric_name or '')} {fmt.value(sweep['best'])}")
    print(f"{view.folder.id} {stage.name}: {' · '.join(parts)}")
    if not rows:
        print("no trial has started yet")
        return
    names = swept_names(rows)
    head = ["TRIAL", "STATE", *(sanitize(name) for name in names), "RUNGS", "LAST", "BEST", "TIME", ""]
    numbers = range(2, len(head) - 1)
    print_table(head, trial_cells(rows, names), right=[*numbers], shrinks=(len(head) - 1, len(names) + 2), state=1)
