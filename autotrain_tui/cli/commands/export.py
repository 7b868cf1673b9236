"""`export`: a session as a table of all its points (CSV), one document (JSON), a report (Markdown), or to a tracker."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autotrain_tui.cli.context import session_of
from autotrain_tui.cli.json_output import write_json
from autotrain_tui.cli.options import add_session
from autotrain_tui.errors import UsageError
from autotrain_tui.session.history.export import FORMATS, export_text, form_of, write_export
from autotrain_tui.session.journal.session_view import load_view

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """SESSION, --format, --to and -o."""
    add_session(parser)
    parser.add_argument("--format", choices=FORMATS, help="default: by the ending of FILE, else md")
    parser.add_argument("--to", choices=("tensorboard",), help="write event files that TensorBoard reads")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write to FILE, with --to to the folder FILE; never overwrites the file of another program",
    )


def run(options: argparse.Namespace) -> int:
    """Write it. Raises UsageError for an ending that says nothing, MachineError."""
    if options.to is not None:
        return _to_tensorboard(options)
    form = options.format or form_of(options.output)
    text = export_text(load_view(session_of(options)), form)
    if options.output is None:
        (write_json if form == "json" else sys.stdout.write)(text)
        return 0
    write_export(text, options.output)
    return 0


def _to_tensorboard(options: argparse.Namespace) -> int:
    from autotrain_tui.trackers.tensorboard import export_to_tensorboard  # the other forms start sooner without it

    if options.format is not None:
        raise UsageError("--format and --to exclude each other; --to tensorboard has one form only")
    view = load_view(session_of(options))
    target = Path(options.output) if options.output is not None else view.folder.path / "tensorboard"
    exported = export_to_tensorboard(view, target)
    print(f"{exported.points} points in {exported.files} event files; show them with: tensorboard --logdir {target}")
    return 0
