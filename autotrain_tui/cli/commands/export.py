"""`export`: a session as a table of all its points (CSV), one document (JSON), or a report to read (Markdown)."""

from __future__ import annotations

import argparse
import sys

from autotrain_tui.cli.context import session_of
from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.options import add_session
from autotrain_tui.session.history.export import FORMATS, export_text, form_of, write_export
from autotrain_tui.session.journal.session_view import load_view

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION, --format and -o."""
    add_session(parser)
    parser.add_argument("--format", choices=FORMATS, help="default: by the ending of FILE, else md")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE; never overwrites a file")


def run(options: argparse.Namespace) -> int:
    """Write it. Raises UsageError for an ending that says nothing, MachineError."""
    form = options.format or form_of(options.output)
    text = export_text(load_view(session_of(options)), form)
    if options.output is None:
        (write_json if form == "json" else sys.stdout.write)(text)
        return 0
    write_export(text, options.output)
    return 0
