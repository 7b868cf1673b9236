"""`demo`: train the example plan in a temporary folder, watch it, and leave nothing behind."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autotrain_tui.cli.commands import run as run_verb
from autotrain_tui.cli.commands.run_output import announce
from autotrain_tui.cli.demo_cleanup import PREFIX
from autotrain_tui.cli.options import add_quietness
from autotrain_tui.cli.parser import parser_for
from autotrain_tui.errors import MachineError
from autotrain_tui.session.launch.starter import add_starter

__all__ = ["add_options", "run"]

_PLAN = "digits"
_CLEANUP_SECONDS = 30.0
"""Seconds after which a cleanup goes on without being waited for."""


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:  # noqa: ARG001  every verb's signature
    """--no-ui, -v and -q."""
    parser.add_argument("--no-ui", action="store_true", help="run without a screen, in the foreground")
    add_quietness(parser)


def run(options: argparse.Namespace) -> int:
    """Run the example to its end, or until the screen is left; the exit status of the session's run.

    Raises MachineError if what the example trains with is not installed.
    """
    if importlib.util.find_spec("sklearn") is None:
        raise MachineError(
            "the demo trains with scikit-learn, which is not installed here; "
            "install it with: pip install 'autotrain-tui[demo]'"
        )
    with _temporary_project() as root:
        status = run_verb.run(_run_options(options, root))
    if not options.quiet:
        announce("the demo is over and its folder is removed; start your own with: autotrain-tui run -- COMMAND")
    return status


def _run_options(options: argparse.Namespace, root: Path) -> argparse.Namespace:
    """The arguments of `run` for the example plan in the temporary project."""
    parser = parser_for("run")
    run_verb.add_options(parser, "run")
    words = [_PLAN, "--project", str(root), "--sessions-dir", str(root / "sessions"), "--python", sys.executable]
    chosen = parser.parse_args(words)
    chosen.command = None
    chosen.no_ui, chosen.verbose, chosen.quiet = options.no_ui, options.verbose, options.quiet
    chosen.temporary = True
    return chosen


@contextmanager
def _temporary_project() -> Iterator[Path]:
    """A project with the starter in a folder of its own, which a second process removes when this one is gone."""
    try:
        root = Path(tempfile.mkdtemp(prefix=PREFIX))
    except OSError as error:
        raise MachineError(f"{tempfile.gettempdir()}: {error.strerror}") from error
    cleanup = subprocess.Popen(
        [os.path.abspath(sys.executable), "-P", "-m", "autotrain_tui.cli.demo_cleanup", str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    try:
        os.environ["XDG_CACHE_HOME"] = str(root / "cache")  # the index of sessions goes with them
        os.environ.pop("AUTOTRAIN_SESSIONS_DIR", None)
        add_starter(root)
        yield root
    finally:
        if cleanup.stdin is not None:
            cleanup.stdin.close()
        try:
            cleanup.wait(_CLEANUP_SECONDS)
        except subprocess.TimeoutExpired:
            announce(f"the demo's processes are still ending; {root} is removed after that")
