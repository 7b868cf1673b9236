"""`init`: add stages/ with the starter (plans and training programs that ship with us); never overwrites a file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from autotrain_tui.cli.json_output import print_json
from autotrain_tui.cli.options import add_json
from autotrain_tui.session.launch.starter import add_starter

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """DIR and --json."""
    parser.add_argument("folder", nargs="?", metavar="DIR", help="the folder (default: this one)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Add the files that are missing. Raises RefusedError in a session's folder, MachineError."""
    root = Path(os.path.abspath(options.project or options.folder or "."))
    added, kept = add_starter(root)
    if options.json:
        print_json({"version": 1, "project": str(root), "added": added, "kept": kept})
        return 0
    for name in added:
        print(f"added {name}")
    if kept:
        print(f"kept {len(kept)} existing file{'s' if len(kept) > 1 else ''}")
    if added:
        print("show the plan with: autotrain-tui plan; start it with: autotrain-tui run")
    return 0
