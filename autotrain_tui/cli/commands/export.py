"""`export`: a session as a table of all its points (CSV), one document (JSON), a report (Markdown), or to a tracker."""

from __future__ import annotations

import argparse
import sys

from autotrain_tui.cli.context import session_of
from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.options import add_session
from autotrain_tui.cli.read_watch import ReadWatch
from autotrain_tui.errors import UsageError
from autotrain_tui.session.history.export import FORMATS, export_text, form_of, write_export
from autotrain_tui.session.history.trial_table import trials_csv
from autotrain_tui.session.journal.session_view import load_view

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION, --format, --trials, --to, --follow and -o."""
    add_session(parser)
    parser.add_argument("--format", choices=FORMATS, help="default: by the ending of FILE, else md")
    parser.add_argument("--trials", action="store_true", help="the table of the trials of its searches, as CSV")
    parser.add_argument("--to", metavar="TRACKER", help="send its numbers to tensorboard, mlflow, wandb or trackio")
    parser.add_argument("--follow", action="store_true", help="with --to: go on until the session ends")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write to FILE, never over the file of another program; with --to the folder, server or project",
    )


def run(options: argparse.Namespace) -> int:
    """Write it. Raises UsageError for an ending that says nothing, MachineError."""
    if options.to is not None:
        from autotrain_tui.cli.commands.export_to import run_to  # the other forms start sooner without it

        return run_to(options)
    if options.follow:
        raise UsageError("--follow needs --to: a file is written once")
    form = options.format or ("csv" if options.trials and options.output is None else form_of(options.output))
    if options.trials and form != "csv":
        raise UsageError(f"--trials writes CSV, not {form}; autotrain-tui trials --json has the same as JSON")
    folder = session_of(options)
    with ReadWatch(str(folder.path)):
        view = load_view(folder)
        text = trials_csv(view) if options.trials else export_text(view, form)
    if options.output is None:
        (write_json if form == "json" else sys.stdout.write)(text)
        return 0
    write_export(text, options.output)
    return 0
